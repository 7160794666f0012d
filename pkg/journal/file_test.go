package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"switchboard/pkg/queue"
)

// private returns a directory that not everybody may write to.
func private(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o755))
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// event is an event of an entry with that name.
func event(name string) queue.Event {
	return queue.Event{Kind: queue.WasFinished, From: "/q/" + name}
}

// names returns the names of the entries in the whole lines of a file.
func names(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	var all []string
	for line := range strings.Lines(string(text)) {
		_, name, ok := strings.Cut(line, "from=/q/")
		if !ok || !strings.HasSuffix(name, "\n") {
			name = "torn\n"
		}
		all = append(all, strings.TrimSuffix(name, "\n"))
	}
	return strings.Join(all, " ")
}

// TestRotated renames, removes and truncates the file between two lines.
func TestRotated(t *testing.T) {
	t.Parallel()
	path := filepath.Join(private(t), "log")
	j := New(Options{Path: path, Command: "qrun"})
	defer j.Close()
	must(t, j.Log(event("1")))
	st, err := os.Stat(path)
	must(t, err)
	if mode := st.Mode(); mode&^0o640 != 0 {
		t.Errorf("mode %v", mode)
	}
	must(t, j.Log(event("2")))
	must(t, os.Rename(path, path+".1"))
	must(t, j.Log(event("3")))
	must(t, os.Rename(path, path+".2"))
	must(t, os.WriteFile(path, nil, 0o600))
	must(t, j.Log(event("4")))
	must(t, os.Remove(path))
	must(t, j.Log(event("5")))
	must(t, os.Truncate(path, 0))
	must(t, j.Log(event("6")))
	for file, want := range map[string]string{"": "6", ".1": "1 2", ".2": "3"} {
		if got := names(t, path+file); got != want {
			t.Errorf("log%s has %s, want %s", file, got, want)
		}
	}
}

// TestRefused logs to what must not be opened, or not written. None of it may wait.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		make func(path string) error
		want string
	}{
		"a FIFO": {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "is not a regular file"},
		"a FIFO with a reader": {func(path string) error {
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				return err
			}
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			keepOpen.Store(path, f)
			return err
		}, "is not a regular file"},
		"a directory":              {func(path string) error { return os.Mkdir(path, 0o700) }, "is a directory"},
		"no directory":             {func(path string) error { return os.Remove(filepath.Dir(path)) }, "no such file or directory"},
		"a link":                   {func(path string) error { return os.Symlink(victim(path), path) }, "is a symbolic link; name the file itself"},
		"a link to nothing":        {func(path string) error { return os.Symlink("nothing", path) }, "is a symbolic link; name the file itself"},
		"a hard link":              {func(path string) error { return os.Link(victim(path), path) }, "has another name (a hard link)"},
		"a directory of everybody": {func(path string) error { return os.Chmod(filepath.Dir(path), 0o1777) }, "is in a directory that everybody may write to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(private(t), "log")
			must(t, test.make(path))
			j := New(Options{Path: path, Command: "qrun"})
			defer j.Close()
			for range 2 {
				if err := j.Log(event("1")); err == nil || err.Error() != path+": cannot log: "+test.want {
					t.Errorf("%v, want %s", err, test.want)
				}
			}
			if text, err := os.ReadFile(path + ".victim"); err == nil && string(text) != "theirs\n" {
				t.Errorf("wrote %q to another file", text)
			}
		})
	}
}

// keepOpen has the readers of FIFOs.
var keepOpen sync.Map

// victim makes the file of somebody else.
func victim(path string) string {
	os.WriteFile(path+".victim", []byte("theirs\n"), 0o600)
	return path + ".victim"
}

// TestRecovers checks that the log goes on once it can be written again.
func TestRecovers(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(private(t), "later")
	j := New(Options{Path: filepath.Join(dir, "log"), Command: "qrun"})
	defer j.Close()
	if err := j.Log(event("1")); err == nil {
		t.Fatal("no error")
	}
	must(t, os.Mkdir(dir, 0o755))
	must(t, j.Log(event("2")))
	if got := names(t, filepath.Join(dir, "log")); got != "2" {
		t.Error(got)
	}
}

// TestTorn checks that the line after a torn one is whole.
func TestTorn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(private(t), "log")
	f := &file{path: path, fd: -1}
	defer f.Close()
	must(t, f.write([]byte("from=/q/1")))
	if _, err := f.append([]byte("fro")); err != nil {
		t.Fatal(err)
	}
	f.torn = true
	must(t, f.write([]byte("from=/q/2")))
	must(t, f.write([]byte("from=/q/3")))
	if got := names(t, path); got != "1 torn 2 3" {
		t.Error(got)
	}
	// Another process was the one that left a part of a line.
	if _, err := f.append([]byte("fro")); err != nil {
		t.Fatal(err)
	}
	next := &file{path: path, fd: -1}
	defer next.Close()
	must(t, next.write([]byte("from=/q/4")))
	must(t, next.write([]byte("from=/q/5")))
	if got := names(t, path); got != "1 torn 2 3 torn 4 5" {
		t.Error(got)
	}
}

// TestTogether lets four writers log while the file is rotated, and checks that each line is
// whole and in one of the files.
func TestTogether(t *testing.T) {
	t.Parallel()
	const writers, lines = 4, 300
	path := filepath.Join(private(t), "log")
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			j := New(Options{Path: path, Command: "qrun"})
			defer j.Close()
			for n := range lines {
				if err := j.Log(event(fmt.Sprintf("%d-%d", w, n))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan bool)
	go func() { all.Wait(); close(done) }()
	for n := 0; ; n++ {
		os.Rename(path, fmt.Sprintf("%s.%d", path, n))
		select {
		case <-done:
		default:
			continue
		}
		break
	}
	files, err := filepath.Glob(path + "*")
	must(t, err)
	seen := make(map[string]int)
	for _, file := range files {
		for name := range strings.FieldsSeq(names(t, file)) {
			seen[name]++
		}
	}
	for w := range writers {
		for n := range lines {
			if name := fmt.Sprintf("%d-%d", w, n); seen[name] != 1 {
				t.Errorf("%s is there %d times", name, seen[name])
			}
		}
	}
	if len(seen) != writers*lines {
		t.Errorf("%d lines, %d of them torn", len(seen), seen["torn"])
	}
}

// TestRelative checks that relative paths of entries are logged as absolute ones, and that
// those in another kind of queue stay as they are.
func TestRelative(t *testing.T) {
	t.Parallel()
	path := filepath.Join(private(t), "log")
	j := New(Options{Path: path, Command: "qrun"})
	defer j.Close()
	must(t, j.Log(queue.Event{Kind: queue.WasFinished, From: "./in/1.bak"}))
	dir, err := os.Getwd()
	must(t, err)
	text, err := os.ReadFile(path)
	must(t, err)
	if want := " from=" + dir + "/in/1.bak\n"; !strings.HasSuffix(string(text), want) {
		t.Errorf("%s, want %s", text, want)
	}
	must(t, j.Log(queue.Event{Kind: queue.WasFinished, From: "pg:in/1.bak@7"}))
	text, err = os.ReadFile(path)
	must(t, err)
	if want := " from=pg:in/1.bak@7\n"; !strings.HasSuffix(string(text), want) {
		t.Errorf("%s, want %s", text, want)
	}
}

// TestUserName looks up users that every system has, or that none has.
func TestUserName(t *testing.T) {
	t.Parallel()
	for uid, want := range map[int]string{0: "root", 1<<31 - 7: "2147483641"} {
		if got := userName(uid); got != want {
			t.Errorf("%d is %s, want %s", uid, got, want)
		}
	}
}
