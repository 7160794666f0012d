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

// table is another table, with its head as the first row.
type table struct {
	title string
	cells [][]string
}

// reading explains what the numbers do not say.
const reading = `
## How to read it

Our command and the program beside it took turns. Each figure is the median, each ratio the median of the ratios of the
pairs; at least half of these ratios are within the bounds of the column "half of the ratios". Every time is that of a whole
process, with its start. For the real Mailmans and for dirq's whole cycle it is the time of the calls, in one process whose
start is not counted.

Of nq and tsp only the time until they return is measured, where one job is added: what they then do in the background ends
before the next measurement begins.

The C programs make only the system calls that the command needs, write as many bytes, and check nothing. A message of
200 MB is written to a file in memory, because a pipe would also measure its reader.

qdeliver sends to Postfix's smtp-sink, which keeps nothing. Beside it stands Postfix's smtp-source with as many connections,
which sends one message from memory over and over; the time of one qdequeue and one qfinish of as many entries is added to
that. qdeliver also flushes what it finishes as it goes, so that a power cut repeats little. The real outgoing runners open a
connection for each message, and look up the list for each: one that is really there, in a file
of Mailman 2.1, in an SQLite database of Mailman 3. They sync nothing.

The queues of PostgreSQL are on a private server of its version 15 with its data in memory, so that no disk hides what a
command or a plan costs. pgbench comes with PostgreSQL, is written in C, sends the same statements as prepared ones, and looks
at nothing that it gets; we also make and read the pickles. The times of single messages are those of workers that have
connected; those of qenqueue, qdequeue and qfinish have their start and the time to connect. The snapshot is held in one
database, and the rows that it keeps are in the way of claims there, but not in the other one.

The other programs promise less:

- safecat and mdeliver sync the file but not its name, so a power cut may lose what was added. So do the Switchboards of the
  Mailmans.
- nq, tsp and dirq do not wait for the disk, so the file may also be left empty. tsp keeps its jobs only in memory.
- dirq's claim is a lock on an element that it must first find in a listing. The claims of the shell and of Python check
  nothing, and if two run at once, one fails.
- xargs syncs nothing, and forgets what it did: if it is killed, nobody knows for which names the command has run. It only
  has the names; qrun gives the command the message, too.
- ls sorts names by their bytes, which is not the order of the times in them, and looks at nothing else.

The start of a command is mostly what the linked libraries do before main. Counted in instructions of user code, which do not
depend on the machine's load: an empty Go program with flags runs 330,000 and touches 190 pages; the same program that links
the library for options and the one for TOML, and uses neither, 520,000 and 240; our commands 620,000 to 650,000 and 300. The
one library compiles a regular expression as it starts, the other reads the local time zone. Packages that a command must not
link are listed in test/docs/links_test.go.

A claim makes three system calls more than the C program beside it. It locks the file, so that no restorer takes an entry
that is being handled, and it looks at the open file before the rename and at the name after it, so that the entry that it
returns is the one that it has locked. The C program with these three calls takes 1.2 times as long as without. The rest of
what 1,000 claims take is the start, a fifth of the time, and pages of memory that a new process touches: 370 besides those of
the start, and 200 more if it lists a deep queue, each of which costs 15 microseconds on this virtual machine.

In the queues for claims and listings, many names share a few files: 1,000,000 separate entries would take minutes to write,
and these measurements look at names. A claim still reads its entry.
`

// report chooses the rows for the README, and returns the results as text with tables.
func (b *bench) report() string {
	choose(b.rows)
	var s strings.Builder
	fmt.Fprintf(&s, "# Measured\n\nOn %s; queues on %s.\n\n", machine(), b.diskKind)
	if len(b.failed) > 0 {
		fmt.Fprintf(&s, "Rows are missing, because these measures failed: %s.\n\n", strings.Join(b.failed, ", "))
	}
	rows := [][]string{rowHead}
	for _, r := range b.rows {
		rows = append(rows, r.cells())
	}
	writeTable(&s, rows)
	if len(b.curve) > 0 {
		b.tables = append(b.tables, table{"The cost of one claim against the depth of the queue, in milliseconds:", b.curveCells()})
	}
	if len(b.cycles) > 0 {
		b.tables = append(b.tables, table{"The cost per message of a whole cycle, in milliseconds: store, claim, show and finish a message of 4 KiB:", b.cycleCells()})
	}
	for _, t := range b.tables {
		s.WriteString("\n" + t.title + "\n\n")
		writeTable(&s, t.cells)
	}
	s.WriteString("\n" + b.plotLinks(""))
	return s.String() + reading + "\n## The README\n\n" + rule + "The last column of the first table says which of these a row is.\n"
}

// writeTable writes a table. Only its first column is text.
func writeTable(s *strings.Builder, cells [][]string) {
	for i, row := range cells {
		fmt.Fprintf(s, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			s.WriteString("| --- |" + strings.Repeat(" ---: |", len(row)-1) + "\n")
		}
	}
}

// curveCells returns the curve as a table, with a column for each program.
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
	kernel, _, _ := strings.Cut(strings.TrimSpace(string(release)), "-") // without the builder's part
	return fmt.Sprintf("%d cores, %s, Linux %s, %s, %s", runtime.NumCPU(), cpu,
		kernel, runtime.Version(), time.Now().Format(time.DateOnly))
}
