package queue

import (
	"io"
	"slices"
)

// HandOn stores the message of another entry, with the metadata m, in one call:
// nothing is pending afterwards. Use [message.Content.HandOn] for the entry's own
// metadata. If the queue's Mailman can load the message's pickle, HandOn copies it
// unchanged; otherwise it writes the message as text. The new entry has the place of e in
// the queue, unless m says otherwise.
//
// A failure leaves nothing behind. It is [ErrFlush] if it concerns messages committed
// before, as with [Batch.Create]. Otherwise it is an [*Error] with the path of e if e
// cannot be read, an *Error with the path of the queue if the message cannot be stored,
// [ErrEmpty] if the message has no text, or an error that names a key of m.
func (b *Batch) HandOn(e *Entry, m Metadata) error {
	fits := e.Content.FitsAs(b.dir.opt.Format)
	p, err := b.create(m, e.ID.Seconds(), !fits || e.Content.ParseMsg())
	if err != nil {
		return err
	}
	defer p.Abort()
	if fits {
		err = p.copyPickle(e.file, e.Content.MsgEnd)
	} else {
		p.beginText()
		err = e.Content.WriteMessage(p)
	}
	if err != nil && p.err == nil {
		return &Error{Path: e.path, Err: err}
	}
	return p.Commit()
}

// copyPickle copies the message's pickle, which is the first size bytes of from. It
// returns only failures to read. Commit returns failures to write.
func (p *Pending) copyPickle(from io.ReaderAt, size int64) error {
	room := int64(whole)
	if size > whole {
		room = piece
	}
	for off := int64(0); off < size && p.err == nil; {
		if p.held > 0 {
			p.fail(p.spill())
			continue
		}
		n := int(min(size-off, room))
		p.buf = slices.Grow(p.buf[:0], n)[:n]
		if got, err := from.ReadAt(p.buf, off); got < n {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF // somebody has cut the file off
			}
			return err
		}
		p.entry.mark.Write(p.buf)
		p.held = n
		off += int64(n)
	}
	return nil
}
