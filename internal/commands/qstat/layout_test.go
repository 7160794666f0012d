package qstat

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text        string
		limit       int
		right, left string
	}{
		{"abcdef", 6, "abcdef", "abcdef"},
		{"abcdef", 5, "abcd…", "…cdef"},
		{"abcdef", 1, "…", "…"},
		{"日本語", 6, "日本語", "日本語"},
		{"日本語", 5, "日本…", "…本語"},
		{"日本語", 4, "日…", "…語"},
		{"e\u0301e\u0301", 2, "e\u0301e\u0301", "e\u0301e\u0301"}, // combining accents take no column
	} {
		if got := shorten(c.text, c.limit); got != c.right {
			t.Errorf("shorten(%q, %d) is %q, want %q", c.text, c.limit, got, c.right)
		}
		if got := shortenLeft(c.text, c.limit); got != c.left {
			t.Errorf("shortenLeft(%q, %d) is %q, want %q", c.text, c.limit, got, c.left)
		}
	}
}

// TestLayoutFits checks that every line fits the screen, whatever is in the cells, and that
// numbers are not shortened unless the screen is very narrow.
func TestLayoutFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		screen := rapid.IntRange(1, 250).Draw(t, "screen")
		cell := rapid.StringOf(rapid.RuneFrom([]rune("ab é日…\u0301😀")))
		var rows [][]string
		for i := range rapid.IntRange(1, 5).Draw(t, "rows") {
			rows = append(rows, []string{"preserved", "12d", fmt.Sprint(7777 + i), "3",
				cell.Draw(t, "list"), cell.Draw(t, "sender"), cell.Draw(t, "subject"),
				"in/" + cell.Draw(t, "path"), cell.Draw(t, "origin")})
		}
		l := newLayout(entryColumns, rows, true, screen)
		for _, cells := range append(rows, heads(entryColumns)) {
			line := l.line(cells)
			if n := cellWidth(line); n > screen {
				t.Fatalf("%d columns on a screen of %d: %q", n, screen, line)
			}
			if screen >= 80 && !strings.Contains(line, cells[2]) {
				t.Fatalf("%q lacks the size %s", line, cells[2])
			}
		}
	})
}

// TestLayoutShortensTheWidest checks that only long cells are shortened.
func TestLayoutShortensTheWidest(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"ready", "5s", "221", "0", "staff", "a@example.com", strings.Repeat("subject ", 20), "in/1700000000.5+da39.pck"}}
	got := newLayout(entryColumns, rows, true, 80).line(rows[0])
	want := "ready   5s   221         0  staff  a@example.com  subject subje…  …00.5+da39.pck"
	if got != want {
		t.Errorf("the line is\n%s, want\n%s", got, want)
	}
	for _, cells := range [][]string{rows[0][:5], rows[0]} {
		if got := newLayout(entryColumns, [][]string{cells}, false, 1000).line(cells); got != strings.TrimRight(got, " ") {
			t.Errorf("the line %q ends with blanks", got)
		}
	}
}

// TestLayoutOfRareColumns checks that a rare column is left out if no row of the page has a
// value for it, and that the path comes last on a terminal.
func TestLayoutOfRareColumns(t *testing.T) {
	t.Parallel()
	row := func(more ...string) []string {
		return append([]string{"ready", "5s", "221", "0", "staff", "a@x", "hi", "in/1.pck"}, more...)
	}
	for want, rows := range map[string][][]string{
		"list  sender  subject  path":                            {row()},
		"list  sender  subject  origin  path":                    {row(), row("out")},
		"list  sender  subject  left  until  path":               {row("-", "3", "4d", "-"), row("-", "2", "-", "-")},
		"list  sender  subject  origin  left  answer  path":      {row("out", "3", "-", "550"), row()},
		"list  sender  subject  origin  left  until answer path": {row("out", "3", "1d", "550")},
	} {
		lines := render(entryColumns, rows, true, 200, false)
		if got := strings.Fields(lines[0])[4:]; !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("the heads are %v, want %s", got, want)
		}
		for _, line := range lines[1:] {
			if !strings.HasSuffix(line, " in/1.pck") {
				t.Errorf("the path is not at the end of %q", line)
			}
		}
	}
}

// TestLayoutTellsQueuesApart checks that 80 columns have room for enough of each queue's
// path to tell the queues apart. Once only two characters were left.
func TestLayoutTellsQueuesApart(t *testing.T) {
	t.Parallel()
	row := func(path string) []string { return []string{"3700", "12", "5", "0", "1", "1110d", "1110d", path} }
	rows := [][]string{row("/var/lib/mailman/qfiles/in"), row("/var/lib/mailman/qfiles/out"), row("bounces")}
	l := newLayout(queueColumns, rows, true, 80)
	var got strings.Builder
	for _, cells := range append(screenHeads(queueColumns), rows...) {
		got.WriteString(l.line(cells) + "\n")
	}
	want := `                                              oldest    oldest
ready  inflight  preserved  temporary  stray   ready  inflight  queue
 3700        12          5          0      1   1110d     1110d  …ilman/qfiles/in
 3700        12          5          0      1   1110d     1110d  …lman/qfiles/out
 3700        12          5          0      1   1110d     1110d  bounces
`
	if got.String() != want {
		t.Errorf("the table is\n%s, want\n%s", got.String(), want)
	}
	// Of a path, the end counts, even if little of it fits.
	l = newLayout(queueColumns, rows, true, 69)
	for i, want := range []string{"  …s/in", "  …/out", "  …nces"} {
		if got := l.line(rows[i]); !strings.HasSuffix(got, want) {
			t.Errorf("the line is %q, want %q at its end", got, want)
		}
	}
}
