package queue

import (
	"errors"
	"io"
	"math"
)

func (c *claim) Notice(part string, m Metadata, write func(io.Writer) error) (path string, err error) {
	o := c.dir.opt
	o.Format = c.Content.Dialect()
	d, err := c.ownDir(o)
	if err != nil {
		return "", err
	}
	defer d.Close()
	after := c.ID.Derive(part)
	id := NewID(math.Nextafter(after.time, math.Inf(1)), after.digest)
	for _, s := range anyState {
		if d.Has(id, s) {
			if !d.opt.NoSync {
				err = d.dir.Sync() // the content was synced before the file got its name
			}
			if err != nil {
				return "", &Error{Path: d.path, Err: err}
			}
			return d.EntryPath(id, s), nil
		}
	}
	b := d.newBatch(func(stored string) error { path = stored; return nil })
	defer b.Abort()
	m.ID = id
	p, err := b.Create(m)
	if err != nil {
		return "", err
	}
	defer p.Abort()
	if err := write(p); err != nil {
		return "", err
	}
	return path, errors.Join(p.Commit(), b.Flush())
}
