package main

import (
	"fmt"
	"strings"
)

// report is the table.
func (b *bench) report() string {
	var s strings.Builder
	fmt.Fprintf(&s, "# Measured\n\nOn %s; queues on %s.\n\n", machine(), diskName(b.disk))
	s.WriteString("| what | ours | beside it | ratio | goal |\n| --- | ---: | ---: | ---: | ---: |\n")
	for _, r := range b.rows {
		goal := ""
		if r.goal > 0 {
			goal = fmt.Sprintf("≤ %.2g", r.goal)
		} else if r.goal < 0 {
			goal = fmt.Sprintf("≥ %.2g", -r.goal)
		}
		fmt.Fprintf(&s, "| %s | %s | %s | %.2f | %s |\n", r.what, r.ours, r.other, r.ratio, goal)
	}
	if len(b.curve) > 0 {
		s.WriteString("\nThe cost of one claim against the depth of the queue, in milliseconds:\n\n")
		s.WriteString(b.curveTable())
		s.WriteString("\n![cost of one claim against depth](claim.svg)\n")
	}
	return s.String()
}
