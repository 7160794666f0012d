package qstat

import (
	"switchboard/internal/cmdline"
	"switchboard/pkg/choose"
	"switchboard/pkg/queue"
	"switchboard/pkg/tally"
)

// stat is one run.
type stat struct {
	*options
	want  choose.Choice
	c     *cmdline.Context
	table *table
	logs  mailmanLogs
	// shown is the number of rows of entries, or of queues, that were printed.
	shown int
	// looked are the queues whose entries are printed after all queues have been read.
	looked []queue.Queue
	// tally has the groups for --by. It is nil before a queue was opened.
	tally *tally.Tally
	// gathered has the entries that are sorted by age, and sorter the other rows that are
	// sorted.
	gathered []file
	sorter   *sorter
}

func (o *options) run(c *cmdline.Context) error {
	if err := o.conflict(); err != nil {
		return err
	}
	s := &stat{options: o, want: o.choice(), c: c, table: newTable(c, o.header), sorter: &sorter{order: &o.order}}
	switch {
	case o.monitors():
		return s.monitor()
	case o.names:
		return s.printNames()
	case o.prometheus:
		return s.metrics()
	case o.live:
		return s.watch()
	}
	return s.showAll()
}

// operands returns the operands, or else the queues of the site.
func (s *stat) operands() ([]string, error) {
	if len(s.c.Args) > 0 {
		return s.c.Args, nil
	}
	return s.site()
}

// showAll shows the queues and entries that operands name, or those of the site.
func (s *stat) showAll() error {
	operands, err := s.operands()
	if err != nil {
		return err
	}
	var progress *cmdline.Progress
	if !s.check {
		progress = s.c.Progress("looked at") // --check counts entries itself
	}
	defer progress.Done()
	var stopped error
	looked := 0
	err = s.c.Operands(operands, func() {}, func(operand string) {
		if stopped != nil {
			return
		}
		err := s.operand(operand)
		if cmdline.IsOutput(err) {
			stopped = err
		} else if err != nil {
			s.c.Report(err)
		}
		looked++
		progress.Count(looked)
	})
	if err == nil {
		err = stopped
	}
	if err == nil {
		err = s.showSorted()
	}
	if err == nil {
		err = s.table.flush()
	}
	return err
}

// showSorted shows what needs all queues to be read first.
func (s *stat) showSorted() error {
	switch {
	case s.tally != nil:
		return s.groups()
	case !s.sorts():
		return nil
	case !s.long && !s.entries:
		return s.sorter.print(s.printQueue)
	}
	err := s.showGathered()
	if err == nil {
		err = s.sorter.print(s.print)
	}
	if err == nil && s.shown == 0 {
		err = s.nothingAtAll()
	}
	return err
}

// operand shows the queue or entry that one operand names.
func (s *stat) operand(operand string) error {
	if cmdline.EntryName(operand) {
		return s.one(operand)
	}
	dir, _, err := s.c.Open(operand)
	if err != nil {
		return err
	}
	return s.view()(dir)
}

// view returns the function that shows a queue as the options ask.
func (s *stat) view() func(queue.Queue) error {
	switch {
	case s.long, s.entries:
		return s.listing
	case s.by.Given:
		return s.group
	case s.count.Given:
		return s.number
	case s.check:
		return s.problems
	}
	return s.summary
}
