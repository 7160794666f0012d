package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// Note changes the file as a restore does.
//
//	tail | sync | flip | sync
//
// Each Note adds what it sets to the file, some 10 bytes more than the values. It does not
// use the space of an earlier Note again: the old value must stay in the file until the new
// one counts, and a space that they took in turns would have to hold all that was ever set.
func (c *claim) Note(set ...message.Setting) error {
	patch, err := c.Content.Patch(set...)
	if err != nil {
		return c.fail(err)
	}
	f, st, err := c.openRW()
	if err != nil {
		return err
	}
	if err := c.unchanged(f); err != nil {
		f.Close()
		return err
	}
	if st.Nlink > 1 {
		return c.noteInCopy(f, st, patch)
	}
	defer f.Close()
	if err := c.patch(f, st, patch); err != nil {
		return c.fail(err)
	}
	return nil
}

// patch carries out a patch of the claim's file.
func (c *claim) patch(f disk.File, st disk.Stat, patch message.Patch) error {
	if err := writeTail(f, st.Size, patch); err != nil {
		return err
	}
	sync := f.Sync
	if c.dir.opt.NoSync {
		sync = func() error { return nil }
	}
	if len(patch.Tail) > 0 {
		if err := sync(); err != nil {
			return err
		}
	}
	if err := flip(f, patch); err != nil {
		return err
	}
	// Even if the sync fails, the file now has the new metadata.
	patched := c.Content.Patched(patch)
	return firstError(sync(), patched)
}

// openRW opens the claimed entry for writing. COMMAND inherits the claim's own descriptor,
// which is therefore read-only. The claim has the lock, so nobody else changes the entry.
func (c *claim) openRW() (disk.File, disk.Stat, error) {
	mine, err := c.file.Stat()
	if err != nil {
		return nil, disk.Stat{}, c.fail(err)
	}
	f, st, err := c.dir.open(c.ID, InFlight, disk.Dir.OpenRW)
	if err == nil && !st.Same(mine) {
		f.Close()
		return nil, st, c.fail(missing(InFlight))
	}
	return f, st, err
}

// unchanged fails if the pickle does not end where c.Content says. Somebody has changed the
// file then, in spite of the lock, and a patch would destroy it.
func (c *claim) unchanged(f disk.File) error {
	var stop [1]byte
	if _, err := f.ReadAt(stop[:], c.Content.MetaEnd-1); err != nil {
		return c.fail(err)
	}
	if stop[0] != message.Stop {
		return c.fail(changed{})
	}
	return nil
}

// changed is the ErrState of an entry whose metadata another program has changed.
type changed struct{}

func (changed) Error() string        { return "its metadata was changed by another program" }
func (changed) Is(target error) bool { return target == ErrState }

// noteInCopy is Note for a file with other names, which are backups and must not change.
// The entry becomes a copy. Its old file stays open until the claim is closed, because
// Content may have been used.
//
// The names are changed and synced by a Dir of its own: another goroutine may be syncing
// c.dir, and of two syncs of one open directory only one is told of a failure.
func (c *claim) noteInCopy(f disk.File, st disk.Stat, patch message.Patch) error {
	d, err := c.ownDir(c.dir.opt)
	if err != nil {
		f.Close()
		return err
	}
	defer d.Close()
	copied := &change{
		dir: d, asks: &request{from: InFlight, claim: c}, id: c.ID, path: c.Path(), file: f, found: facts{stat: st},
	}
	failed := copied.setInCopy(patch)
	if copied.file == f {
		f.Close()
		return failed
	}
	// The entry is the copy now, even if its name is not durable.
	c.replaced = append(c.replaced, c.file)
	c.file = copied.file
	if st, err = c.file.Stat(); err == nil {
		var content *message.Content
		if content, err = message.Read(c.file, st.Size); err == nil {
			c.Content.Become(content)
		}
	}
	if err != nil {
		err = c.fail(err)
	}
	return errors.Join(failed, err)
}

// ownDir opens the claim's queue once more, with the options o.
func (c *claim) ownDir(o Options) (*Dir, error) {
	d, err := openWith(c.dir.sys, c.dir.path, o)
	if err != nil {
		return nil, err
	}
	its, err := d.dir.Stat()
	mine, errMine := c.dir.dir.Stat()
	if err = firstError(err, errMine); err == nil && !its.Same(mine) {
		err = noQueue{disk.ErrStale}
	}
	if err != nil {
		return nil, errors.Join(&Error{Path: d.path, Err: err}, d.Close())
	}
	return d, nil
}

// fail returns err as an error that names the claimed entry's file.
func (c *claim) fail(err error) error { return &Error{Path: c.Path(), Err: err} }
