package site

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"switchboard/pkg/queue"
)

// Installation is a Mailman whose queues are on this machine.
type Installation struct {
	// Path is the directory that its queues are in.
	Path string
	// Queues are the paths of its queues, sorted. There are none if Path cannot be read.
	Queues []string
}

// Installations returns the Mailmans of this machine: those that a configuration file in
// its usual place describes, those in the directories that packages, the manuals and
// containers use, and those that run. If a configuration file says where the queues are,
// directories that are only the default of that file do not count: what is left in them is
// not in use.
//
// A directory counts if it has a queue by name, or may not be read. Of the processes, only
// those of root, of system accounts and of this user count: anybody else could run one to
// show root a queue. Neither does one that sees other files, in a container, because its
// paths mean nothing here.
func Installations() []Installation { return thisMachine.installations() }

func (m *machine) installations() []Installation {
	s := search{machine: m}
	here := view{root: m.root}
	if !s.configured(here, process{argv: []string{"python", "master"}}) {
		s.add(mailman3Defaults)
	}
	for _, home := range mailman2Homes {
		mailmanctl := filepath.Join(home.prefix, "bin/mailmanctl")
		if !s.configured(here, process{argv: []string{"python", mailmanctl}}) {
			s.add(home.queues)
		}
	}
	s.add(containers)
	s.running()
	if len(s.found) == 0 {
		return s.hidden[:min(1, len(s.hidden))]
	}
	return s.found
}

// mailman3Defaults are where Mailman 3 has its queues if nothing else is known: on Debian,
// on Fedora and RHEL, in a virtual environment as its manual describes it, on NixOS.
var mailman3Defaults = []string{"/var/lib/mailman3/queue", "/var/spool/mailman3", "/opt/mailman/mm/var/queue", "/var/lib/mailman/queue"}

// containers are where the container images of Mailman 3 have their queues, seen from
// inside, and from outside if the volume is where their manual has it.
var containers = []string{"/opt/mailman/var/queue", "/opt/mailman/core/var/queue"}

// mailman2Homes are the prefixes of Mailman 2.1, each with its default directories of
// queues. /var/spool/mailman is also that of Mailman 3 in its layout fhs.
var mailman2Homes = []struct {
	prefix string
	queues []string
}{
	{"/usr/lib/mailman", []string{"/var/lib/mailman/qfiles", "/var/spool/mailman"}}, // Debian, Red Hat
	{"/usr/lib64/mailman", nil},                                   // Gentoo
	{"/usr/local/mailman", []string{"/usr/local/mailman/qfiles"}}, // the source, FreeBSD
	{"/usr/local/cpanel/3rdparty/mailman", []string{"/usr/local/cpanel/3rdparty/mailman/qfiles"}},
	{"/opt/mailman", []string{"/opt/mailman/qfiles"}},
}

// search collects installations.
type search struct {
	*machine
	found []Installation
	// hidden are directories that may be installations: their parents cannot be searched.
	hidden []Installation
	seen   []os.FileInfo
}

// configured adds the installation that the configuration of a Mailman describes. It
// reports whether there is one.
func (s *search) configured(v view, p process) bool {
	queues, ok := v.queues(p)
	return ok && s.add([]string{queues})
}

// running adds what the configurations of running Mailmans describe.
func (s *search) running() {
	for _, n := range s.procs.all() {
		// The command line alone rules out most processes.
		if (process{argv: s.procs.argv(n)}).script() == "" {
			continue
		}
		p := s.procs.look(n)
		if p.kind() != isMailman || p.uid >= firstUser && p.uid != os.Getuid() {
			continue
		}
		if v, ok := s.view(p); ok && v.root == s.root {
			s.configured(v, p)
		}
	}
}

// firstUser is the first number of a person's account. Linux distributions agree on it.
const firstUser = 1000

// add adds directories of queues, each once, and reports whether there is one.
func (s *search) add(paths []string) bool {
	there := false
	for _, path := range paths {
		st, err := os.Stat(s.root + path)
		switch {
		case os.IsPermission(err):
			s.hidden = append(s.hidden, Installation{Path: path})
		case err != nil || !st.IsDir():
		case slices.ContainsFunc(s.seen, func(other os.FileInfo) bool { return os.SameFile(st, other) }):
			there = true
		default:
			found := Installation{Path: path}
			names, err := s.queues(path)
			for _, name := range names {
				found.Queues = append(found.Queues, filepath.Join(path, name))
			}
			if err != nil || slices.ContainsFunc(names, isMailmans) {
				s.found, s.seen, there = append(s.found, found), append(s.seen, st), true
			}
		}
	}
	return there
}

// isMailmans reports whether Mailman makes a queue of that name.
func isMailmans(name string) bool { return HasRunner(name) || name == "bad" || name == "shunt" }

// queues returns the names of the queues in a directory: its subdirectories, except those
// that are something else there. maildir is a Mailman 2.1's way for mail to come in.
func (m *machine) queues(path string) (names []string, err error) {
	dir, err := queue.OpenUntrusted(m.root, path)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	list, err := dir.Readdirnames(-1)
	slices.Sort(list)
	for _, name := range list {
		if strings.HasPrefix(name, ".") || name == "lost+found" || name == "maildir" {
			continue
		}
		if st, err := os.Stat(filepath.Join(m.root+path, name)); err == nil && st.IsDir() {
			names = append(names, name)
		}
	}
	return names, err
}
