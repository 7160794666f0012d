package queue

import (
	"errors"
	"io"

	"switchboard/pkg/queue/internal/disk"
)

// end ends the pickle and writes the rest of it and the metadata. Unless the pickle is left
// to digest, it also computes the file base.
func (p *pending) end() error {
	if p.prefix != nil {
		if err := p.endText(); err != nil {
			return err
		}
		if p.off > 0 {
			return p.endLong()
		}
		copy(p.buf, p.prefix)
		p.entry.mark.Write(p.buf)
	}
	p.entry.id = p.entry.mark.id()
	p.buf = append(p.buf, p.metadata...)
	return p.spill()
}

// endText ends the pickle of a text, and corrects the length in the prefix.
func (p *pending) endText() (err error) {
	d := p.batch.dir.opt.Format
	text := p.off + int64(len(p.buf)) - int64(len(p.prefix))
	p.prefix, err = d.TextPrefix(text)
	p.buf = append(p.buf, d.TextSuffix()...)
	return err
}

// endLong ends a text whose beginning is already in the file.
func (p *pending) endLong() error {
	pickle := p.off + int64(len(p.buf))
	p.buf = append(p.buf, p.metadata...)
	if err := p.spill(); err != nil {
		return err
	}
	if _, err := p.entry.file.WriteAt(p.prefix, 0); err != nil {
		return err
	}
	p.undigested = pickle
	return nil
}

// digest reads the pickle from the file and computes the file base. The digest begins with
// the prefix, so it could not be computed before. The sync of a file that fills a group
// begins now, because both take long. The file is complete: the digest is only in its name.
func (p *pending) digest() error {
	if p.off >= p.batch.limitBytes && !p.batch.dir.opt.NoSync {
		p.entry.synced = p.entry.file.StartSync()
	}
	written := io.NewSectionReader(p.entry.file, 0, p.undigested)
	if _, err := io.CopyBuffer(onlyWriter{&p.entry.mark}, onlyReader{written}, p.buf[:cap(p.buf)]); err != nil {
		return err
	}
	p.entry.id = p.entry.mark.id()
	return nil
}

// spill writes buf to the file, which it makes if necessary.
func (p *pending) spill() error {
	if p.entry.file == nil {
		if err := p.makeFile(); err != nil {
			return err
		}
	}
	if p.prefix != nil && p.off > 0 {
		// A message that is too long for a pickle must not fill the disk first.
		if _, err := p.batch.dir.opt.Format.TextPrefix(p.off - int64(len(p.prefix))); err != nil {
			return err
		}
	}
	n, err := p.entry.file.WriteAt(p.buf, p.off)
	p.off += int64(n)
	p.buf, p.held = p.buf[:0], 0
	if err == nil && p.off-p.begun >= p.batch.limitBytes/4 && !p.batch.dir.opt.NoSync {
		p.entry.file.WriteBack() // the disk works while the rest is read
		p.begun = p.off
	}
	return err
}

// makeFile makes the temporary file. It is named after the entry if the file base is
// known, unless another process is writing the same entry.
func (p *pending) makeFile() (err error) {
	u, d := &p.entry, p.batch.dir
	if u.id != (ID{}) {
		u.tmp = u.id.Name(Temporary)
		if u.file, err = d.dir.Create(u.tmp); !errors.Is(err, disk.ErrExist) {
			return err
		}
	}
	u.file, u.tmp, err = d.createTemporary(u.mark.at)
	return err
}
