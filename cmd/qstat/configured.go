package main

import (
	"os"
	"slices"

	"switchboard/pkg/cmdline"
)

// configured returns the names of the configured queues. It returns each queue once, even
// if it has a table and is a directory below the root.
func (s *stat) configured() (once []string, err error) {
	conf, err := s.c.Config()
	if err != nil {
		return nil, err
	}
	names, err := conf.Names()
	if err == nil && len(names) == 0 {
		err = cmdline.Usagef("missing QUEUE or ENTRY operand: the configuration names no queue")
	}
	var seen []os.FileInfo
	for _, name := range names {
		q, _ := conf.Named(name)
		if st, err := os.Stat(q.Path); err == nil {
			if slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(st, other) }) {
				continue
			}
			seen = append(seen, st)
		}
		once = append(once, name)
	}
	return once, err
}

// printNames prints the names of the configured queues, one per line: completions ask
// for them.
func (s *stat) printNames() error {
	if len(s.c.Args) > 0 {
		return cmdline.Usagef("--names takes no operand")
	}
	conf, err := s.c.Config()
	if err != nil {
		return err
	}
	list, err := conf.Names()
	if err != nil {
		return err
	}
	for _, name := range list {
		if err := s.c.Println(name); err != nil {
			return err
		}
	}
	return nil
}
