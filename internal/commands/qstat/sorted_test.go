package qstat

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"switchboard/internal/cmdline"
	"switchboard/pkg/choose"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// sortedQueues makes two queues with four entries, and one that cannot be read.
func sortedQueues(t *testing.T) []string {
	t.Helper()
	root := t.TempDir()
	queues := []string{filepath.Join(root, "in"), filepath.Join(root, "out")}
	for _, dir := range queues {
		if err := os.Mkdir(dir, 0o770); err != nil {
			t.Fatal(err)
		}
	}
	for n, e := range []struct {
		from, subject, list string
		size, restores      int
	}{
		{"b@example.com", "b", "z", 50, 0},
		{"C@example.com", "=?utf-8?q?a?=", "Y", 500, 2},
		{"a@example.com", "D", "x", 0, 1},
		{"d@example.com", "c", "", 90, 0},
	} {
		_, err := harness.Entry{
			Base: harness.Base(n), Text: fmt.Appendf(nil, "From: %s\nSubject: %s\n\n%s", e.from, e.subject, strings.Repeat("x", e.size)),
			Restores: e.restores, Metadata: []message.Item{{Key: "listname", Value: e.list}},
		}.Write(queues[n%2], ".pck")
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(queues[1], harness.Base(4)+".pck"), nil, 0o660); err != nil {
		t.Fatal(err)
	}
	return queues
}

// TestSortEntries sorts the entries of two queues by each key. A digit is the number of an
// entry; 4 cannot be read.
func TestSortEntries(t *testing.T) {
	t.Parallel()
	queues := sortedQueues(t)
	for _, c := range []struct {
		args, want string
		// reads means that entry 4 is read even if it is not shown, or only its path is.
		reads bool
	}{
		{"", "02134", false}, // without an order one queue comes after the other
		{"--sort age", "01234", false},
		{"--reverse", "43210", false},
		{"--sort age --limit 2", "01", false},
		{"--reverse --limit 2", "43", false},
		{"--sort size", "13024", false},
		{"--sort restores", "12034", true}, // of equal ones the oldest is first
		{"--sort restores --reverse", "43021", true},
		{"--sort list", "32104", true},
		{"--sort sender", "20134", true},
		{"--sort subject", "10324", true},
		{"--sort subject --limit 2", "10", true},
		{"--limit 3", "021", false},
		{"--limit 1 --sender ^c", "1", false},
		{"--limit 9 --sender [bd]@", "03", true},
	} {
		for _, how := range [][]string{{"-l"}, {"-e"}, {"-l", "--json"}} {
			status := 0
			if c.reads || how[0] == "-l" && strings.Contains(c.want, "4") {
				status = cmdline.DataError
			}
			out, _ := run(t, status, slices.Concat(how, strings.Fields(c.args), queues)...)
			var got strings.Builder
			for line := range strings.Lines(out) {
				for n := range 5 {
					if strings.Contains(line, harness.Base(n)) {
						got.WriteString(fmt.Sprint(n))
					}
				}
			}
			if got.String() != c.want {
				t.Errorf("%v %s: %s, want %s", how, c.args, got.String(), c.want)
			}
		}
	}
}

// TestLimitReadsNoMore checks that --limit reads no entry that it does not show: those behind
// cannot be read, and would be reported.
func TestLimitReadsNoMore(t *testing.T) {
	t.Parallel()
	queues := sortedQueues(t)
	for i := range 300 {
		if err := os.WriteFile(filepath.Join(queues[0], harness.Base(100+i)+".pck"), nil, 0o660); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range []string{"-l --limit 2", "-l --limit 2 --json", "-l --limit 2 --sort age", "-l --limit 1 --subject b", "-e --limit 2"} {
		out, said := run(t, 0, append(strings.Fields(args), queues[0])...)
		if n := strings.Count(out, "\n"); n > 2 || n == 0 || said != "" {
			t.Errorf("%s: %d rows; it says %s", args, n, said)
		}
	}
}

// TestSorter compares a sorter that keeps few records with one that keeps all.
func TestSorter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := &sorter{order: &order{key: "size", reverse: rapid.Bool().Draw(t, "reverse")}}
		few := &sorter{order: &order{key: "size", reverse: all.order.reverse, limit: cmdline.Optional[int]{Value: rapid.IntRange(1, 5).Draw(t, "limit"), Given: true}}}
		for i, n := range rapid.SliceOf(rapid.IntRange(0, 5)).Draw(t, "numbers") {
			for _, s := range []*sorter{all, few} {
				s.add(rank{number: float64(n)}, fmt.Append(nil, i))
				if s == few && len(s.kept) >= 2*s.order.limit.Value {
					t.Fatalf("%d records are kept for a limit of %d", len(s.kept), s.order.limit.Value)
				}
			}
		}
		var want, got []string
		_ = all.print(func(r []byte) error { want = append(want, string(r)); return nil })
		_ = few.print(func(r []byte) error { got = append(got, string(r)); return nil })
		if want = want[:min(len(want), few.order.limit.Value)]; !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// TestSorterLimits checks that a limit that is never reached does not have the records
// sorted again and again.
func TestSorterLimits(t *testing.T) {
	t.Parallel()
	s := sorter{order: &order{limit: cmdline.Optional[int]{Value: math.MaxInt, Given: true}}}
	for n := range 10 {
		s.add(rank{number: float64(-n)}, []byte{byte(n)})
	}
	if first := s.kept[0].record[0]; first != 0 {
		t.Errorf("sorted before all were added: %d comes first", first)
	}
}

// TestQueueVanishes removes a queue after it was opened. That must be reported once: nobody
// may ask later why the queue had no entries.
func TestQueueVanishes(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "age", "size"} {
		path := filepath.Join(t.TempDir(), "in")
		if err := os.Mkdir(path, 0o770); err != nil {
			t.Fatal(err)
		}
		dir, err := queue.Open(path, queue.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		s := &stat{options: &options{long: key != "", order: order{key: key}}, want: choose.Choice{States: []queue.State{queue.Ready}}}
		s.by.Given = key == ""
		if err := s.view()(dir); !errors.Is(err, fs.ErrNotExist) || len(s.looked) > 0 {
			t.Errorf("sorted by %q: %v, and %d queues were looked at", key, err, len(s.looked))
		}
	}
}
