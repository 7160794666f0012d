package site

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue"
)

// ErrRunning is what [errors.Is] finds if a running Mailman works on a queue, or
// may.
//
//lint:ignore ST1005 Mailman is a name
var ErrRunning = errors.New("Mailman is running")

// running is an error that is ErrRunning, with more words.
type running string

func (e running) Error() string        { return string(e) }
func (e running) Is(target error) bool { return target == ErrRunning }

// runnerQueues are the queues that have a runner in Mailman 2.1 or 3, by the
// defaults of QRUNNERS and [runner.*]. shunt and bad have none.
var runnerQueues = []string{
	"archive", "bounces", "command", "commands", "digest", "in", "news",
	"nntp", "out", "pipeline", "retry", "virgin",
}

// HasRunner reports whether a queue of that name has a runner.
func HasRunner(name string) bool { return slices.Contains(runnerQueues, name) }

// machine is what Running looks at. Tests have a machine of their own.
type machine struct {
	// root is put before every absolute path: "" on the real machine.
	root  string
	procs processes
	now   func() time.Time
	// hostname is the machine's own name.
	hostname func() (string, error)
}

// thisMachine is the real one.
var thisMachine = machine{
	procs:    processes{dir: "/proc", kill: func(pid int) error { return unix.Kill(pid, 0) }},
	now:      time.Now,
	hostname: os.Hostname,
}

// Running returns nil if no running Mailman works on the queue at path. If one
// does, or if that is not known, it returns a *[queue.Error] that is [ErrRunning].
// If it is fs.ErrPermission instead, it names a pid file next to the queue that
// cannot be read.
//
// pidFiles are further pid files, of masters that are known to work on the queue.
// For a queue whose name no runner has, Running always returns nil.
func Running(path string, pidFiles ...string) error { return thisMachine.running(path, pidFiles) }

func (m *machine) running(path string, pidFiles []string) error {
	ways := m.ways(path)
	if !slices.ContainsFunc(ways, func(way string) bool { return HasRunner(filepath.Base(way)) }) {
		return nil
	}
	q := &target{machine: m, path: path, ways: ways}
	for _, place := range slices.Concat(m.beside(ways, pidFiles), m.shared()) {
		if err := q.look(place); err != nil {
			return err
		}
	}
	return nil
}

// target is the queue that Running is asked about.
type target struct {
	*machine
	path string
	ways []string
}

// real returns the path of the queue without links.
func (q *target) real() string { return q.ways[len(q.ways)-1] }

// look reads one mark and judges it.
func (q *target) look(place place) error {
	mark, err := q.read(place)
	switch {
	case mark != nil:
		return q.judge(mark)
	case err != nil:
		return q.judgeUnreadable(place, err)
	}
	return nil
}

const (
	stopFirst = "stop Mailman first: its runners preserve entries that vanish from their listing"
	elseGone  = "stop Mailman first; if none works on this queue, remove the file"
)

// isRunning returns the error for a queue on which the process works.
func (q *target) isRunning(pid int, place string) error {
	return &queue.Error{
		Path: q.path, Err: running(fmt.Sprintf("Mailman is running (process %d, %s)", pid, place)), Remedy: stopFirst,
	}
}

// cannotTell returns the error for a mark that may be from a running Mailman.
func (q *target) cannotTell(format string, args ...any) error {
	return &queue.Error{
		Path: q.path, Err: running("cannot tell whether Mailman is running: " + fmt.Sprintf(format, args...)), Remedy: elseGone,
	}
}
