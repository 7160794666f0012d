package mailmanlog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shunted is the log of an entry that was shunted.
func shunted(base, exception string) string {
	return failed(1, 7, exception) + record(1, 7, "SHUNTING: "+base)
}

// zipped compresses texts, each as a member of its own.
func zipped(t testing.TB, texts ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, text := range texts {
		z := gzip.NewWriter(&b)
		z.Write([]byte(text))
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestRotated checks which files count, and that the newest one wins.
func TestRotated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, log string
		// files are older and older.
		files [][2]string
		want  string
	}{
		{"only the log", "error", [][2]string{{"error", "ValueError: x"}}, "ValueError: x"},
		{"the log wins", "error", [][2]string{{"error", "ValueError: new"}, {"error.1", "ValueError: old"}}, "ValueError: new"},
		{"Debian", "error", [][2]string{{"error", ""}, {"error.1", ""}, {"error.2.gz", "ValueError: x"}, {"error.3.gz", "ValueError: old"}}, "ValueError: x"},
		{"Red Hat", "mailman.log", [][2]string{{"mailman.log", ""}, {"mailman.log-20261129", "ValueError: x"}, {"mailman.log-20261122.gz", "ValueError: old"}}, "ValueError: x"},
		{"newsyslog", "error", [][2]string{{"error.0", "ValueError: x"}, {"error.1", "ValueError: old"}}, "ValueError: x"},
		{"an extension", "mailman.log", [][2]string{{"mailman-20261129-1795986229.log.gz", "ValueError: x"}}, "ValueError: x"},
		{"by time, not by name", "error", [][2]string{{"error.10", "ValueError: x"}, {"error.2", "ValueError: old"}}, "ValueError: x"},
		{"other files", "error", [][2]string{
			{"error.log", "ValueError: x"}, {"error.1.bak", "ValueError: x"}, {"error.x", "ValueError: x"}, {"smtp.1", "ValueError: x"}, {"xerror.1", "ValueError: x"},
			{"error", ""},
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for i, f := range c.files {
				text := record(1, 7, "something else")
				if f[1] != "" {
					text += shunted(baseA, f[1])
				}
				if strings.HasSuffix(f[0], ".gz") {
					text = zipped(t, text)
				}
				at := time.Now().Add(-time.Duration(i) * 24 * time.Hour)
				if err := os.Chtimes(write(t, dir, f[0], text), at, at); err != nil {
					t.Fatal(err)
				}
			}
			r, err := New(filepath.Join(dir, c.log)).Reason(Entry{Base: baseA})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if r != nil {
				got = r.Text
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestSeveral checks that a log answers for entries in any order, and does not read itself
// for each.
func TestSeveral(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := write(t, dir, "error", shunted(baseA, "ValueError: a"))
	write(t, dir, "error.1", shunted(baseB, "ValueError: b")+shunted(baseA, "ValueError: old"))
	l := New(path)
	for i, c := range []struct{ base, want string }{
		{baseA, "ValueError: a"}, {baseA, "ValueError: a"}, {baseB, "ValueError: b"}, {baseA, "ValueError: a"}, {baseA + "0", ""}, {baseB, "ValueError: b"},
	} {
		r, err := l.Reason(Entry{Base: c.base})
		if err != nil {
			t.Fatal(err)
		}
		if r == nil && c.want != "" || r != nil && r.Text != c.want {
			t.Errorf("%s: %+v", c.base, r)
		}
		if i == 2 {
			for _, name := range []string{"error", "error.1"} {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestNoLog checks what is not read, and that it does not block.
func TestNoLog(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		make func(path string) error
		want error
	}{
		{"missing", func(string) error { return nil }, fs.ErrNotExist},
		{"a directory is missing", func(path string) error { return os.Remove(filepath.Dir(path)) }, fs.ErrNotExist},
		{"a FIFO", func(path string) error { return syscall.Mkfifo(path, 0o644) }, errNotRegular},
		{"a directory", func(path string) error { return os.Mkdir(path, 0o755) }, errNotRegular},
		{"a device", func(path string) error { return os.Symlink("/dev/zero", path) }, errNotRegular},
		{"a loop", func(path string) error { return os.Symlink("error", path) }, syscall.ELOOP},
		{"not compressed", func(path string) error { return os.WriteFile(path+".1.gz", []byte("text"), 0o644) }, gzip.ErrHeader},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "logs", "error")
			if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			l := New(path)
			for range 2 {
				r, err := l.Reason(Entry{Base: baseA})
				if r != nil || !errors.Is(err, c.want) && (c.want != gzip.ErrHeader || err == nil) || !strings.Contains(err.Error(), path) {
					t.Errorf("%v, %v", r, err)
				}
			}
		})
	}
}

// TestBound checks that a log of any size costs no more than the bound, in bytes read and
// in memory, and that the end of it counts. It does not run next to other tests, because it
// counts memory.
func TestBound(t *testing.T) {
	end := shunted(baseA, "ValueError: x")
	huge := func(name string) string {
		path := filepath.Join(t.TempDir(), name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for at, text := range map[int64]string{0: shunted(baseB, "ValueError: too old"), 1 << 30: "\n" + end} {
			if _, err := f.WriteAt([]byte(text), at); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	const little = 1 << 20
	for _, c := range []struct {
		name, path string
		bound      int64
		found      bool
	}{
		{"a log of 1 GiB", huge("error"), MostRead, true},
		{"a compressed log that has no end", write(t, t.TempDir(), "error.1.gz", zipped(t, strings.Repeat("x", little+1), "\n"+end)), little, false},
		{"a compressed log of empty parts", write(t, t.TempDir(), "error.1.gz", strings.Repeat(zipped(t, ""), little)), little, false},
		{"one line", write(t, t.TempDir(), "error", strings.Repeat("x", little)+"\n"+end), little, true},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		l := New(strings.TrimSuffix(c.path, ".1.gz"))
		l.most = c.bound
		r, _ := l.Reason(Entry{Base: baseA})
		if (r != nil) != c.found {
			t.Errorf("%s: %+v", c.name, r)
		}
		if r, _ := l.Reason(Entry{Base: baseB}); r != nil {
			t.Errorf("%s: %+v", c.name, r)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("%s: %d bytes of memory", c.name, n)
		}
		if l.left < 0 {
			t.Errorf("%s: %d bytes too many", c.name, -l.left)
		}
	}
}

func FuzzLog(f *testing.F) {
	for _, name := range []string{"mailman2", "mailman3"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(record(1, 7, missingList)))
	f.Add([]byte(shunted(baseA, "ValueError: x\n"+traceback+"\n\n x")))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := newParser("error", nil)
		if err := p.read(bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		size := 0
		for key, r := range p.found {
			base, list, isMissing := strings.Cut(key, "\x00")
			size += len(r.Text)
			if !isBase(base) && !isMissing || !bytes.Contains(text, []byte(list)) || r.Text == "" || len(r.Text) > MostText || strings.Contains(r.Text, "\n") || len(r.Stamp) != len(layout) || r.Time.IsZero() {
				t.Errorf("%s: %+v", base, r)
			}
			if !bytes.Contains(text, []byte(base)) || !bytes.Contains(text, []byte(r.Stamp)) {
				t.Errorf("%s is not in the log: %+v", base, r)
			}
		}
		if size > len(text) {
			t.Errorf("%d bytes from %d", size, len(text))
		}
	})
}
