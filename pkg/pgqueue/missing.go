package pgqueue

import (
	"errors"
	"io"
	"iter"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// errGone means that an entry went while it was read.
var errGone = missing(queue.Stray)

// What follows is not there yet.

func (q *Queue) Look(queue.ID, queue.State) error { return errors.ErrUnsupported }
func (q *Queue) Has(queue.ID, queue.State) bool   { return false }
func (q *Queue) Stat(queue.ID, queue.State) (queue.Info, error) {
	return queue.Info{}, errors.ErrUnsupported
}
func (q *Queue) Read(queue.ID, queue.State) (*queue.Entry, error) {
	return nil, errors.ErrUnsupported
}
func (q *Queue) Join(name string) string               { return q.Path() + "/" + name }
func (q *Queue) Info() (queue.Info, error)             { return queue.Info{}, errors.ErrUnsupported }
func (q *Queue) ReadFile(string) (*queue.Entry, error) { return nil, errors.ErrUnsupported }
func (q *Queue) Twin(*queue.Entry) (string, error)     { return "", nil }
func (q *Queue) Each() iter.Seq2[queue.File, error]    { return func(func(queue.File, error) bool) {} }
func (q *Queue) Count(queue.Slice) (queue.Counts, error) {
	return queue.Counts{}, errors.ErrUnsupported
}
func (q *Queue) List(func(queue.ID) bool, ...queue.State) iter.Seq2[queue.File, error] {
	return q.Each()
}
func (q *Queue) Snapshot(queue.Slice) (*queue.Snapshot, error) {
	return nil, errors.ErrUnsupported
}
func (q *Queue) Origin(queue.ID, queue.State, *message.Content, map[string]queue.Known) (queue.Origin, error) {
	return queue.Origin{}, errors.ErrUnsupported
}
func (q *Queue) OpenOrigin(queue.Origin, queue.Options) (queue.Queue, error) {
	return nil, errors.ErrUnsupported
}
func (q *Queue) NewBatch(func(path string) error) queue.Batch { return nil }
func (q *Queue) Release(queue.ReleaseOptions, func(queue.Outcome, error)) error {
	return errors.ErrUnsupported
}
func (q *Queue) ReleaseEntries([]queue.ID, queue.ReleaseOptions, func(queue.Outcome, error)) {}
func (q *Queue) Move([]queue.ID, queue.MoveOptions, func(queue.Outcome, error))              {}
func (q *Queue) Discard([]queue.ID, queue.DiscardOptions, func(queue.Outcome, error))        {}

func (c *claim) Shunt(...message.Setting) (string, error)         { return "", errors.ErrUnsupported }
func (c *claim) Retry(...message.Setting) (string, error)         { return "", errors.ErrUnsupported }
func (c *claim) Note(...message.Setting) error                    { return errors.ErrUnsupported }
func (c *claim) Split(string, ...message.Setting) (string, error) { return "", errors.ErrUnsupported }
func (c *claim) Notice(string, queue.Metadata, func(io.Writer) error) (string, error) {
	return "", errors.ErrUnsupported
}
