package runner

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/pkg/queue"
)

// linger is how long the rest of the message, and of the lines to be prefixed,
// is waited for after the command has ended: what it left behind may hold its
// descriptors open, and need not read nor end.
const linger = 2 * time.Second

// job is one command at work on one entry.
type job struct {
	o        *Options
	claim    *queue.Claim
	env      []string
	metadata string
	// stop is closed when the command is to end with the run.
	stop <-chan struct{}

	pid int
}

// result is how a command ended.
type result struct {
	claim    *queue.Claim
	metadata string
	// start is the failure to start it.
	start error
	// feed is the failure to read the message. The command was killed then: it
	// must not take a part for the whole.
	feed              error
	status            syscall.WaitStatus
	timedOut, stopped bool
	elapsed           time.Duration
}

// run runs the command to its end.
func (j *job) run() (r result) {
	r = result{claim: j.claim, metadata: j.metadata}
	began := time.Now()
	defer func() { r.elapsed = time.Since(began) }()
	cmd, feed, lines, err := j.prepare()
	if err != nil {
		r.start = err
		return r
	}
	err = cmd.Start()
	closeFiles(cmd.Stdin.(*os.File), cmd.ExtraFiles[0], lines.writer())
	if err != nil {
		closeFiles(feed, lines.reader())
		r.start = cannotRun(j.o.Command.Args[0], err)
		return r
	}
	j.pid = cmd.Process.Pid
	fed := make(chan error, 1)
	go func() { fed <- j.feed(feed) }()
	lines.start()

	exited := make(chan struct{})
	go func() {
		awaitExit(j.pid)
		close(exited)
	}()
	unread := j.watch(&r, exited, fed)
	// What crashed, or was made to end, must not have its children go on with a
	// message that will be tried again. The command is not reaped yet, so that
	// its number cannot be another's.
	if r.timedOut || r.stopped || r.feed != nil || crashed(j.pid) {
		j.signal(unix.SIGKILL)
	}
	cmd.Wait()
	r.status = cmd.ProcessState.Sys().(syscall.WaitStatus)
	if r.status.Signaled() && !tellsCrash {
		unix.Kill(-j.pid, unix.SIGKILL)
	}
	enough := time.Now().Add(linger)
	if unread != nil {
		feed.SetWriteDeadline(enough)
		r.feed = <-unread
	}
	feed.Close()
	lines.wait(enough)
	return r
}

// prepare makes the command and the ends of its pipes.
func (j *job) prepare() (*exec.Cmd, *os.File, *lines, error) {
	// The command's copy of the claim's descriptor is the same opening of the
	// file, and so the same lock.
	fd, err := unix.FcntlInt(j.claim.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, nil, nil, os.NewSyscallError("dup", err)
	}
	lock := os.NewFile(uintptr(fd), j.claim.Path())
	in, feed, err := os.Pipe()
	if err != nil {
		closeFiles(lock)
		return nil, nil, nil, err
	}
	cmd := &exec.Cmd{
		Path: j.o.Command.Path, Args: j.o.Command.Args, Env: j.env,
		Stdin: in, Stdout: j.o.Stdout, Stderr: j.o.Stderr,
		ExtraFiles: []*os.File{lock},
		// In a group of its own a command can be stopped with all that it
		// started, and cannot stop the runner by killing its group.
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if !j.o.Prefix {
		return cmd, feed, nil, nil
	}
	l, err := newLines(j.claim.ID.String(), j.o.Stderr)
	if err != nil {
		closeFiles(lock, in, feed)
		return nil, nil, nil, err
	}
	cmd.Stderr = l.w
	return cmd, feed, l, nil
}

// feed writes the message. That the command does not read it, or not all of it,
// is its own affair.
func (j *job) feed(w *os.File) error {
	err := j.claim.Content.WriteMessage(w)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	if err == nil {
		w.Close()
	}
	// After an error the pipe stays open until the command is dead: its end
	// would pass for the end of the message.
	return err
}

// watch waits for the command's end, and sees to it. It returns the channel on
// which the end of the message is still to be told.
func (j *job) watch(r *result, exited <-chan struct{}, fed <-chan error) <-chan error {
	var (
		timeout <-chan time.Time
		killing = false
		stop    = j.stop
	)
	if j.o.Timeout > 0 {
		timeout = time.After(j.o.Timeout)
	}
	for {
		select {
		case <-exited:
			return fed
		case err := <-fed:
			fed = nil
			if r.feed = err; err != nil {
				j.signal(unix.SIGKILL)
			}
		case <-timeout:
			if killing {
				j.signal(unix.SIGKILL)
				timeout = nil
				continue
			}
			r.timedOut, stop = true, nil
			// Who gives a command a second does not mean eleven.
			killing, timeout = true, time.After(min(j.o.Grace, j.o.Timeout))
			j.signal(unix.SIGTERM)
		case <-stop:
			r.stopped, stop = true, nil
			killing, timeout = true, time.After(j.o.Grace)
			j.signal(unix.SIGTERM)
		}
	}
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
