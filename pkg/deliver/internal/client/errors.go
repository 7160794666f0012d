package client

import (
	"errors"
	"net"
	"os"
)

// Kind tells the errors of a connection apart.
type Kind int

// The kinds of errors.
const (
	// Unreachable means that no connection could be made.
	Unreachable Kind = iota + 1
	// RefusedNow and RefusedForGood mean that the server does not want to talk to us, with
	// a 4xx or a 5xx answer that is not about one mail.
	RefusedNow
	RefusedForGood
	// TLSFailed means that TLS is required, and that the server does not offer it, that the
	// handshake failed or that its certificate is not valid.
	TLSFailed
	// AuthFailed means that the server did not accept user and password, or that they were
	// not sent because others could have read them.
	AuthFailed
	// Lost means that the connection broke, that the server did not answer in time, or that
	// what it answered is not SMTP.
	Lost
	// BodyFailed means that Mail.Write failed. The server is not to blame.
	BodyFailed
)

// Error is an error of a connection.
type Error struct {
	Kind Kind
	// Server is the server's address, as a URL without user.
	Server string
	// Answer is the server's last word. Its Code is 0 if there was none.
	Answer Answer
	// Err is the cause, nil if Answer is all there is to say.
	Err error
}

// Error returns one line. A password is never part of it.
func (e *Error) Error() string {
	cause := e.Answer.String()
	if e.Err != nil {
		cause = printable(e.Err.Error())
		if e.Answer.Code != 0 {
			cause += ": " + e.Answer.String()
		}
	}
	return e.Server + ": " + cause
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// refusal returns the kind of error that an answer makes which is not about one mail.
func refusal(a Answer) Kind {
	switch a.Code / 100 {
	case 4:
		return RefusedNow
	case 5:
		return RefusedForGood
	default:
		return Lost
	}
}

var (
	errLongLine  = errors.New("the server sent a line without end")
	errLongReply = errors.New("the server sent an answer without end")
	errClosed    = errors.New("the server closed the connection")
	errSlow      = errors.New("the server did not answer in time")
	errEarly     = errors.New("the server answered what was not asked")
	errBareLine  = errors.New("the text has a CR or LF that is not part of a CRLF")
)

// notReply is an answer that is not one of SMTP, or not one to the command.
type notReply struct{ line string }

func (e notReply) Error() string {
	if e.line == "" {
		return "the server's answer is an empty line"
	}
	return "the server's answer makes no sense: " + e.line
}

// cause returns an error without what net puts before it: the operation and the addresses.
// Error names the server already.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	return err
}
