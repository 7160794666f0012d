package qstat

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// layout has the widths of the columns of a page. A column of width 0 is left out.
type layout struct {
	columns []column
	widths  []int
	screen  int
}

// gap is the number of blanks between two columns.
const gap = 2

// newLayout makes the columns as wide as their cells. Then it narrows the widest of those
// that may be shortened, until a line fits the screen.
func newLayout(columns []column, rows [][]string, heads bool, screen int) *layout {
	l := &layout{columns: columns, widths: make([]int, len(columns)), screen: screen}
	total := -gap
	for i, col := range columns {
		for _, cells := range rows {
			if i < len(cells) && !(col.rare && cells[i] == "-") {
				l.widths[i] = max(l.widths[i], cellWidth(cells[i]))
			}
		}
		if heads && !(col.rare && l.widths[i] == 0) {
			l.widths[i] = max(l.widths[i], col.headWidth())
		}
		if l.widths[i] > 0 {
			total += l.widths[i] + gap
		}
	}
	// If that is not enough, a few characters of each are better than none of the last.
	for _, most := range []int{screen, 5} {
		for ; total > screen; total-- {
			widest := -1
			for i, col := range columns {
				if col.least > 0 && l.widths[i] > min(col.least, most) && (widest < 0 || l.widths[i] > l.widths[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				break
			}
			l.widths[widest]--
		}
	}
	return l
}

// line returns a row that fits the screen.
func (l *layout) line(cells []string) string {
	var line strings.Builder
	pad := 0
	for i, col := range l.columns {
		w := l.widths[i]
		if w == 0 {
			continue
		}
		cell := ""
		if i < len(cells) {
			cell = cells[i]
		}
		if col.path {
			cell = shortenLeft(cell, w)
		} else {
			cell = shorten(cell, w)
		}
		free := w - cellWidth(cell)
		if !col.text {
			pad, free = pad+free, 0
		}
		// Blanks at the end of a line are not printed.
		if cell != "" {
			line.WriteString(strings.Repeat(" ", pad))
			line.WriteString(cell)
			pad = 0
		}
		pad += free + gap
	}
	return shorten(line.String(), l.screen)
}

// cellWidth returns how many columns of a terminal a printable text takes.
func cellWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// runeWidth follows Unicode's East Asian Width: UAX 11.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// shorten cuts the end of a text that is wider than limit.
func shorten(s string, limit int) string {
	if cellWidth(s) <= limit {
		return s
	}
	n := 0
	for i, r := range s {
		if n += runeWidth(r); n > limit-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// shortenLeft cuts the beginning of a text that is wider than limit.
func shortenLeft(s string, limit int) string {
	n := cellWidth(s)
	if n <= limit {
		return s
	}
	for i, r := range s {
		if n <= limit-1 {
			return "…" + s[i:]
		}
		n -= runeWidth(r)
	}
	return "…"
}
