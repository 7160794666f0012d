package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// peak returns the most memory, in MiB, that a command has resident. It also returns what
// the command printed, unless that has the message in it.
func (b *bench) peak(input, name string, args ...string) (float64, string) {
	cmd := exec.Command(b.q("peak"), append([]string{b.q(name)}, args...)...)
	if input != "" {
		f, err := os.Open(input)
		check(err)
		defer f.Close()
		cmd.Stdin = f
	}
	var out, figure strings.Builder
	if name != "qcat" && !slices.Contains(args, "--json") {
		cmd.Stdout = &out
	}
	cmd.Stderr = &figure
	check(cmd.Run())
	lines := strings.Fields(figure.String())
	kib, err := strconv.Atoi(lines[len(lines)-1])
	check(err)
	return float64(kib) / 1024, strings.TrimSpace(out.String())
}

// mostMemory is the limit for a command's resident memory, in MiB.
const mostMemory = 16

// memory takes big messages through all commands, and looks at deep queues.
func (b *bench) memory() {
	sizes := []int{20, 200}
	if b.quick {
		sizes = sizes[:1]
	}
	big := table{title: "The most memory resident, in MiB, with one big message:", cells: [][]string{{"command"}}}
	most := 0.0
	for _, size := range sizes {
		input := b.disk + "/big.eml"
		check(os.WriteFile(input, []byte(mail(1, size<<20)), 0o644))
		for _, format := range []string{"mailman2", "mailman3"} {
			big.cells[0] = append(big.cells[0], fmt.Sprintf("%d MB, %s", size, format))
			for i, s := range b.memoryOf(input, format) {
				if len(big.cells) == i+1 {
					big.cells = append(big.cells, []string{s.what})
				}
				big.cells[i+1] = append(big.cells[i+1], fmt.Sprintf("%.1f", s.mib))
				most = max(most, s.mib)
			}
		}
	}
	b.addMemory(fmt.Sprintf("most memory of any command with a message of %d MB, beside what it may have", sizes[len(sizes)-1]),
		most, mostMemory, 1)
	b.tables = append(b.tables, big)
	b.memoryOfQueues()
}

// step is the memory that a command with one message had resident.
type step struct {
	what string
	mib  float64
}

// memoryOf takes one message through all commands, and to another filesystem and back.
func (b *bench) memoryOf(input, format string) []step {
	q := b.queue("memory")
	other, err := os.MkdirTemp("/dev/shm", "switchboard-bench")
	check(err)
	defer os.RemoveAll(other)
	var steps []step
	run := func(what, input, name string, args ...string) string {
		mib, path := b.peak(input, name, args...)
		steps = append(steps, step{name + what, mib})
		return path
	}
	run("", input, "qenqueue", "-f", format, q)
	claimed := run("", "", "qdequeue", q)
	run("", "", "qcat", claimed)
	run(" --json", "", "qcat", "--json", claimed)
	ready := run("", "", "qrestore", claimed)
	run(" -l", "", "qstat", "-l", q)
	run(" --check", "", "qstat", "--check", q)
	run(" --json", "", "qdequeue", "--json", ready)
	run(" --preserve to another filesystem", "", "qfinish", "--preserve", "--bad", other, claimed)
	preserved := strings.TrimSuffix(filepath.Base(claimed), ".bak") + ".psv"
	run(" from another filesystem", "", "qrestore", "--to", q, filepath.Join(other, preserved))
	return steps
}

// memoryOfQueues shows whether qstat needs more for a deeper queue. Even the smaller queue is
// deep enough to start Go's collector.
func (b *bench) memoryOfQueues() {
	few, many := b.size(100_000), b.size(400_000)
	shallow, _ := b.link("few", few, ".pck")
	deep, _ := b.link("many", many, ".pck")
	for _, how := range []struct {
		what string
		goal float64
	}{
		{"qstat", 1.2},
		{"qstat --check", 1.2},
		{"qstat -l", 1.2},
		{"qstat -l --older-than 36500d", 1.2}, // no entry is that old
		{"qstat -e", 0},                       // sorts their names
	} {
		words := strings.Fields(how.what)
		memory := func(q string) float64 {
			mib, _ := b.peak("", words[0], append(words[1:], q)...)
			return mib
		}
		b.addMemory(fmt.Sprintf("memory of %s of %d entries, beside %d", how.what, many, few), memory(deep), memory(shallow), how.goal)
	}
}
