package runner

import (
	"context"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue"
)

// job is one command at work on one entry.
type job struct {
	o        *Options
	queue    string
	claim    *queue.Claim
	children *children
	terminal *terminal
	// unnamed makes a file without a name in the queue.
	unnamed func() (*os.File, error)
	// ctx is done when the command is to end with the run.
	ctx context.Context

	pid int
}

// result is how a command ended.
type result struct {
	claim *queue.Claim
	// given is the failure to give the command its message and metadata, start the
	// failure to start it. In either case it has not run.
	given, start error
	// lost is why nobody can tell how the command ended: status means nothing then.
	lost   error
	status syscall.WaitStatus
	// timedOut and stopped say why it was told to end, foreground that it had the
	// terminal.
	timedOut, stopped, foreground bool
	elapsed                       time.Duration
}

func (r result) ran() bool { return r.given == nil && r.start == nil }

// run runs the command to its end. All that the command is given is complete before
// it starts.
func (j *job) run() (r result) {
	r.claim = j.claim
	stdin, err := j.copyMessage()
	if err != nil {
		r.given = err
		return r
	}
	metadata, err := writeMetadata(j.o.TempDir, j.claim.Content)
	if err != nil {
		stdin.Close()
		r.given = err
		return r
	}
	defer metadata.remove()
	began := time.Now()
	defer func() { r.elapsed = time.Since(began) }()
	command, lines, err := j.start(stdin, metadata.path)
	if err != nil {
		r.start = err
		return r
	}
	j.pid = command.Pid
	r.foreground = j.terminal != nil && j.terminal.given
	lines.start()
	exited := make(chan struct{})
	go func() {
		awaitExit(j.pid, j.whenStopped())
		close(exited)
	}()
	j.watch(&r, exited)
	// What crashed, or was made to end, must not have its children go on with a
	// message that will be tried again. The command is not reaped yet, so that
	// its number cannot be another's.
	ended := crashed(j.pid)
	if r.timedOut || r.stopped || ended {
		j.signal(unix.SIGKILL)
	}
	j.terminal.takeBack(j.pid)
	if state, err := j.children.wait(command); err != nil {
		r.lost = err
	} else {
		r.status = state.Sys().(syscall.WaitStatus)
	}
	if r.status.Signaled() && !tellsCrash {
		unix.Kill(-j.pid, unix.SIGKILL)
	}
	if r.status.Signaled() {
		j.terminal.reset()
	}
	lines.wait()
	return r
}

// start starts the command.
func (j *job) start(stdin *os.File, metadata string) (*os.Process, *lines, error) {
	defer stdin.Close()
	// The command's copy of the claim's descriptor is the same opening of the
	// file, and so the same lock.
	fd, err := unix.FcntlInt(j.claim.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, nil, os.NewSyscallError("dup", err)
	}
	lock := os.NewFile(uintptr(fd), j.claim.Path())
	defer lock.Close()
	var prefixed *lines
	stderr := j.o.Stderr
	if j.o.Prefix {
		if prefixed, err = newLines(j.claim.ID.String(), j.o.Stderr, j.terminal != nil); err != nil {
			return nil, nil, err
		}
		stderr = prefixed.writer()
		defer stderr.Close()
	}
	attr := &os.ProcAttr{
		Env:   environment(j.o.Env, j.queue, j.claim, metadata),
		Files: []*os.File{stdin, j.o.Stdout, stderr, lock},
	}
	p, err := j.terminal.start(func(sys *syscall.SysProcAttr) (*os.Process, error) {
		attr.Sys = sys
		return j.children.start(func() (*os.Process, error) {
			return os.StartProcess(j.o.Command.Path, j.o.Command.Args, attr)
		})
	})
	if err != nil {
		closeFiles(prefixed.reader())
		return nil, nil, cannotRun(j.o.Command.Args[0], err)
	}
	return p, prefixed, nil
}

// whenStopped is what to do when the command is stopped: nothing, if there is no
// terminal.
func (j *job) whenStopped() func(by syscall.Signal) {
	if j.terminal == nil {
		return nil
	}
	return func(by syscall.Signal) { j.terminal.stopped(j.pid, by) }
}

// watch waits for the command's end, and sees to it.
func (j *job) watch(r *result, exited <-chan struct{}) {
	var (
		timeout <-chan time.Time
		killing = false
		stop    = j.ctx.Done()
	)
	if j.o.Timeout > 0 {
		timeout = time.After(j.o.Timeout)
	}
	for {
		select {
		case <-exited:
			return
		case <-timeout:
			if killing {
				j.signal(unix.SIGKILL)
				timeout = nil
				continue
			}
			r.timedOut, stop = true, nil
			// Who gives a command a second does not mean eleven.
			killing, timeout = true, time.After(min(j.o.Grace, j.o.Timeout))
			j.end()
		case <-stop:
			r.stopped, stop = true, nil
			killing, timeout = true, time.After(j.o.Grace)
			j.end()
		}
	}
}

// end tells the command to end, also if it was stopped.
func (j *job) end() {
	j.signal(unix.SIGTERM)
	j.signal(unix.SIGCONT)
}

// signal sends a signal to the command and to its process group, which may not
// be the same any more.
func (j *job) signal(sig unix.Signal) {
	unix.Kill(-j.pid, sig)
	unix.Kill(j.pid, sig)
}

func closeFiles(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}
