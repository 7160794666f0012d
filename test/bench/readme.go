package main

import (
	"fmt"
	"os"
	"strings"
)

// writeReadme writes what is between these lines of the README.
const (
	figuresBegin = "<!-- figures: make bench writes them -->\n"
	figuresEnd   = "<!-- end of figures -->\n"
)

// writeReadme puts the plots and the chosen rows into the README.
func (b *bench) writeReadme(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), figuresBegin)
	_, after, ended := strings.Cut(rest, figuresEnd)
	if !ok || !ended {
		return fmt.Errorf("%s: no place for figures", path)
	}
	return os.WriteFile(path, []byte(before+figuresBegin+b.figures()+figuresEnd+after), 0o644)
}

// rule is the rule of choose, for readers.
const rule = `The program chooses at most sixteen rows: the main row of each command, the fastest row of each other program that is
faster than ours, and the three worst ratios of time elsewhere. Rows that miss their goals fill what room is left.
`

func (b *bench) figures() string {
	var s strings.Builder
	goals := filter(b.rows, func(r *row) bool { return r.goal != 0 })
	missed := filter(b.rows, (*row).missed)
	s.WriteString("\n")
	if plots := b.plotLinks("test/bench/"); plots != "" {
		s.WriteString(plots + "\n")
	}
	fmt.Fprintf(&s, "%sOn %s, %d of %d goals were met:\n\n", rule, machine(), len(goals)-len(missed), len(goals))
	rows := [][]string{rowHead[:readmeColumns]}
	for _, r := range b.rows {
		if r.shown != "" {
			rows = append(rows, r.cells()[:readmeColumns])
		}
	}
	writeTable(&s, rows)
	s.WriteString("\n")
	return s.String()
}
