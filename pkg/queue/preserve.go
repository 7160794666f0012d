package queue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
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

// Preserve closes the claim and preserves its entry, which is of no use to its claimer.
// The lock goes first, because an entry that another descriptor of this process has
// locked is preserved by way of a copy.
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
	if errors.Is(r.err, ErrBusy) {
		// The lock may be the caller's own, a script's: it is not a reason to refuse.
		r.close()
		r.file, r.err = nil, nil
		d.preserveHeld(r)
		return r
	}
	if r.err != nil {
		return r
	}
	content, err := message.Read(r.file, r.size)
	unreadable := errors.Is(err, ErrMalformed)
	if err != nil && !unreadable {
		return r.fail(err)
	}
	if err == nil {
		defer content.Release() // thousands of them would be in memory at once
	}
	if d.interrupted(r, content, nil, false) {
		return r
	}
	if r.planBad(d); r.err != nil || unreadable {
		return r // nothing can be noted in what is unreadable: it is preserved as it is
	}
	return d.planAmend(r, content, d.noteOrigin(content))
}

// planBad plans the move to the bad queue.
func (r *restoring) planBad(d *Dir) {
	if r.queue, r.err = d.openBad(); r.err == nil {
		r.Preserved, r.as, r.To = true, Preserved, r.queue.EntryPath(r.ID, Preserved)
	}
}

// preserveHeld preserves an entry that another process has locked, and so by way of a
// copy.
func (d *Dir) preserveHeld(r *restoring) {
	f, st, err := d.open(r.ID, InFlight, disk.Dir.OpenRW)
	if r.err = err; err != nil {
		return
	}
	defer func() { f.Close() }()
	content, err := message.Read(f, st.Size)
	unreadable := errors.Is(err, ErrMalformed)
	if err != nil && !unreadable {
		r.fail(err)
		return
	}
	if err == nil {
		defer content.Release()
	}
	elsewhere, err := d.completeMove(f, st, r.ID, InFlight, InFlight, content)
	if err != nil || elsewhere != "" {
		r.Interrupted, r.To, r.err = true, elsewhere, firstError(err, d.Sync())
		return
	}
	if r.planBad(d); r.err != nil {
		return
	}
	if !unreadable {
		if f, r.err = d.amend(f, st, r.ID, InFlight, content, false, d.noteOrigin(content)); r.err != nil {
			return
		}
	}
	r.err = d.transfer(&f, r.ID, InFlight, r.queue, Preserved, false)
}

// noteOrigin is what is to be set in an entry that leaves this queue, so that it
// can be released.
func (d *Dir) noteOrigin(c *message.Content) []message.Setting {
	origin := d.origin(c)
	if c.WhichQueue() == origin {
		return nil
	}
	return []message.Setting{{Key: message.WhichQueueKey, Value: origin}}
}
