package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// claim is a Claim in a directory. Until Close its file is locked.
type claim struct {
	Claim
	dir  *Dir
	file disk.File
	// replaced has files that were the entry's before Note replaced them by a copy.
	replaced []disk.File
	// about describes the entry in its events. ended is what Finish or Requeue did.
	about *About
	ended Event
}

// Dequeue claims one named entry. The error is [ErrState] if the entry is not ready any
// more, and [ErrMalformed] if its file cannot be read as an entry. Dequeue has preserved a
// malformed entry, unless the error says why that failed.
//
// Dequeue opens and locks the file before it renames it, so that a restorer finds the
// lock from the first moment at which the entry is in flight. It reads the file only
// after the rename, because only one of many claimers must preserve an unreadable file.
func (d *Dir) Dequeue(id ID) (*Claim, error) {
	f, st, locked, err := d.openLocked(id, Ready, disk.Dir.Open, lockClaim)
	if Crowded(err) && d.makeRoom() {
		f, st, locked, err = d.openLocked(id, Ready, disk.Dir.Open, lockClaim)
	}
	if err != nil {
		return nil, err
	}
	said := func(err error) error { return &Error{Path: d.EntryPath(id, Ready), Err: err} }
	fail := func(err error) (*Claim, error) {
		f.Close()
		return nil, err
	}
	if !locked {
		return fail(said(ErrBusy))
	}
	if err := d.move(id, Ready, d, InFlight); err != nil {
		return fail(err)
	}
	now, err := d.dir.Relook(id.Name(InFlight))
	if err != nil || !now.Same(st) {
		d.trace(d.event(WasClaimed, id, Ready, d, InFlight, nil))
		// Somebody swapped the file between open and rename, or the name cannot be
		// checked. Either way it gets its old name again.
		if err == disk.ErrNotExist {
			err = missing(Ready)
		}
		return fail(errors.Join(said(firstError(err, ErrBusy)), d.giveBack(id)))
	}
	content, err := message.Read(f, now.Size)
	about := d.about(content)
	d.trace(d.event(WasClaimed, id, Ready, d, InFlight, about))
	if err == nil {
		elsewhere, err := d.completeMove(f, st, id, content)
		switch {
		case err != nil:
			content.Release()
			return fail(errors.Join(err, d.giveBack(id)))
		case elsewhere != "":
			content.Release()
			err := said(movedOn{elsewhere})
			d.opt.Notice(err)
			return fail(err)
		}
		c := &claim{Claim: Claim{ID: id, Content: content}, dir: d, file: f, about: about}
		c.Held = c
		return &c.Claim, nil
	}
	if !errors.Is(err, ErrMalformed) {
		// A failure to read now says nothing about the entry.
		return fail(errors.Join(said(lost(err, Ready)), d.giveBack(id)))
	}
	defer f.Close()
	path, badErr := d.preserveMalformed(f, id)
	if badErr != nil {
		// It could not be preserved, so it becomes ready again.
		return nil, errors.Join(said(err), badErr, d.giveBack(id))
	}
	return nil, said(preservedAs{err, path})
}

// lockClaim locks a file that is open only for reading. COMMAND inherits the file and must
// not be able to write to it; also, a process without write permission can claim an entry.
// NFS 4 does not give such a file an exclusive lock (EBADF). A shared lock is enough:
// restorers take an exclusive lock, so they fail as long as any process has inherited the
// shared one. Between two claimers the rename decides.
func lockClaim(f disk.File) (bool, error) {
	locked, err := f.Lock()
	if errors.Is(err, disk.ErrNotWritable) {
		return f.LockShared()
	}
	return locked, err
}

// completeMove completes the interrupted move of an entry that is being claimed: it was
// ready, and has the name of one in flight. elsewhere is its path if the move was to
// another queue, and otherwise "". Nearly all entries have no such move.
func (d *Dir) completeMove(f disk.File, st disk.Stat, id ID, c *message.Content) (elsewhere string, err error) {
	e := &entryOf{f, st, id, Ready, c}
	if err := d.removeOriginal(e, InFlight); err != nil {
		return "", err
	}
	t, err := d.twinOf(e, nil)
	if t == nil || err != nil {
		return "", err
	}
	defer t.close()
	if !t.stays {
		return "", d.arrived(t, e, InFlight)
	}
	if err := d.complete(t, id, InFlight); err != nil {
		return "", err
	}
	// The twin may be finished next. If a power cut then brought back the name that
	// complete removed, that would be a second message.
	if err := d.Sync(); err != nil {
		return "", err
	}
	d.trace(d.event(WasCompleted, id, InFlight, t.queue, t.as, d.about(c)))
	return t.path(id), nil
}

// giveBack requeues an entry whose claim failed. It is not an error if the entry has
// gone: it was preserved then, and perhaps only the sync failed.
func (d *Dir) giveBack(id ID) error {
	err := d.move(id, InFlight, d, Ready)
	switch {
	case err == nil:
		d.trace(d.event(WasRequeued, id, InFlight, d, Ready, nil))
	case !errors.Is(err, ErrState):
		return err
	}
	return nil
}

// preservedAs is the ErrMalformed of an entry that was preserved at path.
type preservedAs struct {
	error
	path string
}

func (e preservedAs) Error() string { return e.error.Error() + "; preserved as " + e.path }
func (e preservedAs) Unwrap() error { return e.error }

// movedOn is the ErrState of an entry whose interrupted move to path was completed.
type movedOn struct{ path string }

func (e movedOn) Error() string {
	return "a crash interrupted its move, which is now complete: " + e.path
}
func (e movedOn) Is(target error) bool { return target == ErrState }

func (c *claim) Path() string { return c.dir.EntryPath(c.ID, InFlight) }

func (c *claim) Fd() (fd uintptr, ok bool) { return uintptr(c.file.Fd()), true }

// Lost returns nil: the claim lasts until it is ended.
func (c *claim) Lost() <-chan struct{} { return nil }

// Finish deletes an entry that is in flight. The deletion is durable after [Dir.Sync]. The
// error is [ErrState] if the entry is not in flight. A ready entry with the same file base
// is another entry, and stays.
func (d *Dir) Finish(id ID) error {
	about := d.aboutEntry(id, InFlight)
	if err := d.finish(id); err != nil {
		return err
	}
	d.traceLater(d.event(WasFinished, id, InFlight, d, Stray, about))
	return nil
}

func (c *claim) Finish() error {
	if err := c.dir.finish(c.ID); err != nil {
		return errors.Join(err, c.Close())
	}
	c.ended = c.dir.event(WasFinished, c.ID, InFlight, c.dir, Stray, c.about)
	c.Content.Release()
	c.dir.closeLater(append(c.replaced, c.file)...)
	return nil
}

func (c *claim) Trace() {
	c.dir.trace(c.ended)
	c.ended = Event{}
}

func (d *Dir) finish(id ID) error {
	if err := d.Look(id, InFlight); err != nil {
		return err
	}
	err := d.dir.Unlink(id.Name(InFlight))
	if err == disk.ErrNotExist {
		err = missing(InFlight)
	}
	if err != nil {
		return &Error{Path: d.EntryPath(id, InFlight), Err: err}
	}
	d.touch(d)
	return nil
}

func (c *claim) Requeue() error {
	// Dequeue has looked for an interrupted move.
	if err := c.dir.move(c.ID, InFlight, c.dir, Ready); err != nil {
		return errors.Join(err, c.Close())
	}
	c.ended = c.dir.event(WasRequeued, c.ID, InFlight, c.dir, Ready, c.about)
	return c.Close()
}

// Requeue makes an entry in flight ready again without counting a restore. This is
// durable after [Dir.Sync]. If a crash interrupted the entry's move to another queue,
// Requeue completes that move, because otherwise there would be two messages, and returns
// [ErrState].
func (d *Dir) Requeue(id ID) (err error) {
	d.carryOut(nil, these(id), &request{verb: requeues, from: InFlight, named: true}, func(o Outcome, failed error) {
		if err = failed; err == nil && o.Interrupted {
			err = firstError(d.Sync(), &Error{Path: o.From, Err: movedOn{o.To}})
		}
	})
	return err
}

func (c *claim) Close() error {
	c.Content.Release()
	for _, f := range c.replaced {
		f.Close()
	}
	if err := c.file.Close(); err != nil {
		return &Error{Path: c.Path(), Err: err}
	}
	return nil
}
