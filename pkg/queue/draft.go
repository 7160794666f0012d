package queue

import (
	"io"
	"math"
	"slices"
	"time"

	"switchboard/pkg/message"
)

// A message of at most whole bytes is kept in memory until its end. A longer message is
// spilled in pieces of piece bytes.
const (
	whole = 256 << 10
	piece = 512 << 10
)

// Encoder begins the drafts of a queue. Every kind of queue stores what they encode. It is
// used by one goroutine at a time, and so are its drafts.
type Encoder struct {
	// Format is the dialect of the drafts.
	Format message.Dialect
	// last is the time of the last draft. The next one gets a later time.
	last float64
	// spare is memory that the next draft uses again.
	spare []byte
}

// Draft is a new entry that is being encoded: the two pickles of its file, and its file base.
//
// Write the text of the message, or copy the pickle of another entry's message with
// CopyMessage, and then call End. Call Close after that.
type Draft struct {
	// Metadata is the metadata's pickle.
	Metadata []byte
	// Spill is called with the beginning of the message's pickle when that does not fit into
	// memory, and each time with the part that follows. It must not keep p.
	Spill func(p []byte, off int64) error

	encoder *Encoder
	mark    marker
	// prefix is the beginning of the pickle of a text, at first with a wrong length. It
	// is nil if the pickle is copied from another entry.
	prefix []byte
	// buf will be spilled next, at off. held is how many bytes of the message it has.
	buf  []byte
	held int
	off  int64
	// err is the first failure to spill.
	err error
}

// Text begins the draft of a message whose text is written to it, at the time now.
func (e *Encoder) Text(m Metadata, now time.Time) (*Draft, error) {
	d, err := e.begin(m, 0, true, now)
	if err == nil {
		d.beginText()
	}
	return d, err
}

// HandOn begins the draft of the message of another entry, in whose place in the queue it is.
// fits says whether the message's pickle can be copied: use CopyMessage then, and otherwise
// write the text.
func (e *Encoder) HandOn(from *Entry, m Metadata, now time.Time) (d *Draft, fits bool, err error) {
	fits = from.Content.FitsAs(e.Format)
	d, err = e.begin(m, from.ID.Seconds(), !fits || from.Content.ParseMsg(), now)
	if err == nil && !fits {
		d.beginText()
	}
	return d, fits, err
}

// begin begins a message that has been in a queue since received, or since now if that is
// 0. parseMsg is its metadata _parsemsg.
func (e *Encoder) begin(m Metadata, received float64, parseMsg bool, now time.Time) (*Draft, error) {
	at := e.later(now)
	if received == 0 {
		received = at
	}
	items, received := m.complete(e.Format, received, parseMsg)
	metadata, err := e.Format.AppendMetadata(nil, items)
	if err != nil {
		return nil, err
	}
	d := &Draft{encoder: e, Metadata: metadata, mark: newMarker(e.Format, items, received, at), buf: e.spare[:0]}
	d.mark.given = m.ID
	e.spare = nil
	return d, nil
}

// later returns a time later than any it returned before. The entries of one process
// therefore keep their order even if the clock stands still or steps back.
func (e *Encoder) later(now time.Time) float64 {
	t := float64(now.UnixMicro()) / 1e6
	if t <= e.last {
		t = math.Nextafter(e.last, math.Inf(1))
	}
	e.last = t
	return t
}

// beginText begins the message's pickle, with a length that End corrects.
func (d *Draft) beginText() {
	d.prefix, _ = d.encoder.Format.TextPrefix(0) // fails only if the text is too long
	d.buf = append(d.buf, d.prefix...)
}

// Write adds text to the message.
func (d *Draft) Write(text []byte) (n int, err error) {
	for len(text) > 0 && d.err == nil {
		room := whole
		if d.off > 0 {
			room = piece
		}
		if d.held == room {
			d.err = d.spill()
			continue
		}
		part := text[:min(len(text), room-d.held)]
		d.buf = d.encoder.Format.AppendText(d.buf, part)
		d.held += len(part)
		n += len(part)
		text = text[len(part):]
	}
	return n, d.err
}

// CopyMessage copies the message's pickle, which is the first size bytes of from. It returns
// only failures to read. End returns failures to spill.
func (d *Draft) CopyMessage(from io.ReaderAt, size int64) error {
	room := int64(whole)
	if size > whole {
		room = piece
	}
	for off := int64(0); off < size && d.err == nil; {
		if d.held > 0 {
			d.err = d.spill()
			continue
		}
		n := int(min(size-off, room))
		d.buf = slices.Grow(d.buf[:0], n)[:n]
		if got, err := from.ReadAt(d.buf, off); got < n {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF // somebody has cut the file off
			}
			return err
		}
		d.mark.Write(d.buf)
		d.held = n
		off += int64(n)
	}
	return nil
}

// spill spills buf.
func (d *Draft) spill() error {
	if d.prefix != nil && d.off > 0 {
		// A message that is too long for a pickle must not fill the disk first.
		if _, err := d.encoder.Format.TextPrefix(d.off - int64(len(d.prefix))); err != nil {
			return err
		}
	}
	if err := d.Spill(d.buf, d.off); err != nil {
		return err
	}
	d.off += int64(len(d.buf))
	d.buf, d.held = d.buf[:0], 0
	return nil
}

// End ends the message's pickle. Rest is what was not spilled: all of it if nothing was. The
// memory of rest may be appended to, and is valid until Close.
//
// If prefix is not nil, it must replace the beginning of what was spilled, and the file base
// is not known before Digest.
//
// The error is ErrEmpty if the message has no bytes.
func (d *Draft) End() (rest, prefix []byte, err error) {
	switch {
	case d.err != nil:
		return nil, nil, d.err
	case d.off == 0 && d.held == 0:
		return nil, nil, ErrEmpty
	case d.prefix == nil:
		return d.buf, nil, nil
	}
	f := d.encoder.Format
	if d.prefix, err = f.TextPrefix(d.Len() - int64(len(d.prefix))); err != nil {
		return nil, nil, err
	}
	d.buf = append(d.buf, f.TextSuffix()...)
	if d.off > 0 {
		return d.buf, d.prefix, nil
	}
	copy(d.buf, d.prefix)
	d.mark.Write(d.buf)
	return d.buf, nil, nil
}

// Len returns the length of the message's pickle so far.
func (d *Draft) Len() int64 { return d.off + int64(len(d.buf)) }

// Digest reads the whole pickle of a message that was spilled. The digest in the file base
// begins with the prefix, so it could not be computed before.
func (d *Draft) Digest(pickle io.Reader) error {
	buf := slices.Grow(d.buf[:0], piece)
	_, err := io.CopyBuffer(onlyWriter{&d.mark}, onlyReader{pickle}, buf[:cap(buf)])
	return err
}

// ID returns the file base.
func (d *Draft) ID() ID { return d.mark.id() }

// Next returns a function that returns another file base each time it is called, for an entry
// whose file base is taken by the same message for the same list at the same time. It is nil
// if the file base was given.
func (d *Draft) Next() func() ID {
	if d.mark.given != (ID{}) {
		return nil
	}
	return d.mark.next
}

// Close gives the memory of the draft to the next one. What ID and Next return stays valid.
func (d *Draft) Close() {
	if d.buf != nil {
		d.encoder.spare, d.buf = d.buf, nil
	}
}
