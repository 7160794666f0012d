package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"switchboard/pkg/cmdline"
)

// table prints rows: in columns on a terminal, with tabs between elsewhere.
type table struct {
	c       *cmdline.Context
	columns *tabwriter.Writer
	headed  bool
	rows    int
}

// page is after how many rows the columns are lined up anew, so that a long
// table need not be held until its end.
const page = 1000

func newTable(c *cmdline.Context) *table {
	t := &table{c: c}
	if c.Terminal() {
		var out io.Writer = c.Out
		if c.Colour() {
			out = &boldHead{w: c.Out}
		}
		t.columns = tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	}
	return t
}

// boldHead shows the first line, the columns' names, in bold. It comes after
// the columns were lined up: what makes it bold has a width of nothing.
type boldHead struct {
	w       io.Writer
	started bool
	ended   bool
}

func (b *boldHead) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil // of an empty table: nothing would end the bold
	}
	text := string(p)
	if !b.ended {
		if line, rest, whole := strings.Cut(text, "\n"); whole {
			text, b.ended = line+"\x1b[0m\n"+rest, true
		}
	}
	if !b.started {
		text, b.started = "\x1b[1m"+text, true
	}
	if _, err := io.WriteString(b.w, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// head prints the columns' names, on a terminal, once.
func (t *table) head(names ...string) {
	if t.columns != nil && !t.headed {
		t.headed = true
		fmt.Fprintln(t.columns, strings.Join(names, "\t")+"\t")
	}
}

// row prints a row. The last cell is a name or a path, of any width.
func (t *table) row(cells ...string) error {
	if t.columns == nil {
		return t.c.Println(strings.Join(cells, "\t"))
	}
	if t.rows++; t.rows%page == 0 {
		if err := t.columns.Flush(); err != nil {
			return err
		}
	}
	last := len(cells) - 1
	_, err := fmt.Fprintf(t.columns, "%s\t  %s\n", strings.Join(cells[:last], "\t"), cells[last])
	return err
}

func (t *table) flush() error {
	if t.columns == nil {
		return nil
	}
	return t.columns.Flush()
}
