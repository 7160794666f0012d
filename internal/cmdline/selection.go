package cmdline

import (
	"regexp"
	"time"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/choose"
	"switchboard/pkg/queue"
)

// SelectionSynopsis are the options of [Selection] in a [Command.Synopsis].
const SelectionSynopsis = "[--state STATE] [--list LIST] [--sender RE] [--recipient RE] [--subject RE] [--message-id RE] [--origin-queue RE] " +
	"[--older-than D] [--newer-than D] [--larger-than SIZE] [--smaller-than SIZE] [--restores N] [-s I/N]"

// Selection has the options that choose among the entries of a queue.
type Selection struct {
	shared                                        *Shared
	states                                        Optional[[]queue.State]
	olderThan, newerThan                          Optional[time.Duration]
	largerThan, smallerThan                       Optional[int64]
	restores                                      Optional[int]
	list                                          string
	sender, recipient, subject, messageID, origin Optional[*regexp.Regexp]
}

// Flags are these options. The slice is one of shared.
func (s *Selection) Flags(shared *Shared, states States) []cli.Flag {
	s.shared = shared
	return []cli.Flag{
		ValueFlag(&s.states, states.Parse, "state", "", states.Usage),
		&cli.StringFlag{Name: "list", Destination: &s.list, Usage: "for the list `LIST`"},
		ValueFlag(&s.sender, choose.ParsePattern, "sender", "", "from an address that has `RE`"),
		ValueFlag(&s.recipient, choose.ParsePattern, "recipient", "", "for an address that has `RE`"),
		ValueFlag(&s.subject, choose.ParsePattern, "subject", "", "with `RE` in the subject"),
		ValueFlag(&s.messageID, choose.ParsePattern, "message-id", "", "with `RE` in the Message-ID"),
		ValueFlag(&s.origin, choose.ParsePattern, "origin-queue", "", "with `RE` in whichq"),
		DurationFlag(&s.olderThan, "older-than", "", "received more than `D` ago"),
		DurationFlag(&s.newerThan, "newer-than", "", "received less than `D` ago"),
		ValueFlag(&s.largerThan, choose.ParseSize, "larger-than", "", "in a file of more than `SIZE`: 2000, 500k, 1M"),
		ValueFlag(&s.smallerThan, choose.ParseSize, "smaller-than", "", "in a file of less than `SIZE`"),
		IntFlag(&s.restores, 1, 0, "restores", "", "restored `N` times or more"),
		shared.SliceFlag(),
	}
}

// Choice returns what the options choose, counting ages back from now. Without --state it
// chooses among the entries in the usual state.
func (s *Selection) Choice(usual queue.State, now time.Time) choose.Choice {
	c := choose.Choice{
		States: []queue.State{usual}, Slice: s.shared.Slice.Value, List: s.list, Restores: s.restores.Value,
		Sender: s.sender.Value, Recipient: s.recipient.Value, Subject: s.subject.Value, MessageID: s.messageID.Value, Origin: s.origin.Value,
	}
	if s.states.Given {
		c.States = s.states.Value
	}
	if s.olderThan.Given {
		c.Before = now.Add(-s.olderThan.Value)
	}
	if s.newerThan.Given {
		c.After = now.Add(-s.newerThan.Value)
	}
	if s.largerThan.Given {
		c.Larger = &s.largerThan.Value
	}
	if s.smallerThan.Given {
		c.Smaller = &s.smallerThan.Value
	}
	return c
}

// Given reports whether an option other than --state and --slice is given. These two alone
// choose nothing.
func (s *Selection) Given() bool {
	c := s.Choice(queue.Ready, time.Unix(0, 0))
	return c.Restricts()
}

// StateGiven reports whether --state is given.
func (s *Selection) StateGiven() bool { return s.states.Given }

// partial reports whether any of the options is given.
func (s *Selection) partial() bool { return s.Given() || s.states.Given || s.shared.Slice.Given }

// CheckEntry refuses an entry as operand if any of the options is given.
func (s *Selection) CheckEntry(operand string) error {
	if s.partial() {
		return needsQueue(operand)
	}
	return nil
}

func needsQueue(operand string) error {
	return Usagef("%s: the options that choose need a QUEUE, not an entry", operand)
}

// Check refuses operands that do not go with the options. all means that all entries of a
// queue are asked for, and other is what to say besides the options that choose.
func (s *Selection) Check(q *Queues, operands []string, all bool, other string) error {
	if all && s.Given() {
		return Usagef("-a and the options that choose exclude each other")
	}
	for _, operand := range operands {
		entry := operand == "-" || EntryName(operand)
		switch {
		case entry && (all || s.partial()):
			return needsQueue(operand)
		case !entry && !all && !s.Given() && q.isQueue(operand):
			return Usagef("%s is a queue: choose among its entries, by --list, --older-than or others%s", operand, other)
		}
	}
	return nil
}

// isQueue reports whether an operand means a queue that is there.
func (q *Queues) isQueue(operand string) bool {
	_, _, err := q.Open(operand)
	return err == nil
}

// Chosen calls do with the chosen entries of the queue that an operand names, in [Groups]. It
// reports entries of which it cannot tell whether they are chosen. If there are none at all,
// it says so, but only to a person.
func (c *Context) Chosen(operand string, choice choose.Choice, do func(Operand, []queue.ID)) error {
	dir, settings, err := c.Open(operand)
	if err != nil {
		return err
	}
	found, groups := false, Groups{Do: do}
	err = choice.Each(dir, func(f queue.File) {
		found = true
		groups.Add(Operand{Path: operand, ID: f.ID, State: f.State, Dir: dir, Settings: settings})
	}, c.Report)
	groups.Flush()
	if err == nil && !found {
		c.NothingChosen(operand)
	}
	return err
}

// NothingChosen says that no entry of a queue was chosen, but only to a person: it is not a
// failure.
func (c *Context) NothingChosen(queue string) {
	if c.Interactive() {
		c.Note(queue + ": no entry was chosen")
	}
}
