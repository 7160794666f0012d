package queue

import "io"

// end ends the pickle, and writes the rest of it and the metadata. The file is then complete,
// and the file base is known.
func (p *pending) end() error {
	rest, prefix, err := p.draft.End()
	if err != nil {
		return err
	}
	length := p.draft.Len()
	p.entry.message = length
	if prefix == nil {
		p.entry.id = p.draft.ID()
	}
	if err := p.spill(append(rest, p.draft.Metadata...), p.size); err != nil {
		return err
	}
	if prefix != nil {
		if _, err := p.entry.file.WriteAt(prefix, 0); err != nil {
			return err
		}
	}
	if err := p.batch.own(p.entry.file); err != nil {
		return err
	}
	if prefix != nil {
		return p.digest(length)
	}
	return nil
}

// digest reads the pickle from the file and computes the file base. The sync of a file that
// fills a group begins now, because both take long. The file is complete: the digest is only
// in its name.
func (p *pending) digest(length int64) error {
	if p.size >= p.batch.limitBytes && !p.batch.dir.opt.NoSync {
		p.entry.synced = p.entry.file.StartSync()
	}
	if err := p.draft.Digest(io.NewSectionReader(p.entry.file, 0, length)); err != nil {
		return err
	}
	p.entry.id = p.draft.ID()
	return nil
}

// spill writes to the file, which it makes if necessary.
func (p *pending) spill(b []byte, off int64) error {
	if p.entry.file == nil {
		if err := p.entry.makeFile(p.batch.dir, p.draft.mark.at); err != nil {
			return err
		}
	}
	n, err := p.entry.file.WriteAt(b, off)
	p.size = off + int64(n)
	if err == nil && p.size-p.begun >= p.batch.limitBytes/4 && !p.batch.dir.opt.NoSync {
		p.entry.file.WriteBack() // the disk works while the rest is read
		p.begun = p.size
	}
	return err
}
