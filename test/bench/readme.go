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

// writeReadme puts the rows with a goal into the README's table.
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

func (b *bench) figures() string {
	var s strings.Builder
	fmt.Fprintf(&s, "\nOn %s:\n\n", machine())
	rows := [][]string{rowHead}
	for _, r := range b.rows {
		if r.goal != 0 {
			rows = append(rows, r.cells())
		}
	}
	writeTable(&s, rows)
	s.WriteString("\n")
	return s.String()
}
