package cmdline

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// Other programs work on queues that are not directories, so that this one does not link
// their code: the command "qcat pg:out/ENTRY" becomes "switchboard-pg qcat pg:out/ENTRY".

// chooseProgram hands the command over if operands or options name queues of a kind that this
// program cannot open. It then does not return. It refuses operands of several kinds, but the
// command may say that a file, or the queue that entries move to, can be of another kind.
func (c *Context) chooseProgram() error {
	named, others := c.namedQueues(), []string{c.options.To}
	var err error
	if c.kind, _, err = c.oneKind(named); err != nil {
		return err
	}
	if !c.command.Relays {
		named, others = slices.Concat(named, others), nil
		if c.kind, _, err = c.oneKind(named); err != nil {
			return usage{fmt.Errorf("--to %w; qmove moves entries from one kind to the other", err)}
		}
	}
	scheme, operand, err := c.oneScheme(slices.Concat(named, others, c.entryFiles()))
	switch {
	case err != nil:
		return err
	case scheme != "" && c.kinds.find(scheme) == nil:
		return c.handOver(scheme, operand, nil)
	case slices.ContainsFunc(named, c.needsSite):
		return c.handOverSite()
	}
	return nil
}

// oneScheme returns the scheme of the paths that are not directories, and the first of them.
// No program can open more than one.
func (c *Context) oneScheme(paths []string) (scheme, first string, err error) {
	kind, first, err := c.oneKind(slices.DeleteFunc(paths, func(path string) bool {
		scheme, _ := c.schemeOf(path)
		return scheme == ""
	}))
	return kind, first, err
}

// noScheme is the kind of directories, where "" means that the kind is not known.
const noScheme = "directory"

// namedQueues returns the operands that name queues or entries, and such values of options.
func (c *Context) namedQueues() []string {
	operands := c.Args
	if (c.command.Runs || c.command.Files) && len(operands) > 1 {
		operands = operands[:1]
	}
	return slices.Concat(operands, []string{c.options.Bad, c.options.Shunt, c.options.Retry})
}

// oneKind returns the kind that all paths have, and the first of them. The kind is "" if none
// of the paths has one. Paths of several kinds are a usage error.
func (c *Context) oneKind(paths []string) (kind, first string, err error) {
	for _, path := range paths {
		scheme, known := c.schemeOf(path)
		if !known {
			continue
		}
		if scheme == "" {
			scheme = noScheme
		}
		if kind != "" && kind != scheme {
			return "", "", notOneKind(path)
		}
		if kind == "" {
			kind, first = scheme, path
		}
	}
	return kind, first, nil
}

// entryFiles returns the FILE operands that are entries of other kinds, to be handed on. Any
// other FILE is a file, whatever its name begins with.
func (c *Context) entryFiles() []string {
	var entries []string
	if c.command.Files && len(c.Args) > 1 {
		for _, file := range c.Args[1:] {
			if config.Scheme(file) != "" && strings.Contains(file, "/") && EntryName(file) {
				entries = append(entries, file)
			}
		}
	}
	return entries
}

// schemeOf returns the scheme of the queue that an operand means or is in, which is "" for a
// directory. known is false if the operand does not say which kind: it is "-", empty, or an
// entry's name that has to be looked for.
func (q *Queues) schemeOf(operand string) (scheme string, known bool) {
	if operand == "" || operand == "-" {
		return "", false
	}
	if scheme := config.Scheme(operand); scheme != "" {
		return scheme, true
	}
	if strings.Contains(operand, "/") || len(q.schemes()) == 0 {
		return "", true
	}
	if q.needsSite(operand) {
		return "", false
	}
	settings, err := q.resolve(operand)
	if err != nil {
		return "", true // opening it says why
	}
	return config.Scheme(settings.Path), true
}

// needsSite reports whether an operand is the name of an entry that has to be looked for in
// all queues of the site, of which some are not directories.
func (q *Queues) needsSite(operand string) bool {
	if !q.takesEntries || strings.Contains(operand, "/") || !EntryName(operand) || len(q.schemes()) == 0 {
		return false
	}
	o, err := parseEntry(operand)
	return err == nil && !here(o)
}

// schemes returns the kinds of the queues in the configuration that are not directories.
func (q *Queues) schemes() []string {
	conf, err := q.Config()
	if err != nil {
		return nil // the command reports it
	}
	return conf.Schemes()
}

// handOverSite hands the command over if the configuration has a queue that this program
// cannot open. A program that can open some opens those.
func (c *Context) handOverSite() error {
	schemes := c.schemes()
	if len(schemes) == 0 || len(c.kinds.known) > 0 {
		return nil
	}
	return c.handOver(schemes[0], schemes[0]+":", nil)
}

// Site is [Queues.Site]. It hands the command over if not all queues of the site are
// directories, so nothing may have been done before.
func (c *Context) Site() ([]string, error) {
	if err := c.handOverSite(); err != nil {
		return nil, err
	}
	return c.Queues.Site()
}

// programPrefix begins the name of the programs that commands are handed over to.
const programPrefix = "switchboard-"

// stdinVariable has the number of a descriptor if something of standard input was read
// before a command was handed over: that comes first.
const stdinVariable = "SWITCHBOARD_STDIN"

func isStdinVariable(v string) bool { return strings.HasPrefix(v, stdinVariable+"=") }

// handOver replaces this process by the program for a scheme, with the same command line. It
// returns only if that fails. read is what was read of standard input. operand is for the
// error.
func (c *Context) handOver(scheme, operand string, read []byte) error {
	if c.process.Exec == nil {
		return errors.ErrUnsupported
	}
	env := slices.DeleteFunc(slices.Clone(c.process.Env), isStdinVariable)
	if len(read) > 0 {
		fd, err := keepForProgram(read)
		if err != nil {
			return err
		}
		env = append(env, stdinVariable+"="+strconv.Itoa(fd))
	}
	program := programPrefix + scheme
	c.console.hideProgress()
	err := c.process.Exec(program, append([]string{program, c.calledAs()}, c.process.Args[1:]...), env)
	if errors.Is(err, fs.ErrNotExist) {
		return &queue.Error{Path: operand, Err: notInstalled(program), Remedy: "the package " + program + " has it"}
	}
	return err
}

// calledAs returns the name of the command for the other program: with the prefix that it was
// installed with, unless it was renamed.
func (c *Context) calledAs() string {
	if strings.HasSuffix(c.Name, c.command.Name) {
		return c.Name
	}
	return c.command.Name
}

// notInstalled is the error of a command that cannot be handed over: the program's name.
type notInstalled string

func (e notInstalled) Error() string { return string(e) + " is not installed" }

// programPlaces returns the paths at which a program may be: beside the program self, and where
// programs are that no person calls.
func programPlaces(self, program string) []string {
	dir := filepath.Dir(self)
	return []string{filepath.Join(dir, program), filepath.Join(dir, "..", "libexec", "switchboard", program)}
}
