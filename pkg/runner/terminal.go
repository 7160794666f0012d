package runner

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is the controlling terminal of a run with one job. Its command gets the
// foreground, as from a shell: it can read the keyboard, and ^C and ^Z are for it. A
// nil terminal is none.
type terminal struct {
	fd int
	// own is the runner's process group.
	own int
	// modes are those that the terminal had before the command, nil when they
	// cannot be told.
	modes *unix.Termios
	// given says that a command has the foreground.
	given bool
}

// openTerminal opens the controlling terminal; nil if there is none.
func openTerminal() *terminal {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	return &terminal{fd: fd, own: unix.Getpgrp()}
}

func (t *terminal) close() {
	if t != nil {
		unix.Close(t.fd)
	}
}

// start starts a command, in a group of its own: so it can be stopped with all that
// it started, and cannot stop the runner by killing its group. The group gets the
// foreground before the command begins, if the runner has it, which it does not
// behind a shell's "&".
func (t *terminal) start(start func(*syscall.SysProcAttr) (*os.Process, error)) (*os.Process, error) {
	if t == nil || t.foreground() != t.own {
		if t != nil {
			t.modes = nil
		}
		return start(&syscall.SysProcAttr{Setpgid: true})
	}
	t.modes, _ = unix.IoctlGetTermios(t.fd, getTermios)
	p, err := start(&syscall.SysProcAttr{Foreground: true, Ctty: t.fd})
	if t.given = err == nil; !t.given {
		// A command that could not be executed has got it all the same.
		t.give(t.own)
	}
	return p, err
}

// foreground is the process group that has the foreground, -1 if that cannot be told,
// as of a terminal that was closed.
func (t *terminal) foreground() int {
	group, err := foregroundOf(t.fd)
	if err != nil {
		return -1
	}
	return group
}

// give gives the foreground to a process group.
func (t *terminal) give(group int) {
	defer inBackground()()
	_ = unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, group)
}

// takeBack takes the foreground from a command that has ended or was stopped, or from
// what is left of a group that it had started. Whoever else has it keeps it: after ^Z
// and bg that is the shell.
func (t *terminal) takeBack(command int) {
	if t == nil || !t.given {
		return
	}
	t.given = false
	now := t.foreground()
	if now == command || now > 1 && unix.Kill(-now, 0) == unix.ESRCH {
		t.give(t.own)
	}
}

// reset restores the modes that the terminal had before the command: one that has
// crashed may have left it without echo.
func (t *terminal) reset() {
	if t == nil || t.modes == nil || t.foreground() != t.own {
		return
	}
	_ = unix.IoctlSetTermios(t.fd, setTermios, t.modes)
}

// wake is how long after the runner has stopped itself it must have stopped.
const wake = 200 * time.Millisecond

// stopped is for a command that was stopped, by ^Z, or because it would use the
// terminal in the background. The runner stops, too, with all of its own process
// group, so that the shell has its prompt again; and when the shell lets it go on, the
// command does, too, in the foreground if that is where the shell put the runner.
//
// A runner that no shell looks after is not stopped by this signal. Then the command
// goes on at once, unless it would only be stopped again. And a command in the
// background that somebody stops by SIGSTOP is theirs to continue.
func (t *terminal) stopped(command int, by syscall.Signal) {
	if !t.given && by == syscall.SIGSTOP {
		return
	}
	t.takeBack(command)
	goOn := make(chan os.Signal, 1)
	signal.Notify(goOn, syscall.SIGCONT)
	unix.Kill(0, unix.SIGTSTP)
	// Once more after the first pause: while the runner was stopped that one went by,
	// and its end may be seen before the signal that let the runner go on.
	continued := false
	for pause := 0; pause < 2 && !continued; pause++ {
		select {
		case <-goOn:
			continued = true
		case <-time.After(wake):
		}
	}
	signal.Stop(goOn)
	if t.foreground() == t.own {
		t.give(command)
		t.given = true
	}
	if t.given || continued {
		unix.Kill(-command, unix.SIGCONT)
	}
}

// byKeyboard says whether a signal is one that a terminal sends to its foreground: ^C,
// ^\, and when it is closed.
func byKeyboard(s syscall.Signal) bool {
	return s == syscall.SIGINT || s == syscall.SIGQUIT || s == syscall.SIGHUP
}
