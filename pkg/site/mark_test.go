package site

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestBadPidFiles checks that a file without the number of a process is ignored,
// whatever is in it.
func TestBadPidFiles(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "blank": "  \n", "garbage": "no number\n", "zero": "0", "negative": "-1",
		"too large": "99999999999999999999", "huge": strings.Repeat("77\n", 1<<20), "zeros": strings.Repeat("0", 100) + "77",
		"binary": "\x00\xff77", "hexadecimal": "0x4d", "a lock": "/v/locks/master.lck|mx1|77|1",
	} {
		f := newFake(t)
		f.mkdir("/v/queue/in")
		f.process(77, master3...)
		f.write("/v/master.pid", text)
		f.write("/v/locks/master.lck", "77")
		if err := f.running("/v/queue/in", nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNotRegular checks that a file that is not regular is not opened, because opening
// a FIFO would block.
func TestNotRegular(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"/v/master.pid", "/v/locks/master.lck", "/v/data/master-qrunner.pid", "/run/mailman3/master.pid", "/v/mine.pid"} {
		for name, make := range map[string]func(path string) error{
			"a FIFO":          func(path string) error { return unix.Mkfifo(path, 0o644) },
			"a directory":     func(path string) error { return os.Mkdir(path, 0o755) },
			"a link to a tty": func(path string) error { return os.Symlink("/dev/tty", path) },
			"a ring":          func(path string) error { return os.Symlink(path, path) },
		} {
			f := newFake(t)
			f.mkdir("/v/queue/in")
			f.write(place, "")
			os.Remove(f.root + place)
			if err := make(f.root + place); err != nil {
				t.Fatal(err)
			}
			if err := f.running("/v/queue/in", []string{"/v/mine.pid"}); err != nil {
				t.Errorf("%s is %s: %v", place, name, err)
			}
		}
	}
}

// TestUnreadable checks that a mark that may not be read is judged by its owner and the
// Mailmans of that user.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	self := fmt.Sprint(os.Getuid())
	for _, test := range []struct {
		name, path string
		lock       bool
		running    bool
		want       error
	}{
		{"the pid file beside", "/v/master.pid", false, false, fs.ErrPermission},
		{"the pid file beside, and a Mailman", "/v/master.pid", false, true, ErrRunning},
		{"the lock beside", "/v/locks/master.lck", true, false, nil},
		{"the lock beside, and a Mailman", "/v/locks/master.lck", true, true, ErrRunning},
		{"below /run", "/run/mailman3/master.pid", false, false, nil},
		{"below /run, and a Mailman", "/run/mailman3/master.pid", false, true, ErrRunning},
	} {
		f := newFake(t)
		f.mkdir("/v/queue/in")
		f.write(test.path, "77\n")
		if test.running {
			f.processAt(77, time.Hour, self, "", master3...)
			f.hide(77)
		}
		q := &target{machine: &f.machine, path: "/v/queue/in", ways: []string{"/v/queue/in"}}
		own := !strings.HasPrefix(test.path, "/run")
		err := q.judgeUnreadable(place{path: test.path, lock: test.lock, by: mailman3, own: own}, unix.EACCES)
		if test.want == nil && err != nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestPlantedMark checks that root does not read, and print, a file of its own to which the
// owner of the queues has made a link.
func TestPlantedMark(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	f := newFake(t)
	f.mkdir("/v/queue/in")
	plant := func(path, secret string) {
		kept := "/root/" + filepath.Base(path)
		f.writeAt(kept, secret, f.clock.Add(lockLife))
		f.link(path, kept)
		if err := os.Lchown(f.root+path, 38, 38); err != nil {
			t.Fatal(err)
		}
	}
	plant("/v/locks/master.lck", "x|SECRET|4194000|1")
	plant("/v/etc/mailman.cfg", "[paths.here]\nvar_dir: /v\nlog_dir: /SECRET\n")
	if err := f.running("/v/queue/in", nil); err != nil {
		t.Error(err)
	}
	for _, log := range f.logs("/v/queue/in") {
		if strings.Contains(log, "SECRET") {
			t.Error(log)
		}
	}
}
