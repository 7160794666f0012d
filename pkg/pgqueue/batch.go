package pgqueue

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// groupEntries and groupBytes limit a group. Its messages are in memory about three times:
// as they came, in the values of a statement, and on their way to the server.
const (
	groupEntries = 1024
	groupBytes   = 3 << 20
)

// batch is the Batch of a queue in a database. It stores a group in one transaction.
type batch struct {
	q       *Queue
	stored  func(path string) error
	encoder queue.Encoder
	group   []fresh
	bytes   int64
}

// fresh is a message that is committed but not yet an entry.
type fresh struct {
	id queue.ID
	// next returns another file base. It is nil if the file base was given, and the entry
	// is stored once under it.
	next func() queue.ID
	// size is the length of the message's pickle, and message its bytes, unless file has
	// them: a message of some length is not kept in memory.
	size    int64
	message []byte
	file    io.ReaderAt
	// close closes file. It is nil if there is nothing to close.
	close    func() error
	metadata []byte
	restores int
	whichq   string
	// taken means that the entry is a copy of one of another queue, restored that the other
	// one was restored there.
	taken, restored bool
	about           *queue.About
}

// sum returns the digest by which the message is compared with another one of its name.
func (f *fresh) sum() ([]byte, error) {
	if f.file == nil {
		sum := sha256.Sum256(f.message)
		return sum[:], nil
	}
	h := sha256.New()
	_, err := io.CopyBuffer(h, io.NewSectionReader(f.file, 0, f.size), make([]byte, 128<<10))
	return h.Sum(nil), err
}

func (f *fresh) discard() {
	if f.close != nil {
		f.close()
		f.close = nil
	}
}

// NewBatch returns a batch that stores messages in q. It calls stored with the path of each
// entry, in the order of Commit, once the entry is durable.
func (q *Queue) NewBatch(stored func(path string) error) queue.Batch { return q.newBatch(stored) }

func (q *Queue) newBatch(stored func(path string) error) *batch {
	b := &batch{q: q, stored: stored}
	b.encoder.Format = q.opt.Format
	if b.encoder.Format == message.Unknown {
		b.encoder.Format = message.Mailman2
	}
	return b
}

func (b *batch) Create(m queue.Metadata) (queue.Pending, error) {
	if err := b.makeRoom(); err != nil {
		return nil, err
	}
	d, err := b.encoder.Text(m, time.Now())
	if err != nil {
		return nil, err
	}
	p := b.pending(d)
	p.whichq = whichq(m.Items)
	return p, nil
}

func (b *batch) HandOn(e *queue.Entry, m queue.Metadata) error {
	if err := b.makeRoom(); err != nil {
		return err
	}
	d, fits, err := b.encoder.HandOn(e, m, time.Now())
	if err != nil {
		return err
	}
	p := b.pending(d)
	p.whichq = whichq(m.Items)
	defer p.Abort()
	if fits {
		err = d.CopyMessage(e.ReaderAt(), e.Content.MsgEnd)
	} else {
		err = e.Content.WriteMessage(p)
	}
	if err != nil && p.err == nil {
		return &queue.Error{Path: e.Path(), Err: err}
	}
	return p.Commit()
}

// Take stores a message of some length at once: its source may be closed afterwards.
func (b *batch) Take(id queue.ID, c *message.Content, set ...message.Setting) error {
	if err := b.makeRoom(); err != nil {
		return err
	}
	f := fresh{id: id, size: c.MsgEnd, restores: c.Restores(), whichq: c.WhichQueue(), taken: true, restored: c.Restores() > 0}
	var err error
	if f.metadata, err = metadataOf(c, set); err != nil {
		return err
	}
	for _, s := range set {
		if n, ok := s.Value.(int); ok && s.Key == message.CountKey {
			f.restores = n
		}
	}
	if c.MsgEnd > chunk {
		if err := b.Flush(); err != nil {
			return flushError{err}
		}
		f.file = c.Pickles()
		return b.q.storeAll([]fresh{f}, b.stored)
	}
	f.message = make([]byte, c.MsgEnd)
	if _, err := io.ReadFull(c.Pickles(), f.message); err != nil {
		return err
	}
	b.join(f)
	return nil
}

// metadataOf returns the metadata's pickle of an entry, with what set sets.
func metadataOf(c *message.Content, set []message.Setting) ([]byte, error) {
	metadata := make([]byte, c.MetaEnd-c.MsgEnd)
	if _, err := c.Pickles().ReadAt(metadata, c.MsgEnd); err != nil && err != io.EOF {
		return nil, err
	}
	if len(set) == 0 {
		return metadata, nil
	}
	metadata, _, err := newBody(nil, 0, c.MsgEnd, nil, metadata).patched(c, set...)
	return metadata, err
}

// join adds a message to the group.
func (b *batch) join(f fresh) {
	b.group = append(b.group, f)
	b.bytes += f.size + int64(len(f.metadata))
}

// makeRoom stores the group if it is full.
func (b *batch) makeRoom() error {
	if len(b.group) < groupEntries && b.bytes < groupBytes {
		return nil
	}
	if err := b.Flush(); err != nil {
		return flushError{err}
	}
	return nil
}

// flushError is the ErrFlush of messages that were committed before.
type flushError struct{ error }

func (e flushError) Is(target error) bool { return target == queue.ErrFlush }
func (e flushError) Unwrap() error        { return e.error }

func (b *batch) Flush() error {
	group := b.group
	b.group, b.bytes = nil, 0
	err := b.q.storeAll(group, b.stored)
	for i := range group {
		group[i].discard()
	}
	return err
}

func (b *batch) Abort() {
	for i := range b.group {
		b.group[i].discard()
	}
	b.group, b.bytes = nil, 0
}

// whichq returns the item of that name.
func whichq(items []message.Item) string {
	for _, item := range slices.Backward(items) {
		if text, ok := item.Value.(string); ok && item.Key == message.WhichQueueKey {
			return text
		}
	}
	return ""
}

// pending is the Pending of a batch. What does not fit into memory goes to a temporary file:
// a transaction that waits for the rest of a message would keep the server from removing old
// rows, in every queue.
type pending struct {
	batch  *batch
	draft  *queue.Draft
	spool  *os.File
	whichq string
	// err is the first failure.
	err    error
	closed bool
}

func (b *batch) pending(d *queue.Draft) *pending {
	p := &pending{batch: b, draft: d}
	d.Spill = p.spill
	return p
}

// spill writes to the temporary file. It has no name, so that a crash leaves nothing behind.
func (p *pending) spill(part []byte, off int64) (err error) {
	if p.spool == nil {
		if p.spool, err = os.CreateTemp("", "switchboard-"); err != nil {
			return err
		}
		os.Remove(p.spool.Name())
	}
	_, err = p.spool.WriteAt(part, off)
	return err
}

func (p *pending) Write(text []byte) (n int, err error) {
	if p.closed {
		return 0, os.ErrClosed
	}
	if p.err == nil {
		n, err = p.draft.Write(text)
		p.fail(err)
	}
	return n, p.err
}

func (p *pending) Commit() error {
	if p.closed {
		return os.ErrClosed
	}
	defer p.Abort()
	if p.err == nil {
		p.fail(p.end())
	}
	return p.err
}

// end completes the message and adds it to the group.
func (p *pending) end() error {
	d := p.draft
	rest, prefix, err := d.End()
	if err != nil {
		return err
	}
	f := fresh{size: d.Len(), metadata: d.Metadata, next: d.Next(), whichq: p.whichq}
	if p.spool == nil {
		f.message = slices.Clone(rest)
	} else {
		if err := p.spill(append(rest, f.metadata...), f.size-int64(len(rest))); err != nil {
			return err
		}
		if prefix != nil {
			if err := p.spill(prefix, 0); err != nil {
				return err
			}
			if err := d.Digest(io.NewSectionReader(p.spool, 0, f.size)); err != nil {
				return err
			}
		}
		f.file, f.close = p.spool, p.spool.Close
		p.spool = nil
	}
	f.id = d.ID()
	if p.batch.q.opt.Describe {
		f.about = p.batch.q.aboutFresh(&f)
	}
	p.batch.join(f)
	return nil
}

func (p *pending) Abort() {
	if p.closed {
		return
	}
	p.closed = true
	if p.spool != nil {
		p.spool.Close()
	}
	p.draft.Close()
}

// fail records err, unless it is nil, as the failure to store the message.
func (p *pending) fail(err error) {
	switch {
	case err == nil:
	case errors.Is(err, queue.ErrEmpty):
		p.err = err
	default:
		p.err = &queue.Error{Path: p.batch.q.Path(), Err: err}
	}
}
