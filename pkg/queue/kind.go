package queue

import (
	"context"
	"io"
	"iter"
	"os"
	"time"

	"switchboard/pkg/message"
)

// Queue is a queue of any kind: a directory (*[Dir]), or one in PostgreSQL (package
// pgqueue). What a method does, and its errors, are those of the method of Dir; a kind in
// which a method has nothing to do says so. It may be used by one goroutine at a time, as a
// Dir may.
type Queue interface {
	// Path returns what the queue was opened as, EntryPath the path of an entry, Join that of
	// a File by its name. BesidePath, ShuntPath and RetryPath return paths of other queues,
	// which need not exist.
	Path() string
	EntryPath(id ID, s State) string
	Join(name string) string
	BesidePath(name string) string
	ShuntPath() string
	RetryPath() string

	Check(hasRunner func(name string) bool) error
	Info() (Info, error)
	Look(id ID, s State) error
	Has(id ID, s State) bool
	Stat(id ID, s State) (Info, error)
	Read(id ID, s State) (*Entry, error)
	ReadFile(name string) (*Entry, error)
	Twin(e *Entry) (path string, err error)
	Each() iter.Seq2[File, error]
	List(keep func(ID) bool, states ...State) iter.Seq2[File, error]
	Count(s Slice) (Counts, error)
	Snapshot(s Slice) (*Snapshot, error)
	Origin(id ID, from State, c *message.Content, known map[string]Known) (Origin, error)
	OpenOrigin(origin Origin, o Options) (Queue, error)

	NewBatch(stored func(path string) error) Batch

	Claims(s Slice, want int) iter.Seq2[*Claim, error]
	ClaimsOfAll(s Slice) iter.Seq2[*Claim, error]
	Pass(s Slice, skip func(ID) bool) iter.Seq2[*Claim, error]
	CanClaim(id ID) error
	Dequeue(id ID) (*Claim, error)
	Watch() Watch
	LockSlice(s Slice, create bool) error
	LockSliceOf(id ID, s State) error
	CanShunt() error
	CanRetry() error
	CreateUnnamed() (*os.File, error)

	Finish(id ID) error
	Requeue(id ID) error
	PreserveEntries(ids []ID, done func(Outcome, error))
	Restore(o RestoreOptions, done func(Outcome, error)) error
	RestoreEntries(ids []ID, o RestoreOptions, done func(Outcome, error))
	RestoreAndSweep(o RestoreOptions, age time.Duration, done func(Outcome, error)) (swept []string, err error)
	Release(o ReleaseOptions, done func(Outcome, error)) error
	ReleaseEntries(ids []ID, o ReleaseOptions, done func(Outcome, error))
	Move(ids []ID, o MoveOptions, done func(Outcome, error))
	Discard(ids []ID, o DiscardOptions, done func(Outcome, error))

	Sync() error
	StartSync() (wait func() error)
	Close() error
}

// Batch stores messages in a queue. It makes them durable in groups: it waits once per
// group, and writes the next group meanwhile.
//
// Write a new message with Create, or store the message of another entry with HandOn. End
// with Flush, or with Abort.
//
// A committed message whose path was told to the function given to NewBatch is durable, and
// is exactly one entry. One whose path was not told is at most one entry: usually none, but
// the entry may be there if Flush could not make the group durable, or if that function
// failed. A message that was not committed never becomes an entry. After a crash only
// temporary files may remain, which [Dir.SweepTemporary] removes.
//
// Like its [Queue], a Batch and its pending messages may be used by one goroutine at a time.
type Batch interface {
	// Create begins a message with the metadata m. Its place in the queue is the time of the
	// call, unless m has another one.
	//
	// A failure leaves nothing behind. It is [ErrFlush] if it concerns messages committed
	// before. Otherwise it is an [*Error] with the path of the queue, or an error that names
	// a key of m whose value cannot be stored.
	Create(m Metadata) (Pending, error)
	// HandOn stores the message of another entry, with the metadata m, in one call: nothing
	// is pending afterwards. Use [message.Content.HandOn] for the entry's own metadata. If
	// the queue's Mailman can load the message's pickle, HandOn copies it unchanged;
	// otherwise it writes the message as text. The new entry has the place of e in the queue,
	// unless m says otherwise.
	//
	// A failure leaves nothing behind. It is [ErrFlush] if it concerns messages committed
	// before, as with Create. Otherwise it is an [*Error] with the path of e if e cannot be
	// read, an *Error with the path of the queue if the message cannot be stored,
	// [ErrEmpty] if the message has no text, or an error that names a key of m.
	HandOn(e *Entry, m Metadata) error
	// Take stores a copy of an entry of another queue, which may be of another kind, in one
	// call: the same file base, the same message and, except for what set sets, the same
	// metadata, byte for byte. c is the entry's content.
	//
	// An entry is taken once. If the queue has one with that file base and message, in any
	// state, because a run that took it was killed, Take only makes sure that it is durable,
	// and its path is told as if it had been stored now. A queue in PostgreSQL also knows
	// entries that have left it since. [ErrConflict] means that another message has the file
	// base.
	//
	// The caller tells Options.Trace where the entry came from. A failure leaves nothing
	// behind. It is [ErrFlush], an [*Error] with the path of the queue, or the failure to
	// read c.
	Take(id ID, c *message.Content, set ...message.Setting) error
	// Flush makes entries of all messages that were committed, and tells their paths. Call it
	// before anything that may wait. Pending messages stay pending.
	//
	// If it fails, the messages whose paths were not told are not stored, with the exceptions
	// that the comment of Batch lists. Those whose paths were told are the first ones, in the
	// order of Commit, unless they were taken. Each of the joined errors is an [*Error] or the error
	// that the function given to NewBatch returned.
	Flush() error
	// Abort discards all messages that were committed but not flushed. Pending messages stay
	// pending.
	Abort()
}

// Pending is a message that is being written. It is an io.Writer of the message's text, and
// becomes part of its batch with Commit.
//
// It leaves nothing behind unless Commit succeeds: a message that could be read or written
// only in part must never become an entry. So call Commit only after all of the text was
// read, and defer Abort, which does nothing after Commit:
//
//	p, err := batch.Create(metadata)
//	if err != nil {
//		return err
//	}
//	defer p.Abort()
//	if _, err := io.Copy(p, text); err != nil {
//		return err
//	}
//	return p.Commit()
//
// Several messages may be pending at a time. Each holds up to 512 KiB of its pickle in
// memory, or three times that for Mailman 3 if the text is not ASCII. In a directory,
// messages longer than 256 KiB also have an open file.
type Pending interface {
	// Write adds text to the message. After an error, which is an [*Error], all calls but
	// Abort fail with the same one.
	io.Writer
	// Commit ends the message and adds it to the batch. The message becomes an entry with
	// Flush, or earlier if two groups are full. If Commit fails, it leaves nothing behind.
	// The error is [ErrEmpty] if nothing was written, and otherwise an [*Error].
	Commit() error
	// Abort discards the message. It does nothing after Commit.
	Abort()
}

// Watch waits for entries that become ready. Wait does not miss what happened since the
// watch began, or since the last Wait.
type Watch interface {
	// Wait waits until an entry may have become ready: one came, or it is time to look
	// anyway. If ctx is done before, Wait returns its error. It returns an [*Error] if the
	// queue is not there any more.
	Wait(ctx context.Context) error
	// Close ends the watch.
	Close() error
}

// Claim is an entry that this process has claimed. Until Close it is held: in a directory
// its file is locked, which keeps restorers away.
type Claim struct {
	ID      ID
	Content *message.Content
	Held
}

// Held is what can be done with a claim. Each kind of queue does it in its own way.
type Held interface {
	// Path returns the path of the claimed entry.
	Path() string
	// Fd returns the descriptor that holds the claim's lock, and whether there is one. A
	// process that inherits it holds the lock for as long as it runs.
	Fd() (fd uintptr, ok bool)
	// Lost is closed when the claim is about to belong to nobody, because a lease of it could
	// not be extended: what handles the entry must end at once. It is nil if a claim has no
	// end.
	Lost() <-chan struct{}
	// Finish deletes the entry as [Dir.Finish] does, and closes the claim. Call Trace once a
	// sync has made that durable. In a directory, the next sync closes the entry's file.
	Finish() error
	// Requeue makes the entry ready again without counting a restore, and closes the claim.
	// Call Trace once a sync has made that durable.
	Requeue() error
	// Trace tells Options.Trace of what Finish or Requeue did. If they failed, it tells
	// nothing.
	Trace()
	// Preserve preserves an entry that its claimer cannot handle, and closes the claim.
	Preserve() (path string, err error)
	// Shunt notes the origin of the entry in its metadata, and set, makes the entry ready in
	// the shunt queue, and returns its new path. The move is durable. On an error the entry
	// stays in flight. Set must do no harm if the entry does not move.
	Shunt(set ...message.Setting) (path string, err error)
	// Retry sets metadata of the entry, makes the entry ready in the retry queue, where it
	// waits to be tried again later, and returns its new path. Its restore count is 0 there,
	// as if Mailman had put it there. In the retry queue itself it becomes ready where it is.
	// The move is durable. On an error the entry stays in flight, perhaps with the new
	// metadata.
	Retry(set ...message.Setting) (path string, err error)
	// Note sets metadata of the entry. The change is durable when Note returns, and Content
	// then describes the entry as it is now. On an error the entry has either the old metadata
	// or the new. Several goroutines may call Note for different claims, whatever another one
	// does with the queue.
	Note(set ...message.Setting) error
	// Split stores the message of the entry once more, as a ready entry of the shunt queue,
	// and returns that one's path. It has the metadata of the entry, the origin that Shunt
	// notes, set, and a restore count of 0. It is durable. The claimed entry does not change.
	//
	// Part names what the new entry is for. If it is there already, because a crash came
	// before the claimed entry's own change, Split only makes sure that it is durable. It must
	// therefore not be called again with other settings for the same part.
	Split(part string, set ...message.Setting) (path string, err error)
	// Notice stores a new message about the entry, as a ready entry of the same queue, and
	// returns its path. It is durable. write writes the message. It has the metadata m and
	// comes right after the claimed entry in the queue.
	//
	// Part names what the message is about. If it is there already, in any state, because a
	// crash came before the claimed entry's own change, Notice only makes sure that it is
	// durable. It cannot know of one that was finished since.
	Notice(part string, m Metadata, write func(io.Writer) error) (path string, err error)
	// Close ends the holding but not the claim: the entry stays in flight. Content must not
	// be used any more.
	Close() error
}

// asQueue makes a Queue of the result of opening a directory. A nil *Dir would not be a nil
// Queue.
func asQueue(d *Dir, err error) (Queue, error) {
	if err != nil {
		return nil, err
	}
	return d, nil
}

// directory returns a Queue that must be a directory.
func directory(q Queue) (*Dir, error) {
	if d, ok := q.(*Dir); ok {
		return d, nil
	}
	return nil, &Error{Path: q.Path(), Err: errKind{}}
}

// errKind is the error of an entry that cannot go to a queue of another kind.
type errKind struct{}

func (errKind) Error() string { return "is a queue of another kind" }
