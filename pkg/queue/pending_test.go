package queue

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"io"
	"math"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

func TestEnqueueKeepsBytes(t *testing.T) {
	t.Parallel()
	for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
		d := realQueue(t, Options{Format: format})
		for _, body := range []string{
			"x", "\n", "Subject: a\n\nb\n", "Subject: a\r\n\r\nb\r\n", "no newline",
			"nul \x00 and 8-bit \x80\xff\xe9 bytes\n", "UTF-8: \u00e4\u20ac\U0001f600\n",
			strings.Repeat("x", 255), strings.Repeat("x", 256),
			strings.Repeat("y\n", whole/2), strings.Repeat("y\n", whole/2) + "z", strings.Repeat("\xff\x00z", whole),
		} {
			paths := store(t, d, text(body))
			if got := messageOf(t, entryAt(t, d, paths[0])); got != body {
				t.Errorf("%d bytes became %d: %.40q", len(body), len(got), got)
			}
			paths = store(t, d, func(b Batch) error {
				return add(b, iotest.OneByteReader(strings.NewReader(body[:min(len(body), 3000)])), Metadata{})
			})
			if got := messageOf(t, entryAt(t, d, paths[0])); got != body[:min(len(body), 3000)] {
				t.Errorf("read byte by byte: %d bytes", len(got))
			}
		}
	}
}

// TestEnqueueRefuses checks that an empty message is refused, and that one that was read
// only in part leaves nothing behind.
func TestEnqueueRefuses(t *testing.T) {
	t.Parallel()
	broken := errors.New("the pipe broke")
	d := realQueue(t, Options{})
	b := d.NewBatch(func(string) error { return nil })
	if err := text("")(b); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing was stored: %v", err)
	}
	for _, size := range []int{0, 10, whole + 100, 3 * whole, 2 * piece} {
		r := io.MultiReader(strings.NewReader(strings.Repeat("x", size)), iotest.ErrReader(broken))
		if err := add(b, r, Metadata{}); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", size, err)
		}
		expectNames(t, d.Path(), "")
	}
	must(t, text("added")(b))
	b.Abort()
	must(t, b.Flush())
	expectNames(t, d.Path(), "")
}

// TestPendingClosed checks that a message cannot be used after Commit or Abort.
func TestPendingClosed(t *testing.T) {
	t.Parallel()
	for _, abort := range []bool{false, true} {
		d := realQueue(t, Options{})
		told := 0
		b := d.NewBatch(func(string) error { told++; return nil })
		p, err := b.Create(Metadata{})
		must(t, err)
		_, err = p.Write([]byte("text"))
		must(t, err)
		want := 1
		if abort {
			p.Abort()
			want = 0
		} else {
			must(t, p.Commit())
		}
		p.Abort()
		if _, err := p.Write([]byte("more")); err != os.ErrClosed {
			t.Errorf("written after the end: %v", err)
		}
		if err := p.Commit(); err != os.ErrClosed {
			t.Errorf("committed after the end: %v", err)
		}
		must(t, b.Flush())
		if n := len(strings.Fields(names(t, d.Path()))); told != want || n != want {
			t.Errorf("%d told, %d there; it should be %d", told, n, want)
		}
	}
}

// TestPendingBeside commits, flushes and aborts messages while others are pending, and
// checks that none has a part of another.
func TestPendingBeside(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	var paths []string
	b := d.NewBatch(func(path string) error { paths = append(paths, path); return nil })
	lengths := []int{10, 2 * whole, 3 * piece}
	var pending []Pending
	for range lengths {
		p, err := b.Create(Metadata{})
		must(t, err)
		pending = append(pending, p)
	}
	for part := range 10 {
		for i, p := range pending {
			_, err := p.Write(bytes.Repeat([]byte{byte('a' + i)}, lengths[i]/10))
			must(t, err)
		}
		must(t, text("flushed")(b))
		if part%2 == 0 {
			must(t, b.Flush())
		} else {
			b.Abort()
		}
	}
	for i := range pending {
		must(t, pending[len(pending)-1-i].Commit())
	}
	must(t, b.Flush())
	if len(paths) != 5+len(lengths) {
		t.Fatalf("%d were told", len(paths))
	}
	for i := range lengths {
		got := messageOf(t, entryAt(t, d, paths[len(paths)-1-i]))
		if want := strings.Repeat(string(rune('a'+i)), lengths[i]/10*10); got != want {
			t.Errorf("message %d has %d bytes: %.20q", i, len(got), got)
		}
	}
}

// TestPendingWriteFails checks that after a failed write Commit fails, even if the disk has
// room again, and that nothing is left behind.
func TestPendingWriteFails(t *testing.T) {
	t.Parallel()
	w := newWorld()
	d, err := w.open("/q/in", Options{})
	must(t, err)
	b := d.NewBatch(func(string) error { return nil })
	p, err := b.Create(Metadata{})
	must(t, err)
	w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
		if c.Op == "write" {
			return fakedisk.Verdict{Err: syscall.ENOSPC}
		}
		return fakedisk.Verdict{}
	}
	_, err = p.Write(make([]byte, 2*whole))
	w.disk.Hook = nil
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the disk is full: %v", err)
	}
	if n, again := p.Write([]byte("more")); n != 0 || again != err {
		t.Errorf("more was written: %d, %v", n, again)
	}
	if again := p.Commit(); again != err {
		t.Errorf("committed after that: %v", again)
	}
	must(t, b.Flush())
	if n := len(w.disk.Lookup("/q/in").Names); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

// TestPendingCalls counts the calls that write a message: they depend on its length
// alone, not on the pieces that it comes in.
func TestPendingCalls(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]int{1: 1, 100: 1, whole: 1, whole + 1: 3, whole + piece: 3, whole + piece + 1: 4, whole + 4*piece: 6} {
		for _, part := range []int{1 << 10, 64 << 10, piece, size} {
			w := newWorld()
			d, err := w.open("/q/in", Options{})
			must(t, err)
			writes := 0
			w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
				if c.Op == "write" {
					writes++
				}
				return fakedisk.Verdict{}
			}
			store(t, d, func(b Batch) error {
				p, err := b.Create(Metadata{})
				must(t, err)
				for chunk := range slices.Chunk(bytes.Repeat([]byte("x"), size), part) {
					_, err := p.Write(chunk)
					must(t, err)
				}
				return p.Commit()
			})
			if writes != want {
				t.Errorf("%d bytes in pieces of %d: %d writes, not %d", size, part, writes, want)
			}
		}
	}
}

// TestPendingSyncBegins checks that the disk works on a message that fills a group while the
// message is written and digested, that its sync begins when nothing will be changed any
// more, and that the digest is the same. Without syncs the disk is left alone.
func TestPendingSyncBegins(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("All work and no play.\n", 2*piece/20)
	for _, noSync := range []bool{false, true} {
		for _, format := range []message.Dialect{message.Mailman2, message.Mailman3} {
			w := newWorld()
			d, err := w.open("/q/in", Options{Format: format, NoSync: noSync})
			must(t, err)
			var calls []string
			w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
				if len(calls) == 0 || calls[len(calls)-1] != c.Op {
					calls = append(calls, c.Op)
				}
				return fakedisk.Verdict{}
			}
			told := ""
			b := d.newBatch(func(path string) error { told = path; return nil })
			b.limitBytes = 2 * piece
			must(t, text(body)(b))
			must(t, b.Flush())
			w.disk.Hook = nil
			want := "statdir create write writeback write writeback write writeback write stat chown chmod sync read rename close openrw syncdir"
			if noSync {
				want = "statdir create write stat chown chmod read rename close openrw"
			}
			if format == message.Mailman3 {
				want = strings.Replace(want, "rename", "lstat rename", 1) // for a twin in flight
			}
			if got := strings.Join(calls, " "); got != want {
				t.Errorf("no sync %v: the calls were\n%s, not\n%s", noSync, got, want)
			}
			content := w.disk.Lookup(told).Data
			id, _ := SplitName(path.Base(told))
			when, _, _ := strings.Cut(id.String(), "+")
			sum := sha1.Sum(append(messagePickle(format, body), "--nolist--"+when...))
			if id.Digest() != sum || !bytes.HasPrefix(content, messagePickle(format, body)) {
				t.Errorf("format %v: the digest or the content is another", format)
			}
		}
	}
}

// TestPendingSyncWaits checks that a file whose sync has begun is not closed before that
// has ended: another file could get its descriptor.
func TestPendingSyncWaits(t *testing.T) {
	t.Parallel()
	for _, flushed := range []bool{false, true} {
		w := newWorld()
		d, err := w.open("/q/in", Options{})
		must(t, err)
		b := d.newBatch(func(string) error { return nil })
		b.limitBytes = whole
		must(t, text(strings.Repeat("x", 2*whole))(b))
		if flushed {
			must(t, text("begins the next group")(b))
		}
		synced, waited := b.group, false
		if flushed {
			synced = b.syncing.group
		}
		wait := synced[0].synced
		synced[0].synced = func() error {
			waited = len(w.disk.OpenFiles) > 0
			return wait()
		}
		b.Abort()
		if !waited {
			t.Errorf("flushed %v: nobody waited", flushed)
		}
		if n := len(w.disk.Lookup("/q/in").Names) + len(w.disk.OpenFiles); n != 0 {
			t.Errorf("flushed %v: %d files are left", flushed, n)
		}
	}
}

// TestPendingSyncFails checks that a failed sync that has begun by itself concerns only its
// own message, whether the others of the group are synced one by one or together.
func TestPendingSyncFails(t *testing.T) {
	t.Parallel()
	for _, others := range []int{0, 2, syncTogether} {
		w := newWorld()
		d, err := w.open("/q/in", Options{})
		must(t, err)
		told := 0
		b := d.newBatch(func(string) error { told++; return nil })
		b.limitBytes = 2 * whole
		for range others {
			must(t, text("short")(b))
		}
		must(t, text(strings.Repeat("x", 2*whole))(b))
		large := w.disk.Lookup("/q/in/" + b.group[others].tmp)
		w.disk.Hook = func(c fakedisk.Call) fakedisk.Verdict {
			if c.Op == "sync" && c.File == large {
				return fakedisk.Verdict{Err: syscall.EIO}
			}
			return fakedisk.Verdict{}
		}
		name := b.group[others].id.Name(Ready)
		b.group[others].synced = b.group[others].file.StartSync() // again, to fail
		err = b.Flush()
		if !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), name) {
			t.Errorf("%d others: %v", others, err)
		}
		if n := len(w.disk.Lookup("/q/in").Names); n != others || told != others {
			t.Errorf("%d others: %d told, %d there", others, told, n)
		}
		if n := len(w.disk.OpenFiles); n != 0 {
			t.Errorf("%d others: %d files are open", others, n)
		}
	}
}

// TestPendingTooLong checks that a message too long for a pickle is refused before it fills
// the disk.
func TestPendingTooLong(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{})
	b := d.newBatch(func(string) error { return nil })
	written, err := b.Create(Metadata{})
	must(t, err)
	p := written.(*pending)
	_, err = p.Write(make([]byte, whole+1))
	must(t, err)
	p.draft.off += math.MaxInt32 - whole // as if all that had been written
	_, err = p.Write(make([]byte, 2*piece))
	if !errors.Is(err, message.ErrTooLong) {
		t.Errorf("written all the same: %v", err)
	}
	if again := p.Commit(); again != err {
		t.Errorf("committed all the same: %v", again)
	}
	expectNames(t, d.Path(), "")
}
