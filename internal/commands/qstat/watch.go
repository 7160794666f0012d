package qstat

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// interval is the time between two redraws.
const interval = 2 * time.Second

// watch shows the table of queues until a signal ends it.
func (s *stat) watch() error {
	if term := s.c.Getenv("TERM"); !s.c.Terminal() || term == "" || term == "dumb" {
		return cmdline.Usagef("--watch needs a terminal that can move the cursor")
	}
	operands, err := s.operands()
	if err != nil {
		return err
	}
	w := &watch{order: &s.order, slice: s.want.Slice}
	var wrong error
	err = s.c.Operands(operands, func() {}, func(operand string) {
		if cmdline.EntryName(operand) {
			wrong = cmdline.Usagef("%s: --watch needs a QUEUE, not an entry", operand)
			return
		}
		dir, _, err := s.c.Open(operand)
		if err != nil {
			s.c.Report(err)
			return
		}
		w.queues = append(w.queues, &watched{path: dir.Path()})
	})
	if err == nil {
		err = wrong
	}
	if err != nil || len(w.queues) == 0 {
		return err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTSTP, syscall.SIGWINCH)
	defer signal.Stop(signals)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	return s.loop(w, signals, ticker.C)
}

// What a terminal is told. The other screen has no lines that scroll away, so the lines above
// the command stay as they were.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	home        = "\x1b[H"
	clearRight  = "\x1b[K"
	clearBelow  = "\x1b[J"
)

// loop redraws the table at each tick, and leaves the last one on the terminal.
func (s *stat) loop(w *watch, signals <-chan os.Signal, ticks <-chan time.Time) error {
	w.look(time.Now())
	err := s.terminal(enterScreen)
	for err == nil {
		if err = s.terminal(w.frame(s.c.TerminalSize())); err != nil {
			break
		}
		select {
		case <-ticks:
			w.look(time.Now())
		case sig := <-signals:
			switch {
			case sig == syscall.SIGWINCH, sig == syscall.SIGTSTP && !hasShell():
			case sig == syscall.SIGTSTP:
				if err = s.terminal(leaveScreen); err == nil {
					suspend()
					w.look(time.Now())
					err = s.terminal(enterScreen)
				}
			default:
				width, _ := s.c.TerminalSize()
				return s.terminal(leaveScreen + strings.Join(w.lines(width), "\n") + "\n")
			}
		}
	}
	return err
}

// terminal writes to the terminal at once.
func (s *stat) terminal(text string) error {
	if err := s.c.Print([]byte(text)); err != nil {
		return err
	}
	return s.c.Flush()
}

// hasShell reports whether a shell with job control can continue the process after ^Z. Its
// jobs are not in the process group of the session's leader, which is the shell.
func hasShell() bool {
	leader, err := unix.Getsid(0)
	return err == nil && leader != unix.Getpgrp()
}

// suspend stops the process as ^Z does, and returns when it goes on. It uses SIGSTOP, because
// Go keeps its handler of SIGTSTP once there was one.
func suspend() {
	goesOn := make(chan os.Signal, 1)
	signal.Notify(goesOn, syscall.SIGCONT)
	defer signal.Stop(goesOn)
	_ = unix.Kill(unix.Getpid(), unix.SIGSTOP)
	<-goesOn
}

// watched is a queue that is watched.
type watched struct {
	path string
	flow flow
	// err says why the queue could not be read the last time.
	err error
}

// watch has the queues that are watched.
type watch struct {
	order  *order
	slice  queue.Slice
	queues []*watched
}

// look reads all queues. A queue that has vanished is read again when it is back, and its
// rates begin anew.
func (w *watch) look(now time.Time) {
	for _, q := range w.queues {
		var snap *queue.Snapshot
		// The queue is opened each time, because it may be another directory by now.
		dir, err := queue.Open(q.path, queue.Options{})
		if err == nil {
			snap, err = dir.Snapshot(w.slice)
			dir.Close()
		}
		if q.err = err; err != nil {
			q.flow = flow{}
			continue
		}
		q.flow.add(snap, now)
	}
}

// watchColumns are fewer than those of the table of queues, so that there is room for rates.
var watchColumns = []column{
	{name: "ready"}, {name: "inflight"}, {name: "preserved"},
	{name: "oldest-ready", screen: [2]string{"oldest", "ready"}},
	{name: "oldest-inflight", screen: [2]string{"oldest", "inflight"}},
	{name: "in", screen: [2]string{"in", "/min"}},
	{name: "out", screen: [2]string{"out", "/min"}},
	{name: "queue", text: true, path: true, least: 16},
}

// lines returns the table.
func (w *watch) lines(width int) []string {
	sorted := sorter{order: w.order}
	var failed []string
	for place, q := range w.queues {
		if q.err != nil {
			failed = append(failed, shorten(cmdline.Printable(q.err.Error()), width))
			continue
		}
		n := q.flow.last.Counts
		in, out := q.flow.rates()
		count := func(state queue.State) string { return strconv.Itoa(n.ByState[state]) }
		sorted.add(queueRank(w.order.key, q.path, n, place), appendRow(nil, count(queue.Ready), count(queue.InFlight), count(queue.Preserved),
			oldestAge(n, queue.Ready), oldestAge(n, queue.InFlight), in, out, cmdline.Printable(q.path)))
	}
	var rows [][]string
	_ = sorted.print(func(row []byte) error {
		rows = append(rows, strings.Split(string(row), "\t"))
		return nil
	})
	return append(render(watchColumns, rows, true, width, false), failed...)
}

// frame returns what makes the screen show the table. Lines for which there is no room are
// left out.
func (w *watch) frame(width, height int) string {
	lines := w.lines(width)
	if len(lines) > height {
		more := len(lines) - height + 1
		lines = append(lines[:max(height-1, 0)], shorten("… "+strconv.Itoa(more)+" more lines", width))
	}
	// Each line is cleared before it is written: behind a line as wide as the screen, the
	// cursor is still on the last character, which would be cleared, too.
	text := home + clearRight + strings.Join(lines, "\n"+clearRight)
	if len(lines) < height {
		text += "\n" + clearBelow
	}
	return text // without a newline at the end, which would scroll a full screen
}
