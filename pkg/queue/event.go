package queue

import (
	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// Event is a change of one entry's state.
type Event struct {
	ID   ID
	Kind EventKind
	// From and To are the entry's old and new path. From is "" if the entry was stored or
	// split from another one, To if its file is gone.
	From, To string
	// About is what the entry says about itself. It is nil without Options.Describe, and if
	// the entry could not be read.
	About *About
}

// EventKind says how an entry changed its state.
type EventKind string

const (
	WasStored    EventKind = "stored"
	WasClaimed   EventKind = "claimed"
	WasFinished  EventKind = "finished"
	WasRequeued  EventKind = "requeued"
	WasRestored  EventKind = "restored"
	WasPreserved EventKind = "preserved"
	WasReleased  EventKind = "released"
	WasShunted   EventKind = "shunted"
	WasRetried   EventKind = "retried"
	WasMoved     EventKind = "moved"
	WasDiscarded EventKind = "discarded"
	// WasSplit is a new entry for part of what another one, which is in flight, was for.
	WasSplit EventKind = "split"
	// WasCompleted is the end of a move that a crash had interrupted.
	WasCompleted EventKind = "completed"
	// WasSwept is the removal of a temporary file, which is not an entry.
	WasSwept EventKind = "swept"
)

// About is what an entry says about itself.
type About struct {
	// List is the name of its list, MessageID the header field, "" if it has none.
	List, MessageID string
	// Restores is how often it has been restored, after the event.
	Restores int
}

// about describes an entry. Without Options.Describe it returns nil and looks at nothing.
func (d *Dir) about(content *message.Content) *About {
	if !d.opt.Describe || content == nil {
		return nil
	}
	return AboutContent(content)
}

// AboutContent returns what an entry with that content says about itself.
func AboutContent(content *message.Content) *About {
	id, _ := content.Decoded("Message-ID")
	return &About{List: content.List(), MessageID: id, Restores: content.Restores()}
}

// aboutFile describes an entry that is open, but was not read. A failure to read it must
// not fail the work, so the result is nil then.
func (d *Dir) aboutFile(f disk.File, size int64) *About {
	if !d.opt.Describe {
		return nil
	}
	content, err := message.Read(f, size)
	if err != nil {
		return nil
	}
	defer content.Release()
	return d.about(content)
}

// aboutEntry is aboutFile for an entry that is not open.
func (d *Dir) aboutEntry(id ID, s State) *About {
	if !d.opt.Describe {
		return nil
	}
	f, st, err := d.open(id, s, disk.Dir.Open)
	if err != nil {
		return nil
	}
	defer f.Close()
	return d.aboutFile(f, st.Size)
}

// event makes the event of an entry that goes from one state to another, perhaps in another
// queue. The state Stray means no file. Without a Trace it does not build the paths.
func (d *Dir) event(kind EventKind, id ID, from State, to *Dir, as State, about *About) Event {
	if d.opt.Trace == nil {
		return Event{}
	}
	e := Event{ID: id, Kind: kind, About: about}
	if from != Stray {
		e.From = d.EntryPath(id, from)
	}
	if as != Stray {
		e.To = to.EntryPath(id, as)
	}
	return e
}

// trace tells Options.Trace of an event.
func (d *Dir) trace(e Event) {
	if d.opt.Trace != nil && e.Kind != "" {
		d.opt.Trace(e)
	}
}

// traceLater tells Options.Trace of an event once Dir.Sync has made it durable.
func (d *Dir) traceLater(e Event) {
	if d.opt.Trace != nil {
		d.untraced = append(d.untraced, e)
	}
}

// traceSynced tells of the events that wait for a sync, which has ended with err. After an
// error it forgets them: no later sync can prove that they are durable.
func (d *Dir) traceSynced(err error) {
	events := d.untraced
	d.untraced = nil
	for _, e := range events {
		if err == nil {
			d.trace(e)
		}
	}
}

// kinds has the events of the verbs.
var kinds = [...]EventKind{
	restores: WasRestored, preserves: WasPreserved, releases: WasReleased, shunts: WasShunted,
	retries: WasRetried, requeues: WasRequeued, moves: WasMoved, discards: WasDiscarded,
}

// trace tells Options.Trace of a change, unless names, the result of the sync, is an error.
// A requeue is told by Dir.Sync.
func (c *change) trace(names error) {
	// The change with copies is part of another one.
	if names != nil || c.err != nil && !c.movedOn || c.dir.opt.Trace == nil || c.asks.dryRun || c.asks.verb == copies {
		return
	}
	kind := kinds[c.asks.verb]
	switch {
	case c.plan.completes:
		kind = WasCompleted
	case c.plan.as == Preserved:
		kind = WasPreserved
	}
	if c.about != nil {
		switch {
		case c.asks.verb == restores:
			c.about.Restores = c.plan.restores
		case c.asks.verb == releases, c.asks.verb == retries, c.asks.verb == moves && c.asks.move.From == Preserved:
			c.about.Restores = 0
		}
	}
	e := c.dir.event(kind, c.id, c.asks.from, c.queue, c.plan.as, c.about)
	if c.asks.verb == requeues {
		c.dir.traceLater(e)
	} else {
		c.dir.trace(e)
	}
}
