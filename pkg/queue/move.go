package queue

import (
	"errors"

	"switchboard/pkg/queue/internal/disk"
)

// MoveOptions say what Move may do.
type MoveOptions struct {
	// From is the state of the entries: Ready or Preserved.
	From State
	// To is the queue that they go to. If it is nil, that is the queue called Beside next
	// to this one, which is made for the first entry if it is missing.
	To     Queue
	Beside string
	// Touch sets the time of each file to now, for a queue in which old files are deleted
	// by their time.
	Touch bool
	// Far, if not nil, is called before an entry moves to another filesystem. Its error
	// refuses the move.
	Far func() error
	// Listed means that the entries come from a listing. One that has gone since is not an
	// error.
	Listed bool
	// DryRun only reports, and changes nothing.
	DryRun bool
}

// Move makes entries ready in another queue. It calls done with each outcome once it is
// durable. Name, bytes and metadata of an entry stay as they are; but a preserved entry
// gets a restore count of 0, as with Release. An entry with an error stays where it is.
//
// A move is a rename. It refuses an entry that another process has locked ([ErrBusy]), and
// one that has any file of its name in the other queue ([ErrConflict]), which Mailman would
// overwrite. It also refuses a file that the other queue's owner could not read
// (fs.ErrPermission), unless it runs as root and can give the file to that owner. To another
// filesystem a ready entry is claimed, copied and finished.
//
// To a queue of another kind an entry is carried: see [Carrier].
func (d *Dir) Move(ids []ID, o MoveOptions, done func(Outcome, error)) {
	if _, near := o.To.(*Dir); o.To != nil && !near {
		c := Carrier{From: d, To: o.To, Options: d.opt, Keep: d.keep}
		c.Carry(ids, o, done)
		return
	}
	r := &request{verb: moves, from: o.From, named: !o.Listed, move: &o, dryRun: o.DryRun}
	d.carryOut(nil, these(ids...), r, done)
}

// openMoveTarget opens the queue that the entry moves to, which must be another one. A dry
// run that would make the queue finds nil.
func (c *change) openMoveTarget() (*Dir, error) {
	o := c.asks.move
	var to *Dir
	if o.To != nil {
		var err error
		if to, err = directory(o.To); err != nil {
			return nil, err
		}
	} else {
		var err error
		if to, err = c.dir.openBeside(o.Beside, !o.DryRun); to == nil {
			return nil, err
		}
	}
	mine, err := c.dir.dir.Stat()
	its, errTo := to.dir.Stat()
	switch {
	case err != nil:
		return nil, c.fail(err)
	case errTo != nil:
		return nil, &Error{Path: to.path, Err: errTo}
	case mine.Same(its):
		return nil, c.fail(inThatQueue{})
	}
	return to, nil
}

// inThatQueue is the ErrConflict of an entry that would move to its own queue.
type inThatQueue struct{}

func (inThatQueue) Error() string        { return "is in that queue already" }
func (inThatQueue) Is(target error) bool { return target == ErrConflict }

// lookBeforeMove checks that the entry can become ready in its target.
func (c *change) lookBeforeMove() error {
	if err := c.notPair(); err != nil {
		return err
	}
	to := c.found.target
	if to == nil {
		return nil
	}
	for _, name := range []string{c.id.Name(Ready), c.id.Name(InFlight), c.id.Name(Preserved), c.id.Name(Temporary), c.id.base + pairExt} {
		if _, err := to.dir.Lstat(name); err == nil {
			return &Error{Path: c.path, Err: conflict(join(to.path, name)), Remedy: conflictRemedy}
		}
	}
	queue, err := to.dir.Stat()
	if err != nil {
		return &Error{Path: to.path, Err: err}
	}
	if queue.Dev != c.found.stat.Dev {
		if err := c.mayMoveFar(); err != nil {
			return err
		}
	}
	return c.lookForAccess(queue)
}

// notPair fails for half of a pair: the other half would stay behind.
func (c *change) notPair() error {
	if c.asks.from == Ready && c.dir.isPair(c.id) {
		return &Error{Path: c.path, Err: errPair{}, Remedy: pairRemedy}
	}
	return nil
}

// mayMoveFar fails if the entry must not move to another filesystem.
func (c *change) mayMoveFar() error {
	if far := c.asks.move.Far; far != nil {
		return far()
	}
	return nil
}

func planMove(f *facts, o *MoveOptions) plan {
	p := plan{to: toQueue(f.target), as: Ready, touches: o.Touch, gives: f.access == mustGive}
	p.attributes = p.touches || f.access != canRead
	if f.target == nil {
		p.to = target{kind: toQueueBeside, name: o.Beside}
	}
	if o.From == Preserved && f.content != nil {
		p.sets, p.set = true, f.resetCount()
	}
	return p
}

// claimAndMoveFar moves an entry to another filesystem. It first claims a ready one: while
// the entry is being copied, nobody else must handle it. After a crash the entry is in
// flight, and a restore completes the move by the note that moveFar makes. An entry that
// cannot be read cannot have that note. If it were copied, a crash could make two of it.
func (c *change) claimAndMoveFar() error {
	if err := c.mayMoveFar(); err != nil {
		return err
	}
	if c.found.malformed != nil {
		return c.fail(c.found.malformed)
	}
	if c.asks.from != Ready {
		return c.moveFar()
	}
	d := c.dir
	if err := d.move(c.id, Ready, d, InFlight); err != nil {
		return err
	}
	d.trace(d.event(WasClaimed, c.id, Ready, d, InFlight, c.about))
	claimed := *c.asks
	claimed.from = InFlight
	c.asks = &claimed
	err := c.moveFar()
	if err == nil {
		return nil
	}
	// If the copy is there, the entry must not be ready here as well: two readers would
	// handle it. It stays in flight, and a restore completes the move.
	if _, there := c.queue.dir.Lstat(c.id.Name(Ready)); there != disk.ErrNotExist && !errors.Is(err, ErrConflict) {
		return err
	}
	return errors.Join(err, d.giveBack(c.id))
}

// movedElsewhere returns the ErrState of an entry whose interrupted move was completed,
// but which is not where the caller wants it.
func (c *change) movedElsewhere() error {
	switch c.asks.verb {
	case discards:
	case moves:
		if c.found.target == nil {
			break
		}
		there, err := c.found.twin.queue.dir.Stat()
		want, errWant := c.found.target.dir.Stat()
		if err = firstError(err, errWant); err != nil {
			return c.fail(err)
		}
		if there.Same(want) {
			return nil
		}
	default:
		return nil
	}
	c.movedOn = true
	return c.fail(movedOn{c.found.twin.path(c.id)})
}
