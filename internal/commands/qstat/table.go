package qstat

import (
	"slices"
	"strings"

	"switchboard/internal/cmdline"
)

// column is a column of a table.
type column struct {
	name string
	// screen is the two-line head on a terminal, if name is too wide for that.
	screen [2]string
	// least is the smallest width that the column is shortened to. A column with 0 is
	// never shortened.
	least int
	// text means that the column is aligned to the left. Numbers and ages are aligned to
	// the right.
	text bool
	// path means that the column is shortened from the left, because the end of a path
	// tells entries apart.
	path bool
	// rare means that pages without a value for the column leave it out. Rare columns are
	// the last ones: cut(1) then finds the others at fixed places. On a terminal they come
	// before the column that is in front of them, the path.
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
		{name: "left", rare: true}, {name: "until", rare: true}, {name: "answer", text: true, rare: true, least: 6},
	}
)

// table prints rows: aligned in columns on a terminal, and otherwise separated by tabs. The
// first row decides which columns the table has.
type table struct {
	c *cmdline.Context
	// width is the width of the terminal, or 0.
	width int
	// header means that the heads are printed even if there is no terminal.
	header  bool
	columns []column
	// rows are the rows of the current page.
	rows   [][]string
	headed bool
}

// page is how many rows are aligned together. A longer table need not fit into memory.
const page = 1000

func newTable(c *cmdline.Context, header bool) *table {
	return &table{c: c, width: c.TerminalWidth(), header: header}
}

// appendRow appends a row: cells without tabs, with tabs between them. Rare cells may be
// missing at its end.
func appendRow(row []byte, cells ...string) []byte {
	for i, cell := range cells {
		if i > 0 {
			row = append(row, '\t')
		}
		row = append(row, cell...)
	}
	return row
}

// row prints a row that appendRow made.
func (t *table) row(columns []column, row []byte) error {
	if t.columns == nil {
		t.columns = columns
		if t.width == 0 && t.header {
			if err := t.c.Println(strings.Join(heads(columns), "\t")); err != nil {
				return err
			}
		}
	}
	if t.width == 0 {
		return t.c.Line(row)
	}
	if t.rows = append(t.rows, strings.Split(string(row), "\t")); len(t.rows) < page {
		return nil
	}
	return t.flush()
}

// flush prints the page. The first page gets the heads.
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
	for _, line := range render(t.columns, rows, first, t.width, t.c.Colour()) {
		if err := t.c.Println(line); err != nil {
			return err
		}
	}
	return nil
}

// render returns the lines of a table that fits the screen, with or without heads.
func render(columns []column, rows [][]string, withHeads bool, width int, colour bool) (lines []string) {
	swapped := swap(columns, columns)
	for i, cells := range rows {
		rows[i] = swap(columns, cells)
	}
	lay := newLayout(swapped, rows, withHeads, width)
	if withHeads {
		for _, cells := range screenHeads(swapped) {
			line := lay.line(cells)
			if colour {
				line = "\x1b[1m" + line + "\x1b[0m"
			}
			lines = append(lines, line)
		}
	}
	for _, cells := range rows {
		lines = append(lines, lay.line(cells))
	}
	return lines
}

func heads(columns []column) []string {
	names := make([]string, len(columns))
	for i, col := range columns {
		names[i] = col.name
	}
	return names
}

// screenHeads returns the heads on a terminal, in one or two lines.
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

// swap moves the cell in front of the rare ones behind them.
func swap[T any](columns []column, cells []T) []T {
	path := slices.IndexFunc(columns, func(col column) bool { return col.rare }) - 1
	if path < 0 {
		return cells
	}
	swapped := make([]T, len(columns))
	copy(swapped, cells)
	last := len(columns) - 1
	copy(swapped[path:], swapped[path+1:])
	swapped[last] = *new(T)
	if path < len(cells) {
		swapped[last] = cells[path]
	}
	return swapped
}
