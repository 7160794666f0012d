package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// table is one more table, with its head as its first row.
type table struct {
	title string
	cells [][]string
}

// reading is what the numbers don't say.
const reading = `
## How to read it

Ours and what is beside it ran in turn; each figure is the median, each ratio the median of the ratios of the pairs. Every
time is that of a whole process, with its start, except for the real Mailmans: there it is that of the calls, in one
process whose start is not counted.

C makes the system calls that the command cannot do without, writes as many bytes, and checks nothing.

What the others don't promise: safecat and mdeliver sync the file and not its name, so that a power cut may take what was
added; nq, tsp and dirq wait for no disk, so that it may also leave it empty; tsp has its jobs in memory alone. dirq's claim
is a lock on an element that it has to find in a listing first. The shell's and Python's claims check nothing, and of two at
once one fails.

Queues for claims and listings have names that share a few files: 1,000,000 entries of their own would take minutes to
write, and what is measured there looks at names. A claim reads its entry all the same.
`

// report is the tables.
func (b *bench) report() string {
	var s strings.Builder
	fmt.Fprintf(&s, "# Measured\n\nOn %s; queues on %s.\n\n", machine(), b.diskKind)
	rows := [][]string{rowHead}
	for _, r := range b.rows {
		rows = append(rows, r.cells())
	}
	writeTable(&s, rows)
	if len(b.curve) > 0 {
		b.tables = append(b.tables, table{"The cost of one claim against the depth of the queue, in milliseconds:", b.curveCells()})
	}
	for _, t := range b.tables {
		s.WriteString("\n" + t.title + "\n\n")
		writeTable(&s, t.cells)
	}
	if len(b.curve) > 0 {
		s.WriteString("\n![cost of one claim against depth](claim.svg)\n")
	}
	return s.String() + reading
}

var rowHead = []string{"what", "ours", "beside it", "ratio", "goal"}

func (r row) cells() []string {
	goal := ""
	if r.goal > 0 {
		goal = fmt.Sprintf("≤ %.2g", r.goal)
	} else if r.goal < 0 {
		goal = fmt.Sprintf("≥ %.2g", -r.goal)
	}
	return []string{r.what, r.ours, r.other, fmt.Sprintf("%.2f", r.ratio), goal}
}

// missed says whether a row has a goal and does not reach it.
func (r row) missed() bool {
	return r.goal > 0 && r.ratio > r.goal || r.goal < 0 && r.ratio < -r.goal
}

// writeTable writes a table whose first column alone is text.
func writeTable(s *strings.Builder, cells [][]string) {
	for i, row := range cells {
		fmt.Fprintf(s, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			s.WriteString("| --- |" + strings.Repeat(" ---: |", len(row)-1) + "\n")
		}
	}
}

// curveCells is the curve as a table, with a column for each program.
func (b *bench) curveCells() [][]string {
	cells := [][]string{{"depth"}}
	var depths []int
	for _, s := range b.curve {
		cells[0] = append(cells[0], s.name)
		for _, p := range s.points {
			depths = append(depths, p.depth)
		}
	}
	slices.Sort(depths)
	for _, d := range slices.Compact(depths) {
		row := []string{fmt.Sprint(d)}
		for _, s := range b.curve {
			cell := ""
			for _, p := range s.points {
				if p.depth == d {
					cell = fmt.Sprintf("%.2f", p.cost*1000)
				}
			}
			row = append(row, cell)
		}
		cells = append(cells, row)
	}
	return cells
}

func machine() string {
	cpu := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if model, ok := strings.CutPrefix(line, "model name"); ok {
				cpu = strings.Trim(model, "\t :\n")
				break
			}
		}
	}
	release, _ := exec.Command("uname", "-r").Output()
	kernel, _, _ := strings.Cut(strings.TrimSpace(string(release)), "-") // who built it is of no interest
	return fmt.Sprintf("%d cores, %s, Linux %s, %s, %s", runtime.NumCPU(), cpu,
		kernel, runtime.Version(), time.Now().Format(time.DateOnly))
}
