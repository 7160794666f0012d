package queue

func (b *batch) HandOn(e *Entry, m Metadata) error {
	if err := b.begin(); err != nil {
		return err
	}
	d, fits, err := b.dir.encoder.HandOn(e, m, b.dir.sys.Now())
	if err != nil {
		return err
	}
	p := b.pending(d)
	defer p.Abort()
	if fits {
		err = d.CopyMessage(e.file, e.Content.MsgEnd)
	} else {
		err = e.Content.WriteMessage(p)
	}
	if err != nil && p.err == nil {
		return &Error{Path: e.path, Err: err}
	}
	return p.Commit()
}
