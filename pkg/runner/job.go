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
	*byCommand
	claim *queue.Claim
	// ctx is done when the run ends and the command must end as well.
	ctx context.Context

	// pid is the command's process number once it has been started.
	pid    int
	ending ending
}

// exited is how a command ended.
type exited struct {
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
	// terminal means that the run has a terminal. The next command may use it.
	terminal bool
	// elapsed is how long the command ran.
	elapsed time.Duration
}

// run runs the command to its end. The message and the metadata are complete before the
// command starts.
func (j *job) run() (res exited) {
	res.terminal = j.terminal != nil
	stdin, err := j.copyMessage()
	if err != nil {
		res.given = err
		return res
	}
	metadata, err := writeMetadata(j.o.TempDir, j.claim.Content)
	if err != nil {
		stdin.Close()
		res.given = err
		return res
	}
	defer metadata.remove()
	began := time.Now()
	defer func() { res.elapsed = time.Since(began) }()
	lines, err := j.start(stdin, metadata.path)
	if err != nil {
		res.start = err
		return res
	}
	res.foreground = res.terminal && j.terminal.given
	lines.start()
	ended := j.watch()
	crashed := awaitExit(j.pid, j.whenStopped())
	res.timedOut, res.stopped = ended()
	// If the command crashed or was told to end, its message will be tried again, so the
	// command's children must not go on working on it. The command has not been reaped
	// yet, so its number cannot belong to another process.
	if res.timedOut || res.stopped || crashed {
		j.signal(unix.SIGKILL)
	}
	j.terminal.takeBack(j.pid)
	res.status, res.lost = j.children.wait(j.pid)
	if res.status.Signaled() && !tellsCrash {
		unix.Kill(-j.pid, unix.SIGKILL)
	}
	if res.status.Signaled() {
		j.terminal.reset()
	}
	lines.wait()
	return res
}

// start starts the command.
func (j *job) start(stdin *os.File, metadata string) (*lines, error) {
	defer stdin.Close()
	var prefixed *lines
	stderr := j.o.Stderr
	if j.o.Prefix {
		var err error
		if prefixed, err = newLines(j.claim.ID.String(), j.o.Stderr, j.terminal != nil); err != nil {
			return nil, err
		}
		stderr = prefixed.writer()
		defer stderr.Close()
	}
	attr := &syscall.ProcAttr{
		Env:   environment(j.o.Env, j.queue, j.claim, metadata),
		Files: []uintptr{stdin.Fd(), j.o.Stdout.Fd(), stderr.Fd()},
	}
	if fd, ok := j.claim.Fd(); ok {
		// The command's copy of the claim's descriptor shares its lock.
		attr.Files = append(attr.Files, fd)
	}
	// This is not os.StartProcess, which makes a second descriptor for each process and
	// needs an os.File for each that the process gets.
	pid, err := j.terminal.start(func(sys *syscall.SysProcAttr) (int, error) {
		if j.claim.Lost() != nil {
			diesWith(sys)
		}
		attr.Sys = sys
		return j.children.start(func() (int, error) {
			return syscall.ForkExec(j.o.Command.Path, j.o.Command.Args, attr)
		})
	})
	if err != nil {
		closeFiles(prefixed.reader())
		return nil, cannotRun(j.o.Command.Args[0], err)
	}
	j.pid = pid
	return prefixed, nil
}

// whenStopped returns the function to call when a signal stops the command. It is nil
// without a terminal.
func (j *job) whenStopped() func(by syscall.Signal) {
	if j.terminal == nil {
		return nil
	}
	return func(by syscall.Signal) { j.terminal.stopped(j.pid, by) }
}

func closeFiles(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}
