package qstat

import "switchboard/internal/cmdline"

// site returns the paths of the queues of the site.
func (s *stat) site() ([]string, error) {
	paths, err := s.c.Site()
	if err == nil && len(paths) == 0 {
		err = s.c.NoSite()
	}
	return paths, err
}

// printNames prints what the queues of the site are called, one per line: completions ask
// for it. Queues that are not configured have only a path.
func (s *stat) printNames() error {
	if len(s.c.Args) > 0 {
		return cmdline.Usagef("--names takes no operand")
	}
	conf, err := s.c.Config()
	if err != nil {
		return err
	}
	list, err := conf.Names()
	if err == nil && len(list) == 0 {
		list, err = s.c.Site()
	}
	if err != nil {
		return err
	}
	for _, name := range list {
		if err := s.c.Println(s.plain(name)); err != nil {
			return err
		}
	}
	return nil
}
