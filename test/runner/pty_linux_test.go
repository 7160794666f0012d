package runner

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

// pty is a terminal with a command on it, like one on which somebody has logged in.
type pty struct {
	s      *site
	master *os.File
	cmd    *exec.Cmd

	mu    sync.Mutex
	shown strings.Builder
}

// terminal runs a shell command line on a terminal of its own. With job control, the shell
// gives each command the foreground and takes it back.
func (s *site) terminal(jobControl bool, line string) *pty {
	s.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	harness.Needs(s, "/dev/ptmx", err)
	p := &pty{s: s, master: os.NewFile(uintptr(fd), "/dev/ptmx")}
	s.Cleanup(func() { p.master.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		s.Fatal(err)
	}
	n, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err != nil {
		s.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	harness.Needs(s, "/dev/pts", err)
	defer slave.Close()
	p.cmd = s.command("qrun")
	p.cmd.Path, p.cmd.Args = "/bin/sh", []string{"sh", "-c", line}
	if jobControl {
		p.cmd.Args = []string{"sh", "-mc", line}
	}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = slave, slave, slave
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	go func() {
		chunk := make([]byte, 4096)
		for {
			n, err := p.master.Read(chunk)
			p.mu.Lock()
			p.shown.Write(chunk[:n])
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return p
}

func (p *pty) shows() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown.String()
}

// types types keys once the terminal shows the text after.
func (p *pty) types(after, keys string) {
	p.s.Helper()
	p.s.eventually(fmt.Sprintf("%q on the terminal", after), func() bool { return strings.Contains(p.shows(), after) })
	if _, err := p.master.WriteString(keys); err != nil {
		p.s.Fatal(err)
	}
}

// ends waits for the end of the shell, and checks its status.
func (p *pty) ends(status int) {
	p.s.Helper()
	p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.s.Errorf("exit status %d, want %d; the terminal shows\n%s", got, status, p.shows())
	}
}
