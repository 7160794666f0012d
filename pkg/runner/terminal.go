package runner

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is the controlling terminal of a run with one job. Its command gets the
// foreground, as from a shell: it can read the keyboard, and ^C and ^Z go to it. A run
// without a terminal has nil.
type terminal struct {
	fd int
	// own is the runner's process group.
	own int
	// modes are the terminal's modes before the command, nil if they are not known.
	modes *unix.Termios
	// given means that a command has the foreground.
	given bool
}

// openTerminal opens the controlling terminal. It returns nil if there is none.
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

// start starts a command in a process group of its own. The runner can then end the command
// together with its children, and a command that kills its group does not kill the runner.
// If the runner has the foreground, the group gets it before the command begins. A runner
// that was started with "&" does not have the foreground.
func (t *terminal) start(start func(*syscall.SysProcAttr) (int, error)) (pid int, err error) {
	if t == nil || t.foreground() != t.own {
		if t != nil {
			t.modes = nil
		}
		return start(&syscall.SysProcAttr{Setpgid: true})
	}
	t.modes, _ = unix.IoctlGetTermios(t.fd, getTermios)
	pid, err = start(&syscall.SysProcAttr{Foreground: true, Ctty: t.fd})
	if t.given = err == nil; !t.given {
		// The child took the foreground before exec failed.
		t.give(t.own)
	}
	return pid, err
}

// foreground returns the process group that has the foreground. It returns -1 if that is
// not known, for example after the terminal was closed.
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

// takeBack takes the foreground from a command that has ended or was stopped, or from a
// group, made by the command, that has no process left. Any other group keeps the
// foreground: after ^Z and bg, the shell has it.
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

// reset restores the modes that the terminal had before the command: a command that
// crashed may have left the terminal without echo.
func (t *terminal) reset() {
	if t == nil || t.modes == nil || t.foreground() != t.own {
		return
	}
	_ = unix.IoctlSetTermios(t.fd, setTermios, t.modes)
}

// wake is the longest time between the signal that the runner sends itself and its stop.
const wake = 200 * time.Millisecond

// stopped stops the runner after its command was stopped, by ^Z or because it used the
// terminal in the background. The runner stops with its whole process group, so that the
// shell shows its prompt. When the shell continues the runner, the command continues too,
// in the foreground if the shell put the runner there.
//
// A runner without a shell is not stopped by this signal. Then the command continues at
// once, unless it would only be stopped again. If somebody stopped a background command
// with SIGSTOP, it stays stopped until they continue it.
func (t *terminal) stopped(command int, by syscall.Signal) {
	if !t.given && by == syscall.SIGSTOP {
		return
	}
	t.takeBack(command)
	goOn := make(chan os.Signal, 1)
	signal.Notify(goOn, syscall.SIGCONT)
	unix.Kill(0, unix.SIGTSTP)
	// Two pauses: the first one passes while the runner is stopped, and its end may be
	// seen before the signal that continued the runner.
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

// byKeyboard reports whether a signal is one that a terminal sends to its foreground: for
// ^C, for ^\, and when it is closed.
func byKeyboard(s syscall.Signal) bool {
	return s == syscall.SIGINT || s == syscall.SIGQUIT || s == syscall.SIGHUP
}
