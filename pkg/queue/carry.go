package queue

import (
	"errors"
	"iter"
	"path"

	"switchboard/pkg/message"
)

// Carrier moves entries to a queue of another kind, which no single step can do.
//
//	claim | sync | store | finish
//
// A kill between two of them leaves the entry in flight, and perhaps a copy of it in the other
// queue. Restore it and move it again: [Batch.Take] finds that copy by its file base, and only
// finishes. So nothing is lost, and nothing is stored twice under one file base; but a
// directory cannot tell whether it has had an entry that has left it since. The claim is
// durable first: after a power cut, too, an entry that was on its way is one that is restored.
//
// A preserved entry is kept instead of claimed, and stays preserved after a kill.
type Carrier struct {
	// From is the queue that the entries leave, To the one that they go to.
	From, To Queue
	// Options are those of From.
	Options Options
	// Claims claims ready entries at once, and yields the claims in any order. The error of one
	// entry is a *[ClaimError], and any other one is that of all that were not yielded. If it is
	// nil, each entry is claimed by itself.
	Claims func([]ID) iter.Seq2[*Claim, error]
	// Finish finishes claims of entries that the other queue has, and returns the error of
	// each. If it is nil, each claim is finished by itself.
	Finish func([]*Claim) []error
	// Keep opens a preserved entry so that nobody else can change it.
	Keep func(ID) (*Kept, error)
}

// carryEntries and carryBytes limit how many entries are claimed at once.
const (
	carryEntries = 256
	carryBytes   = 4 << 20
)

// carried is an entry on its way.
type carried struct {
	id ID
	// claim is that of a ready entry, kept is a preserved one.
	claim   *Claim
	kept    *Kept
	content *message.Content
	set     []message.Setting
	about   *About
	// stored means that the other queue has it, err is why it has not.
	stored bool
	err    error
}

// Carry moves entries as [Dir.Move] does, from the queue of c to that of c, whatever o.To is.
func (c *Carrier) Carry(ids []ID, o MoveOptions, done func(Outcome, error)) {
	if o.Far != nil {
		if err := o.Far(); err != nil {
			c.refuse(ids, o, err, done)
			return
		}
	}
	if o.DryRun {
		c.look(ids, o, done)
		return
	}
	for len(ids) > 0 {
		n := min(len(ids), carryEntries)
		if o.From == Ready && c.Claims != nil {
			c.claimed(ids[:n], o, done)
		} else {
			n = c.group(ids, o, done)
		}
		ids = ids[n:]
	}
}

// claimed claims entries at once, and moves as many at a time as are held in memory.
func (c *Carrier) claimed(ids []ID, o MoveOptions, done func(Outcome, error)) {
	var (
		group []*carried
		size  int64
		told  = map[ID]bool{}
	)
	failed := func(id ID, err error) {
		if told[id] = true; !o.Listed || !errors.Is(err, ErrState) {
			done(c.outcome(id, o.From), err)
		}
	}
	var all error
	for claim, err := range c.Claims(ids) {
		if one, ok := errors.AsType[*ClaimError](err); ok {
			failed(one.ID, one.Err)
			continue
		}
		if all = err; err != nil {
			break
		}
		told[claim.ID] = true
		e := &carried{id: claim.ID, claim: claim, content: claim.Content}
		c.describe(e)
		if group, size = append(group, e), size+e.content.MetaEnd; size >= carryBytes {
			c.complete(group, o, done)
			group, size = nil, 0
		}
	}
	c.complete(group, o, done)
	for _, id := range ids {
		if !told[id] {
			failed(id, firstError(all, missing(Ready)))
		}
	}
}

// outcome returns the Outcome of an entry.
func (c *Carrier) outcome(id ID, from State) Outcome {
	return Outcome{ID: id, From: c.From.EntryPath(id, from), To: c.To.EntryPath(id, Ready)}
}

func (c *Carrier) refuse(ids []ID, o MoveOptions, err error, done func(Outcome, error)) {
	for _, id := range ids {
		done(c.outcome(id, o.From), err)
	}
}

// look is Carry for a dry run.
func (c *Carrier) look(ids []ID, o MoveOptions, done func(Outcome, error)) {
	for _, id := range ids {
		if err := c.From.Look(id, o.From); !o.Listed || !errors.Is(err, ErrState) {
			done(c.outcome(id, o.From), err)
		}
	}
}

// group moves as many of the entries as are claimed at once, and returns how many.
func (c *Carrier) group(ids []ID, o MoveOptions, done func(Outcome, error)) (n int) {
	var (
		group []*carried
		size  int64
	)
	for n < len(ids) && len(group) < carryEntries && size < carryBytes {
		e, err := c.take(ids[n], o.From)
		if Crowded(err) && len(group) > 0 {
			break // the group's end closes some files
		}
		n++
		switch {
		case e != nil:
			group = append(group, e)
			size += e.content.MetaEnd
		case !o.Listed || !errors.Is(err, ErrState):
			done(c.outcome(ids[n-1], o.From), err)
		}
	}
	c.complete(group, o, done)
	return n
}

// complete moves entries that are claimed or kept.
func (c *Carrier) complete(group []*carried, o MoveOptions, done func(Outcome, error)) {
	if len(group) == 0 {
		return
	}
	if err := c.From.Sync(); err != nil {
		for _, e := range group {
			e.err = err
		}
	}
	c.store(group)
	c.finish(group)
	// The copies are durable, so that the entries may go.
	synced := c.From.Sync()
	for _, e := range group {
		out := c.outcome(e.id, o.From)
		e.err = firstError(e.err, synced)
		if e.err == nil && c.Options.Trace != nil {
			c.Options.Trace(Event{ID: e.id, Kind: WasMoved, From: e.path(), To: out.To, About: e.about})
		}
		done(out, e.err)
	}
}

// take claims an entry, or reads a preserved one.
func (c *Carrier) take(id ID, from State) (e *carried, err error) {
	e = &carried{id: id}
	if from == Ready {
		if e.claim, err = c.From.Dequeue(id); err != nil {
			return nil, err
		}
		e.content = e.claim.Content
	} else {
		if e.kept, err = c.Keep(id); err != nil {
			return nil, err
		}
		e.content = e.kept.Content
		e.set = (&facts{content: e.content}).resetCount()
	}
	c.describe(e)
	return e, nil
}

func (c *Carrier) describe(e *carried) {
	if c.Options.Describe {
		e.about = AboutContent(e.content)
	}
}

// store stores a group in the other queue, and notes which of it is durable there.
func (c *Carrier) store(group []*carried) {
	stored := map[ID]bool{}
	batch := c.To.NewBatch(func(told string) error {
		id, _ := SplitName(path.Base(told))
		stored[id] = true
		return nil
	})
	var failed error
	for _, e := range group {
		if e.err != nil {
			continue
		}
		e.err = batch.Take(e.id, e.content, e.set...)
		if errors.Is(e.err, ErrFlush) {
			// That is the error of earlier ones.
			failed = errors.Join(failed, e.err)
			e.err = batch.Take(e.id, e.content, e.set...)
		}
		if _, named := errors.AsType[*Error](e.err); e.err != nil && !named {
			e.err = &Error{Path: e.path(), Err: e.err} // the entry could not be read
		}
	}
	if err := batch.Flush(); err != nil {
		failed = errors.Join(failed, err)
	}
	for _, e := range group {
		if e.stored = stored[e.id]; !e.stored && e.err == nil {
			e.err = errorOf(failed, c.To.EntryPath(e.id, Ready))
		}
	}
}

// path returns the path of the entry that is moved.
func (e *carried) path() string {
	if e.claim != nil {
		return e.claim.Path()
	}
	return e.kept.Path()
}

// errorOf returns the error about path among those that Flush has joined, or all of them.
func errorOf(err error, path string) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			if found := errorOf(one, path); found != one {
				return found
			}
			if e, ok := errors.AsType[*Error](one); ok && e.Path == path {
				return one
			}
		}
	}
	return err
}

// finish finishes the entries of a group that the other queue has. One that it certainly does
// not have becomes ready again. Otherwise two could be ready, and so it stays in flight.
func (c *Carrier) finish(group []*carried) {
	var stored []*carried
	var claims []*Claim
	for _, e := range group {
		switch {
		case e.kept != nil:
			e.err = errors.Join(e.err, e.kept.end(e.stored))
		case e.stored:
			stored, claims = append(stored, e), append(claims, e.claim)
		case c.mayBeThere(e):
			e.err = &Error{Path: e.claim.Path(), Err: inFlightStill{e.err}, Remedy: "qrestore it, and move it again: it is stored once"}
			e.claim.Close()
		default:
			e.err = errors.Join(e.err, e.claim.Requeue())
			e.claim.Trace()
		}
	}
	if c.Finish != nil && len(claims) > 0 {
		for i, err := range c.Finish(claims) {
			stored[i].err = err
		}
		return
	}
	for i, claim := range claims {
		stored[i].err = claim.Finish()
	}
}

// mayBeThere reports whether the other queue may have an entry that was not told.
func (c *Carrier) mayBeThere(e *carried) bool {
	if errors.Is(e.err, ErrConflict) {
		return false // that is another message
	}
	if errors.Is(e.err, ErrUnknown) {
		return true
	}
	for _, s := range anyState {
		if err := c.To.Look(e.id, s); !errors.Is(err, ErrState) {
			return true
		}
	}
	return false
}

// inFlightStill is the error of an entry that may have been stored.
type inFlightStill struct{ error }

func (e inFlightStill) Error() string { return "stays in flight: " + e.error.Error() }
func (e inFlightStill) Unwrap() error { return e.error }
