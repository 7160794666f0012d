package main

import (
	"switchboard/pkg/choose"
	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// stat is one run.
type stat struct {
	*options
	want  choose.Choice
	c     *cmdline.Context
	table *table
	logs  mailmanLogs
}

func (o *options) run(c *cmdline.Context) error {
	if err := o.conflict(); err != nil {
		return err
	}
	s := &stat{options: o, want: o.choice(), c: c, table: newTable(c, o.header)}
	switch {
	case o.monitors():
		return s.monitor()
	case o.names:
		return s.printNames()
	}
	return s.show()
}

// show shows the queues and entries that operands name, or all queues of the site.
func (s *stat) show() error {
	operands := s.c.Args
	if len(operands) == 0 {
		var err error
		if operands, err = s.site(); err != nil {
			return err
		}
	}
	var progress *cmdline.Progress
	if !s.check {
		progress = s.c.Progress("looked at") // --check counts entries itself
	}
	defer progress.Done()
	var stopped error
	looked := 0
	err := s.c.Operands(operands, func() {}, func(operand string) {
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
		err = s.table.flush()
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
func (s *stat) view() func(*queue.Dir) error {
	switch {
	case s.long, s.entries:
		return s.listing
	case s.count.Given:
		return s.number
	case s.check:
		return s.problems
	}
	return s.summary
}
