package queue

import "os"

// pending is the Pending of a directory.
type pending struct {
	batch *batch
	draft *Draft
	entry unsynced
	// size is the length of the file so far. begun is how much of it the disk has begun to
	// write.
	size, begun int64
	// err is the first failure.
	err    error
	closed bool
}

func (b *batch) Create(m Metadata) (Pending, error) {
	if err := b.begin(); err != nil {
		return nil, err
	}
	d, err := b.dir.encoder.Text(m, b.dir.sys.Now())
	if err != nil {
		return nil, err
	}
	return b.pending(d), nil
}

// begin makes room for another message.
func (b *batch) begin() error {
	if err := b.makeRoom(); err != nil {
		return err
	}
	return b.findOwner()
}

func (b *batch) pending(d *Draft) *pending {
	p := &pending{batch: b, draft: d}
	d.Spill = p.spill
	return p
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
	if p.err != nil {
		return p.err
	}
	p.entry.next = p.draft.Next()
	p.entry.about = p.batch.dir.aboutFile(p.entry.file, p.size)
	p.batch.join(p.entry, p.size)
	p.entry.file = nil
	return nil
}

func (p *pending) Abort() {
	if p.closed {
		return
	}
	p.closed = true
	p.entry.discard(p.batch.dir)
	p.draft.Close()
}

// fail records err, unless it is nil, as the failure to store the message.
func (p *pending) fail(err error) {
	switch err {
	case nil:
	case ErrEmpty:
		p.err = err
	default:
		p.err = &Error{Path: p.batch.dir.path, Err: err}
	}
}
