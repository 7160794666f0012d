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
	o *Options
	// queue is the path of the claim's queue.
	queue    string
	claim    *queue.Claim
	children *children
	// terminal is the runner's, nil if it has none.
	terminal *terminal
	// unnamed makes a file without a name in the queue.
	unnamed func() (*os.File, error)
	// ctx is done when the run ends and the command must end as well.
	ctx context.Context

	// pid is the command's process number once it has been started.
	pid int
}

// result is how a command ended.
type result struct {
	claim *queue.Claim
	// given is the failure to prepare the message and the metadata for the command. The
	// command has not run.
	given error
	// start is the failure to start the command. The command has not run.
	start error
	// lost is set if the status could not be read. status is meaningless then.
	lost   error
	status syscall.WaitStatus
	// timedOut means that the command was told to end because it took too long.
	timedOut bool
	// stopped means that the command was told to end because the run ends.
	stopped bool
	// foreground means that the command had the terminal.
	foreground bool
	// elapsed is how long the command ran.
	elapsed time.Duration
}

// ran reports whether the command was started.
func (r result) ran() bool { return r.given == nil && r.start == nil }

// run runs the command to its end. The message and the metadata are complete before the
// command starts.
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
	// If the command crashed or was told to end, its message will be tried again, so the
	// command's children must not go on working on it. The command has not been reaped
	// yet, so its number cannot belong to another process.
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
	// A duplicate of the claim's descriptor shares its lock.
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

// whenStopped returns the function to call when a signal stops the command. It is nil
// without a terminal.
func (j *job) whenStopped() func(by syscall.Signal) {
	if j.terminal == nil {
		return nil
	}
	return func(by syscall.Signal) { j.terminal.stopped(j.pid, by) }
}

// watch waits for the command's end. After the timeout, or if the run ends, it tells the
// command to end, and kills it after the grace period.
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
			// A timeout of a second should not become eleven.
			killing, timeout = true, time.After(min(j.o.Grace, j.o.Timeout))
			j.end()
		case <-stop:
			r.stopped, stop = true, nil
			killing, timeout = true, time.After(j.o.Grace)
			j.end()
		}
	}
}

// end tells the command to end. A stopped command needs SIGCONT to do so.
func (j *job) end() {
	j.signal(unix.SIGTERM)
	j.signal(unix.SIGCONT)
}

// signal sends a signal to the command and to its process group, which the command may
// have left.
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
