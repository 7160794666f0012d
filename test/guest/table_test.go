package guest

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/test/checkout"
)

// The rows of the table in COMPATIBILITY.md. Each cell there begins with yes or no, and is what a
// scenario has observed.
const (
	rowSeen      = "An entry that one client stores is there for the other at once"
	rowWait      = "A waiting `qrun -w` notices it, in 10 seconds at most"
	rowExclusive = "A claim is exclusive"
	rowRun       = "`qrestore` leaves alone what a live `qrun` on another client handles"
	rowSlice     = "A second `qrun` on another client is refused"
	rowHandler   = "A handler whose `qrun` was killed keeps its entry"
	rowFree      = "When that handler has ended, its entry is restored at once"
	rowShared    = "A script's `flock -s` keeps `qrestore` on another client away"
	rowFlock     = "So does its `flock` without `-s`"
	rowKills     = "Commands are killed on both clients: nothing is lost, and no claim is made twice"
	rowRestart   = "The server restarts: commands wait for it, and nothing is lost"
	rowLocks     = "What a handler held is still locked after that"
	rowOutage    = "A client is without network for longer than the server's lease: both sides go on, and nothing is lost"
	rowKeeps     = "Its handler keeps its entry all that time"
	rowLost      = "What a client held that is lost for good can be restored after a few leases"
	rowBack      = "It can be restored when that client has started again"
	rowTemporary = "`qrestore` removes the temporary files of a crash"
)

var rows = []string{
	rowSeen, rowWait, rowExclusive, rowRun, rowSlice, rowHandler, rowFree, rowShared, rowFlock, rowKills,
	rowRestart, rowLocks, rowOutage, rowKeeps, rowLost, rowBack, rowTemporary,
}

// table is what COMPATIBILITY.md says: by row, by column.
type table map[string]map[string]string

// readTable reads the table below the heading of NFS.
func readTable(t *testing.T) table {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "COMPATIBILITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## On NFS")
	section, _, _ = strings.Cut(section, "\n## ")
	all := table{}
	var columns []string
	for line := range strings.Lines(section) {
		line, isRow := strings.CutPrefix(strings.TrimSpace(line), "|")
		if !isRow || strings.HasPrefix(line, " ---") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if columns == nil {
			columns = cells[1:]
			continue
		}
		row := map[string]string{}
		for i, cell := range cells[1:] {
			row[columns[i]] = cell
		}
		all[cells[0]] = row
	}
	return all
}

// says reports whether a cell says yes.
func (all table) says(row, column string) bool {
	return strings.HasPrefix(all[row][column], "yes")
}

// TestTable checks that the table has the rows that the scenarios observe.
func TestTable(t *testing.T) {
	t.Parallel()
	have := slices.Sorted(maps.Keys(readTable(t)))
	want := slices.Sorted(slices.Values(rows))
	if !slices.Equal(have, want) {
		t.Errorf("COMPATIBILITY.md has the rows\n%s\nand the tests observe\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}
