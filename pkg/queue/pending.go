package queue

import "os"

// A message of at most whole bytes is written with one system call, and its file is made
// only then. A longer message is written in pieces of piece bytes.
const (
	whole = 256 << 10
	piece = 512 << 10
)

// pending is the Pending of a directory.
type pending struct {
	batch    *batch
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

func (b *batch) Create(m Metadata) (Pending, error) {
	p, err := b.begin(m)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (b *batch) begin(m Metadata) (*pending, error) {
	p, err := b.create(m, 0, true)
	if err == nil {
		p.beginText()
	}
	return p, err
}

// create begins a message that has been in a queue since received, or since now if
// that is 0. parseMsg is its metadata _parsemsg.
func (b *batch) create(m Metadata, received float64, parseMsg bool) (*pending, error) {
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
	p := &pending{batch: b, metadata: metadata, buf: b.spareBuffer[:0]}
	p.entry.mark = newMarker(d, items, received, now)
	b.spareBuffer = nil
	return p, nil
}

// beginText begins the message's pickle, with a length that Commit corrects.
func (p *pending) beginText() {
	p.prefix, _ = p.batch.dir.opt.Format.TextPrefix(0) // fails only if the text is too long
	p.buf = append(p.buf, p.prefix...)
}

func (p *pending) Write(text []byte) (n int, err error) {
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

func (p *pending) Commit() error {
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

func (p *pending) Abort() {
	if p.closed {
		return
	}
	p.closed = true
	p.entry.discard(p.batch.dir)
	p.batch.spareBuffer, p.buf = p.buf, nil
}

// fail records err, unless it is nil, as the failure to store the message.
func (p *pending) fail(err error) {
	if err != nil {
		p.err = &Error{Path: p.batch.dir.path, Err: err}
	}
}
