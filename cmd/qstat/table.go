package main

import (
	"strings"

	"switchboard/pkg/cmdline"
)

// column is a column of a table.
type column struct {
	name string
	// screen is the head on a terminal, in two lines, if name is too wide there.
	screen [2]string
	// least is the least width that it is shortened to. A column without one is never
	// shortened.
	least int
	// text is aligned to the left, a number or an age to the right.
	text bool
	// path is shortened from the left: its end tells entries apart.
	path bool
	// rare is left out of pages that have no value for it. It is the last column, so that
	// cut(1) finds the others where they were. On a terminal it is before the path.
	rare bool
}

// headWidth is the width of the head on a terminal.
func (col column) headWidth() int {
	if col.screen[1] != "" {
		return max(len(col.screen[0]), len(col.screen[1]))
	}
	return len(col.name)
}

var (
	queueColumns = []column{
		{name: "ready"}, {name: "inflight"}, {name: "preserved"}, {name: "temporary"}, {name: "stray"},
		{name: "oldest-ready", screen: [2]string{"oldest", "ready"}},
		{name: "oldest-inflight", screen: [2]string{"oldest", "inflight"}},
		{name: "queue", text: true, path: true, least: 16},
	}
	entryColumns = []column{
		{name: "state", text: true}, {name: "age"}, {name: "size"}, {name: "restores"},
		{name: "list", text: true, least: 4}, {name: "sender", text: true, least: 6}, {name: "subject", text: true, least: 7},
		{name: "path", text: true, path: true, least: 8}, {name: "origin", text: true, path: true, rare: true, least: 6},
	}
)

// table prints rows: in columns that fit a terminal, with tabs between elsewhere.
// One command prints one kind of table, the one whose rows come first.
type table struct {
	c *cmdline.Context
	// width is the terminal's, or 0.
	width int
	// header says that the heads are wanted elsewhere, too.
	header  bool
	columns []column
	// rows are those of the page so far.
	rows   [][]string
	headed bool
}

// page is how many rows are aligned together. It keeps a long table out of memory.
const page = 1000

func newTable(c *cmdline.Context, header bool) *table {
	return &table{c: c, width: c.TerminalWidth(), header: header}
}

// row prints a row. Rare cells may be missing at its end.
func (t *table) row(columns []column, cells ...string) error {
	if t.columns == nil {
		t.columns = columns
		if t.width == 0 && t.header {
			if err := t.c.Println(strings.Join(heads(columns), "\t")); err != nil {
				return err
			}
		}
	}
	if t.width == 0 {
		return t.c.Println(strings.Join(cells, "\t"))
	}
	if t.rows = append(t.rows, cells); len(t.rows) < page {
		return nil
	}
	return t.flush()
}

// flush prints the page, the first one under heads.
func (t *table) flush() error {
	if len(t.rows) == 0 {
		return nil
	}
	rows, first := t.rows, !t.headed
	t.rows, t.headed = nil, true
	return t.print(rows, first)
}

// print prints rows in columns.
func (t *table) print(rows [][]string, first bool) error {
	columns := swap(t.columns, t.columns)
	for i, cells := range rows {
		rows[i] = swap(t.columns, cells)
	}
	lay := newLayout(columns, rows, first, t.width)
	if first {
		for _, cells := range screenHeads(columns) {
			line := lay.line(cells)
			if t.c.Colour() {
				line = "\x1b[1m" + line + "\x1b[0m"
			}
			if err := t.c.Println(line); err != nil {
				return err
			}
		}
	}
	for _, cells := range rows {
		if err := t.c.Println(lay.line(cells)); err != nil {
			return err
		}
	}
	return nil
}

func heads(columns []column) []string {
	names := make([]string, len(columns))
	for i, col := range columns {
		names[i] = col.name
	}
	return names
}

// screenHeads are the lines of the heads on a terminal.
func screenHeads(columns []column) [][]string {
	over, names, two := make([]string, len(columns)), heads(columns), false
	for i, col := range columns {
		if col.screen[1] != "" {
			over[i], names[i], two = col.screen[0], col.screen[1], true
		}
	}
	if two {
		return [][]string{over, names}
	}
	return [][]string{names}
}

// swap puts a rare last cell before the one in front of it.
func swap[T any](columns []column, cells []T) []T {
	last := len(columns) - 1
	if !columns[last].rare {
		return cells
	}
	swapped := make([]T, len(columns))
	copy(swapped, cells)
	swapped[last-1], swapped[last] = swapped[last], swapped[last-1]
	return swapped
}
