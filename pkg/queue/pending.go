package queue

import "os"

// A message of at most whole bytes is written with one system call, and its file is made
// only then. A longer message is written in pieces of piece bytes.
const (
	whole = 256 << 10
	piece = 512 << 10
)

// Pending is a message that is being written. It is an io.Writer of the message's
// text, and becomes part of its batch with [Pending.Commit].
//
// It leaves nothing behind unless Commit succeeds: a message that could be read or written
// only in part must never become an entry. So call Commit only after all of the text was
// read, and defer [Pending.Abort], which does nothing after Commit:
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
// memory, or three times that for Mailman 3 if the text is not ASCII. Messages longer than
// 256 KiB also have an open file.
type Pending struct {
	batch    *Batch
	entry    unsynced
	metadata []byte
	// prefix is the beginning of the pickle of a text, at first with a wrong length. It
	// is nil if the pickle is copied from another entry.
	prefix []byte
	// buf will be written next, at off. held is how many bytes of the message it has.
	buf  []byte
	held int
	off  int64
	// begun is how much of the file the disk has begun to write.
	begun int64
	// undigested is the length of the pickle if the marker does not have it yet.
	undigested int64
	// err is the first failure to write.
	err    error
	closed bool
}

// Create begins a message with the metadata m. Its place in the queue is the time of the
// call, unless m has another one.
//
// A failure leaves nothing behind. It is [ErrFlush] if it concerns messages committed
// before. Otherwise it is an [*Error] with the path of the queue, or an error that names
// a key of m whose value cannot be stored.
func (b *Batch) Create(m Metadata) (*Pending, error) {
	p, err := b.create(m, 0, true)
	if err != nil {
		return nil, err
	}
	p.beginText()
	return p, nil
}

// create begins a message that has been in a queue since received, or since now if
// that is 0. parseMsg is its metadata _parsemsg.
func (b *Batch) create(m Metadata, received float64, parseMsg bool) (*Pending, error) {
	if err := b.makeRoom(); err != nil {
		return nil, err
	}
	if err := b.findOwner(); err != nil {
		return nil, err
	}
	d := b.dir.opt.Format
	now := b.now()
	if received == 0 {
		received = now
	}
	items, received := m.complete(d, received, parseMsg)
	metadata, err := d.AppendMetadata(nil, items)
	if err != nil {
		return nil, err
	}
	p := &Pending{batch: b, metadata: metadata, buf: b.spareBuffer[:0]}
	p.entry.mark = newMarker(d, items, received, now)
	b.spareBuffer = nil
	return p, nil
}

// beginText begins the message's pickle, with a length that Commit corrects.
func (p *Pending) beginText() {
	p.prefix, _ = p.batch.dir.opt.Format.TextPrefix(0) // fails only if the text is too long
	p.buf = append(p.buf, p.prefix...)
}

// Write adds text to the message. After an error, which is an [*Error], all calls but
// [Pending.Abort] fail with the same one.
func (p *Pending) Write(text []byte) (n int, err error) {
	if p.closed {
		return 0, os.ErrClosed
	}
	for len(text) > 0 && p.err == nil {
		room := whole
		if p.off > 0 {
			room = piece
		}
		if p.held == room {
			p.fail(p.spill())
			continue
		}
		part := text[:min(len(text), room-p.held)]
		p.buf = p.batch.dir.opt.Format.AppendText(p.buf, part)
		p.held += len(part)
		n += len(part)
		text = text[len(part):]
	}
	return n, p.err
}

// Commit ends the message and adds it to the batch. The message becomes an entry with
// Flush, or earlier if two groups are full. If Commit fails, it leaves nothing behind.
// The error is [ErrEmpty] if nothing was written, and otherwise an [*Error].
func (p *Pending) Commit() error {
	if p.closed {
		return os.ErrClosed
	}
	defer p.Abort()
	if p.err == nil && p.off == 0 && p.held == 0 {
		p.err = ErrEmpty
	}
	if p.err == nil {
		p.fail(p.end())
	}
	if p.err == nil {
		p.fail(p.batch.own(p.entry.file))
	}
	if p.err == nil && p.undigested > 0 {
		p.fail(p.digest())
	}
	if p.err != nil {
		return p.err
	}
	p.entry.about = p.batch.dir.aboutFile(p.entry.file, p.off)
	p.batch.join(p.entry, p.off)
	p.entry.file = nil
	return nil
}

// Abort discards the message. It does nothing after [Pending.Commit].
func (p *Pending) Abort() {
	if p.closed {
		return
	}
	p.closed = true
	p.entry.discard(p.batch.dir)
	p.batch.spareBuffer, p.buf = p.buf, nil
}

// fail records err, unless it is nil, as the failure to store the message.
func (p *Pending) fail(err error) {
	if err != nil {
		p.err = &Error{Path: p.batch.dir.path, Err: err}
	}
}
