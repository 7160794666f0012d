package queue

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lockSliceOf is set for the process that holds a slice in TestLockSlice.
const lockSliceOf = "SWITCHBOARD_TEST_LOCK_SLICE"

func TestMain(m *testing.M) {
	if queue := os.Getenv(lockSliceOf); queue != "" {
		holdSlice(queue)
		return
	}
	os.Exit(m.Run())
}

// holdSlice locks a slice, reports that, and waits for the end of standard input.
func holdSlice(queue string) {
	path, text, _ := strings.Cut(queue, "\n")
	s, err := ParseSlice(text)
	if err == nil {
		var d *Dir
		if d, err = Open(path, Options{}); err == nil {
			err = d.LockSlice(s, true)
		}
	}
	fmt.Println("locked:", err)
	io.Copy(io.Discard, os.Stdin)
}

// TestLockSlice checks the locks against another real process. A process has its own
// locks, which are released when it ends, however it ends.
//
// A test of this package that starts a process does not run in parallel with others.
// Until the new process executes its program, it has all files open that this one has. If
// this one closes a file in the meantime, the new one keeps the file's lock.
func TestLockSlice(t *testing.T) {
	d := realQueue(t, Options{})
	must(t, d.LockSlice(Slice{1, 2}, false))
	expectNames(t, d.Path(), "") // no process has run on the queue yet, so no file is made
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), lockSliceOf+"="+d.Path()+"\n1/3")
	in, err := other.StdinPipe()
	must(t, err)
	out, err := other.StdoutPipe()
	must(t, err)
	must(t, other.Start())
	defer in.Close()
	line, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	if line != "locked: <nil>\n" {
		t.Fatal(line)
	}
	for _, test := range []struct {
		s    Slice
		free bool
	}{
		{Slice{0, 1}, false}, {Slice{}, false}, {Slice{1, 3}, false}, {Slice{0, 2}, false}, {Slice{1, 2}, false},
		{Slice{2, 6}, false}, {Slice{3, 6}, false}, {Slice{1, 6}, true}, {Slice{4, 6}, true}, {Slice{0, 3}, true}, {Slice{2, 3}, true},
	} {
		q, err := Open(d.Path(), Options{})
		must(t, err)
		err = q.LockSlice(test.s, true)
		if test.free && err != nil || !test.free && !errors.Is(err, ErrBusy) {
			t.Errorf("%v beside 1/3: %v", test.s, err)
		}
		if !test.free && !strings.Contains(err.Error(), fmt.Sprint(other.Process.Pid)) {
			t.Errorf("%q does not name process %d", err, other.Process.Pid)
		}
		must(t, q.Close())
	}
	must(t, other.Process.Kill())
	other.Wait()
	must(t, d.LockSlice(Slice{}, true))
	counts, err := d.Count(Slice{})
	must(t, err)
	if counts != (Counts{}) {
		t.Errorf("the lock file is counted: %v", counts)
	}
	st, err := os.Stat(filepath.Join(d.Path(), lockName))
	must(t, err)
	if st.Mode().Perm() != 0o660 {
		t.Errorf("the lock file has mode %v", st.Mode())
	}
}

// TestLockFileIsAStray checks that a link with the lock file's name is not followed.
func TestLockFileIsAStray(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	outside := filepath.Join(filepath.Dir(d.Path()), "outside")
	must(t, os.Symlink(outside, filepath.Join(d.Path(), lockName)))
	if err := d.LockSlice(Slice{}, true); err == nil {
		t.Error("locked through a link")
	}
	if _, err := os.Lstat(outside); err == nil {
		t.Error("made a file outside of the queue")
	}
	must(t, os.Remove(filepath.Join(d.Path(), lockName)))
	must(t, os.Mkdir(filepath.Join(d.Path(), lockName), 0o700))
	if err := d.LockSlice(Slice{}, true); err == nil {
		t.Error("locked a directory")
	}
}
