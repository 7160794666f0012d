package qstat

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// put makes an entry that is only a name.
func put(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), nil, 0o660); err != nil {
		t.Fatal(err)
	}
}

// TestRates checks that rates are those of entries that came and left, not of the numbers of
// entries, and that they are forgotten after a minute.
func TestRates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := queue.Open(dir, queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var f flow
	now := time.Now()
	look := func(after time.Duration, in, out string) {
		t.Helper()
		now = now.Add(after)
		s, err := d.Snapshot(queue.Slice{})
		if err != nil {
			t.Fatal(err)
		}
		f.add(s, now)
		if came, left := f.rates(); came != in || left != out {
			t.Errorf("%s came and %s left a minute, want %s and %s", came, left, in, out)
		}
	}
	put(t, dir, harness.Base(1)+".pck")
	look(0, "-", "-")
	look(2*time.Second, "-", "-")
	look(2*time.Second, "0", "0")
	// One comes and one leaves: the number of entries stays 1.
	put(t, dir, harness.Base(2)+".pck")
	if err := os.Remove(filepath.Join(dir, harness.Base(1)+".pck")); err != nil {
		t.Fatal(err)
	}
	look(2*time.Second, "15", "0") // in 4 s
	look(2*time.Second, "10", "10")
	// A claim changes nothing.
	if err := os.Rename(filepath.Join(dir, harness.Base(2)+".pck"), filepath.Join(dir, harness.Base(2)+".bak")); err != nil {
		t.Fatal(err)
	}
	look(24*time.Second, "2", "2")
	look(29*time.Second, "1", "1")
	look(4*time.Second, "0", "1")
	look(59*time.Second, "0", "0")
	if len(f.moves) > 2 {
		t.Errorf("%d moves are kept", len(f.moves))
	}
}

// TestWatchFrame checks what the screen shows of queues that vanish, come back, and have
// names that could disturb it.
func TestWatchFrame(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	in, odd := filepath.Join(root, "in"), filepath.Join(root, "a\x1b[2J\n")
	w := &watch{order: &order{}, queues: []*watched{{path: in}, {path: odd}}}
	for _, path := range []string{in, odd} {
		if err := os.Mkdir(path, 0o770); err != nil {
			t.Fatal(err)
		}
	}
	put(t, in, harness.Base(1)+".pck")
	put(t, in, harness.Base(2)+".bak")
	now := time.Now()
	look := func() []string {
		now = now.Add(interval)
		w.look(now)
		var lines []string
		for _, line := range w.lines(200) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		return lines
	}
	check := func(got []string, want ...string) {
		t.Helper()
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("the lines are\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	age := cmdline.FormatAge(time.Since(time.Unix(1700000001, 0)))
	heads := []string{"oldest oldest in out", "ready inflight preserved ready inflight /min /min queue"}
	oddRow := "0 0 0 - - - - " + root + `/a\x1b[2J\x0a`
	check(look(), append(heads, "1 1 0 "+age+" "+age+" - - "+in, oddRow)...)
	look()
	look()
	if err := os.RemoveAll(in); err != nil {
		t.Fatal(err)
	}
	oddRow = strings.Replace(oddRow, "- - - -", "- - 0 0", 1)
	check(look(), append(heads, oddRow, in+": no such queue")...)
	if err := os.Mkdir(in, 0o770); err != nil {
		t.Fatal(err)
	}
	put(t, in, harness.Base(3)+".psv")
	// What was there when the queue came back did not come.
	check(look(), append(heads, "0 0 1 - - - - "+in, oddRow)...)
	w.order.key, w.order.limit = "inflight", cmdline.Optional[int]{Value: 1, Given: true}
	check(look(), append(heads, "0 0 1 - - - - "+in)...)
	w.order.reverse = true
	check(look(), append(heads, oddRow)...)
	*w.order = order{}

	for _, size := range [][2]int{{80, 24}, {80, 4}, {80, 3}, {20, 2}, {1, 1}} {
		frame := w.frame(size[0], size[1])
		// A line that fills the screen would lose its last character.
		if after := regexp.MustCompile(`[^\nH]\x1b\[[KJ]`).FindString(frame); after != "" {
			t.Errorf("%v: %q clears what was written", size, after)
		}
		text := strings.NewReplacer(home, "", clearRight, "", "\n"+clearBelow, "").Replace(frame)
		lines := strings.Split(text, "\n")
		if len(lines) > size[1] || strings.Contains(text, "\x1b") || (size[1] < 4) != strings.Contains(text, "… 2 more lines") && size[0] == 80 {
			t.Errorf("%v: %q", size, lines)
		}
		for _, line := range lines {
			if cellWidth(line) > size[0] {
				t.Errorf("%v: %q is too wide", size, line)
			}
		}
	}
}
