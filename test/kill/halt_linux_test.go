package kill

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// errGoesOn means that a process did not stop, and goes on.
var errGoesOn = errors.New("a thread does not stop")

// stopping is how long the threads of a process may take to stop.
const stopping = 5 * time.Second

// stop stops all threads of a process until meanwhile returns, except for the one that waits for our
// answer. That one must not get the signal, which stops the others only once it is handled. A thread
// that starts a command cannot stop before the command has begun, and its first calls wait for
// our answer, too: then the error is errGoesOn.
func stop(pid, waiting int, meanwhile func()) error {
	if err := eachThread(pid, func(tid int, state string) error {
		if tid == waiting {
			return nil
		}
		if err := unix.Tgkill(pid, tid, unix.SIGSTOP); err != unix.ESRCH {
			return err
		}
		return nil
	}); err != nil {
		return err
	}
	// A thread may still be in the middle of a call.
	pause := time.Millisecond / 4
	for begun, going := time.Now(), true; going; {
		time.Sleep(pause)
		pause = min(2*pause, 20*time.Millisecond)
		going = false
		if err := eachThread(pid, func(tid int, state string) error {
			going = going || tid != waiting && !strings.Contains("TZX", state)
			return nil
		}); err != nil {
			return err
		}
		if going && time.Since(begun) > stopping {
			return errors.Join(errGoesOn, unix.Kill(pid, unix.SIGCONT))
		}
	}
	meanwhile()
	return unix.Kill(pid, unix.SIGCONT)
}

// eachThread passes each thread of a process, and its state as in proc(5), to do.
func eachThread(pid int, do func(tid int, state string) error) error {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil {
		return err
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(filepath.Join(thread, "stat"))
		_, state, ok := strings.Cut(string(stat), ") ")
		if err != nil || !ok {
			continue // it has ended
		}
		tid, err := strconv.Atoi(filepath.Base(thread))
		if err == nil {
			err = do(tid, state[:1])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
