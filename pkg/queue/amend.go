package queue

import (
	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// amendment is a change of an entry's metadata in place, in the steps between
// which syncs must come. The message is not touched, and at every instant the
// file reads as before or as after.
type amendment struct {
	file disk.File
	path string
	// size is the length of the file.
	size  int64
	patch message.Patch
}

// prepare writes what stands behind the pickle's end and so counts for nothing
// yet, and cuts off what was there before.
func (a amendment) prepare() error {
	if len(a.patch.Tail) == 0 {
		return nil
	}
	_, err := a.file.WriteAt(a.patch.Tail, a.patch.TailOff)
	if end := a.patch.TailOff + int64(len(a.patch.Tail)); err == nil && a.size > end {
		err = a.file.Truncate(end)
	}
	if err != nil {
		// As a disk is full: what is behind the end is of no use to anyone.
		a.file.Truncate(a.patch.TailOff)
		return &Error{Path: a.path, Err: err}
	}
	return nil
}

// flip makes the tail part of the pickle, by its one byte.
func (a amendment) flip() error {
	if _, err := a.file.WriteAt([]byte{a.patch.Flip}, a.patch.FlipOff); err != nil {
		return &Error{Path: a.path, Err: err}
	}
	return nil
}

func (a amendment) sync() error {
	if err := a.file.Sync(); err != nil {
		return &Error{Path: a.path, Err: err}
	}
	return nil
}

// amend sets metadata keys of an entry, durably. It returns the file to go on
// with, which is another one when the entry had more than one name: a backup
// that is a hard link keeps its bytes. alone says that the caller has the
// entry's lock: only then is it changed in place.
func (d *Dir) amend(f disk.File, st disk.Stat, id ID, s State, c *message.Content, alone bool, set []message.Setting) (disk.File, error) {
	path := d.EntryPath(id, s)
	if len(set) == 0 {
		if d.opt.NoSync {
			return f, nil
		}
		// A run that was killed may have set them, and not synced.
		return f, amendment{file: f, path: path}.sync()
	}
	patch, err := c.Patch(set...)
	if err != nil {
		return f, &Error{Path: path, Err: err}
	}
	if st.Nlink > 1 || !alone {
		return d.amendCopy(f, st, id, s, patch)
	}
	a := amendment{file: f, path: path, size: st.Size, patch: patch}
	if err := a.prepare(); err != nil {
		return f, err
	}
	// Were the flip on the disk before the tail, the pickle would go on into
	// whatever the disk holds there.
	if len(patch.Tail) > 0 && !d.opt.NoSync {
		if err := a.sync(); err != nil {
			return f, err
		}
	}
	if err := a.flip(); err != nil {
		return f, err
	}
	if d.opt.NoSync {
		return f, nil
	}
	// The count must be on the disk before the entry is tried again: it is
	// what ends a message that brings its reader down.
	return f, a.sync()
}

// amendCopy amends a copy and gives it the entry's name.
func (d *Dir) amendCopy(f disk.File, st disk.Stat, id ID, s State, patch message.Patch) (disk.File, error) {
	path := d.EntryPath(id, s)
	tmp, err := d.copyIn(f, id)
	if err != nil {
		return f, &Error{Path: path, Err: err}
	}
	fail := func(err error) (disk.File, error) {
		d.dir.Unlink(tmp)
		return f, &Error{Path: path, Err: err}
	}
	twin, err := d.dir.OpenRW(tmp)
	if err != nil {
		return fail(err)
	}
	a := amendment{file: twin, path: path, size: st.Size, patch: patch}
	if err = a.prepare(); err == nil {
		err = a.flip()
	}
	if err == nil && !d.opt.NoSync {
		err = a.sync()
	}
	if err == nil {
		// The lock must be there before the name is: a restorer looks at it.
		_, err = twin.Lock()
	}
	if err == nil {
		err = d.exchange(tmp, id.Name(s))
	}
	if err != nil {
		twin.Close()
		if err == disk.ErrNotExist {
			err = missing(s)
		}
		return fail(err)
	}
	// Where the names could not be exchanged the old one is gone already.
	if err := d.dir.Unlink(tmp); err != nil && err != disk.ErrNotExist {
		f.Close()
		return twin, &Error{Path: path, Err: err}
	}
	if !d.opt.NoSync {
		// Were the entry to move on before that is durable, a power cut could leave the
		// old file here and the new one there.
		err = d.dir.Sync()
	}
	f.Close()
	if err != nil {
		err = &Error{Path: d.path, Err: err}
	}
	return twin, err
}
