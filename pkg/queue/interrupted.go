package queue

import "switchboard/pkg/queue/internal/disk"

// complete completes the move of an entry to another queue, where its twin is: it removes
// the name in this queue.
func (d *Dir) complete(t *twin, id ID, from State) error {
	if !d.opt.NoSync {
		// The crash may have come before the twin was durable.
		err := t.file.Sync()
		if err == nil {
			err = t.queue.dir.Sync()
		}
		if err != nil {
			return &Error{Path: t.path(id), Err: err}
		}
	}
	return d.unlinkMoved(id, from)
}

// arrived completes the move of an entry to this queue, where its state is as: it removes
// the other name or the original. It syncs at once. The entry may be finished or moved next, and
// the original would then become a second message, or the only name left.
func (d *Dir) arrived(t *twin, e *entryOf, as State) error {
	f, id := e.file, e.id
	fail := func(err error) error { return &Error{Path: t.path(id), Err: err} }
	if !d.opt.NoSync {
		if !t.linked {
			if err := f.Sync(); err != nil {
				return &Error{Path: d.EntryPath(id, as), Err: err}
			}
		}
		if err := d.syncNames(); err != nil {
			return &Error{Path: d.path, Err: err}
		}
	}
	now, err := t.queue.dir.Lstat(id.Name(t.as))
	if err == disk.ErrNotExist || err == nil && !now.Same(t.stat) {
		return nil
	}
	if err == nil {
		err = t.queue.dir.Unlink(id.Name(t.as))
	}
	if err == nil && !d.opt.NoSync {
		err = t.queue.dir.Sync()
	}
	if err != nil && err != disk.ErrNotExist {
		return fail(err)
	}
	if d.opt.Trace != nil {
		d.trace(Event{ID: id, Kind: WasCompleted, From: t.path(id), To: d.EntryPath(id, as), About: d.about(e.content)})
	}
	return nil
}

// Twin returns the second path that a crash in the middle of a move left an entry with, or
// "" if there is none.
func (d *Dir) Twin(e *Entry) (path string, err error) {
	f, ok := e.file.(disk.File)
	if !ok {
		return "", nil // only a directory has interrupted moves
	}
	of := &entryOf{f, e.Info.s, e.ID, e.State, e.Content}
	t, err := d.twinOf(of, nil)
	if t != nil {
		defer t.close()
		return t.path(e.ID), nil
	}
	if err != nil {
		return "", err
	}
	from, err := d.openOriginal(of)
	if from == nil {
		return "", err
	}
	defer from.Close()
	if t, err = d.twinIn(from, of, true, anyState); t == nil {
		return "", d.cannotLook(of, err)
	}
	defer t.file.Close()
	return t.path(e.ID), nil
}
