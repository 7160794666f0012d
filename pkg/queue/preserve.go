package queue

import (
	"errors"

	"switchboard/pkg/message"
)

// Preserve puts an entry in flight aside, in the bad queue, its origin noted
// in its metadata, and returns its new path. It is durable. On an error the
// entry stays in flight.
func (d *Dir) Preserve(id ID) (path string, err error) {
	d.PreserveEntries([]ID{id}, func(r Restored, failed error) { path, err = r.To, failed })
	if err != nil {
		return "", err
	}
	return path, nil
}

// Preserve closes the claim and puts its entry aside: it turned out to be of no use
// to its claimer. The lock goes first, as what another descriptor of this process
// has locked is put aside by way of a copy.
func (c *Claim) Preserve() (path string, err error) {
	c.Close()
	return c.dir.Preserve(c.ID)
}

// PreserveEntries does the same for many, which share the waits for the disk.
// done is told each outcome once it is durable.
func (d *Dir) PreserveEntries(ids []ID, done func(Restored, error)) {
	d.inGroups(ids, steps{
		begin: d.beginPreserve,
		finish: func(r *restoring) error {
			if r.file == nil {
				return nil // it is there already
			}
			return d.moveTaken(r)
		},
		named: true,
	}, done)
}

// beginPreserve opens and locks an entry and plans what is to be noted in it.
func (d *Dir) beginPreserve(id ID) *restoring {
	r := d.take(id, InFlight, false)
	r.Preserved, r.as = true, Preserved
	held := errors.Is(r.err, ErrBusy)
	if r.err != nil && !held {
		return r
	}
	if r.queue, r.err = d.openBad(); r.err != nil {
		return r
	}
	r.To = r.queue.EntryPath(id, Preserved)
	if held {
		// The lock may be the caller's own, a script's: it is no reason to refuse.
		r.close()
		r.file, r.err = nil, d.preserveHeld(id, r.queue)
		return r
	}
	content, err := message.Read(r.file, r.size)
	if errors.Is(err, ErrMalformed) {
		return r // nothing can be noted in it; it is put aside as it is
	}
	if err != nil {
		return r.fail(err)
	}
	defer content.Release() // thousands of them would be in memory at once
	return d.planAmend(r, content, d.noteOrigin(content))
}

// preserveHeld puts an entry aside that another process has locked, and so by way
// of a copy.
func (d *Dir) preserveHeld(id ID, bad *Dir) error {
	f, st, err := d.open(id, InFlight, directory.OpenRW)
	if err != nil {
		return err
	}
	defer func() { f.Close() }()
	content, err := message.Read(f, st.size)
	switch {
	case err == nil:
		defer content.Release()
		if f, err = d.amend(f, st, id, InFlight, content, false, d.noteOrigin(content)); err != nil {
			return err
		}
	case !errors.Is(err, ErrMalformed):
		return &Error{Path: d.EntryPath(id, InFlight), Err: err}
	}
	return d.transfer(f, id, InFlight, bad, Preserved)
}

// noteOrigin is what is to be set in an entry that leaves this queue, so that it
// can be brought back.
func (d *Dir) noteOrigin(c *message.Content) []message.Setting {
	origin := d.origin(c)
	if c.WhichQueue() == origin {
		return nil
	}
	return []message.Setting{{Key: "whichq", Value: origin}}
}
