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
	// ctx is done when the command is to end with the run.
	ctx context.Context

	// pid is the command's process number once it has been started.
	pid int
}

// result is how a command ended.
type result struct {
	claim *queue.Claim
	// given is the failure to give the command its message and metadata. It has not run.
	given error
	// start is the failure to start the command. It has not run.
	start error
	// lost is why nobody knows how the command ended. Then status means nothing.
	lost   error
	status syscall.WaitStatus
	// timedOut says that the command was told to end because it took too long.
	timedOut bool
	// stopped says that the command was told to end with the run.
	stopped bool
	// foreground says that the command had the terminal.
	foreground bool
	// elapsed is how long the command ran.
	elapsed time.Duration
}

// ran says whether the command was started.
func (r result) ran() bool { return r.given == nil && r.start == nil }

// run runs the command to its end. Everything that the command is given is complete
// before it starts.
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
	// The message of a command that crashed or was made to end is tried again, so its
	// children must not go on with it. The command has not been reaped yet, which is why
	// its number is still its own.
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

// whenStopped is what to do when a signal stops the command: nothing, nil, without a
// terminal.
func (j *job) whenStopped() func(by syscall.Signal) {
	if j.terminal == nil {
		return nil
	}
	return func(by syscall.Signal) { j.terminal.stopped(j.pid, by) }
}

// watch waits for the command's end. After the timeout, or with the end of the run, it
// tells the command to end, and kills it if it has not after a grace.
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

// end tells the command to end. SIGCONT lets a stopped one do so.
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
