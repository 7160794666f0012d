package queue

import (
	"io"
	"slices"
)

func (b *batch) HandOn(e *Entry, m Metadata) error {
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
func (p *pending) copyPickle(from io.ReaderAt, size int64) error {
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
