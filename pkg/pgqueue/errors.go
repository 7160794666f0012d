package pgqueue

import (
	"errors"
	"io/fs"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// ErrGeneration means that a path has no generation, but a claim can only be ended with it.
var ErrGeneration = errors.New("has no generation: give the path that qdequeue printed, with the number after the @")

// failed makes an [*queue.Error] of an error of the server, with a kind that package queue
// knows.
func failed(path string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*queue.Error](err); ok {
		return e
	}
	e := &queue.Error{Path: path, Err: kindOf(err)}
	if server.Code(err) == noPrivilege && path != place {
		e.Remedy = "the user needs another role: switchboard_store to store, switchboard_look to look, switchboard_handle to do all"
	}
	return e
}

// noPrivilege is the SQLSTATE of a user who may not do something with the tables.
const noPrivilege = "42501"

// kindOf gives an error of the server a kind that package queue knows.
func kindOf(err error) error {
	for from, to := range kinds {
		if errors.Is(err, from) {
			return kind{err, to}
		}
	}
	return err
}

var kinds = map[error]error{
	server.ErrUnknown:       queue.ErrUnknown,
	server.ErrUnreachable:   queue.ErrUnreachable,
	server.ErrBusy:          queue.ErrLater,
	server.ErrConfiguration: queue.ErrSetup,
	server.ErrUnique:        queue.ErrConflict,
	fs.ErrPermission:        fs.ErrPermission,
}

// kind is an error with a kind that its text does not repeat.
type kind struct {
	error
	is error
}

func (k kind) Is(target error) bool { return target == k.is }
func (k kind) Unwrap() error        { return k.error }

// notInState is the ErrState of an entry. Its text depends on the state asked for.
type notInState string

func (e notInState) Error() string        { return string(e) }
func (e notInState) Is(target error) bool { return target == queue.ErrState }

const (
	notClaimed = notInState("not claimed (already finished or restored)")
	notReady   = notInState("not ready (already claimed or finished)")
	notKept    = notInState("not preserved (already released)")
	errGone    = notInState("was finished or discarded meanwhile")
	noLease    = notInState("its lease has ended")
)

// missing returns the ErrState of an entry that is not in state s.
func missing(s queue.State) error {
	switch s {
	case queue.InFlight:
		return notClaimed
	case queue.Ready:
		return notReady
	case queue.Preserved:
		return notKept
	}
	return notInState("no such entry")
}

// held is the ErrBusy of an entry whose lease has not ended. It is the name of the worker.
type held string

func (e held) Error() string        { return "held by " + string(e) }
func (e held) Is(target error) bool { return target == queue.ErrBusy }
