package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// peak is the most memory, in MiB, that a command has resident, and what it
// printed.
func (b *bench) peak(input, name string, args ...string) (float64, string) {
	cmd := exec.Command(b.q("peak"), append([]string{b.q(name)}, args...)...)
	if input != "" {
		f, err := os.Open(input)
		check(err)
		defer f.Close()
		cmd.Stdin = f
	}
	var out, figure strings.Builder
	if name != "qcat" {
		cmd.Stdout = &out
	}
	cmd.Stderr = &figure
	check(cmd.Run())
	lines := strings.Fields(figure.String())
	kib, err := strconv.Atoi(lines[len(lines)-1])
	check(err)
	return float64(kib) / 1024, strings.TrimSpace(out.String())
}

// memory takes big messages through all commands.
func (b *bench) memory() {
	sizes := []int{20, 200}
	if b.quick {
		sizes = sizes[:1]
	}
	for _, size := range sizes {
		input := b.disk + "/big.eml"
		check(os.WriteFile(input, []byte(mail(1, size<<20)), 0o644))
		for _, format := range []string{"mailman2", "mailman3"} {
			b.memoryOf(input, format, size)
		}
		check(os.Remove(input))
	}
	b.queue("memory")
}

// memoryOf is the most that any of the commands has resident on one message's
// way.
func (b *bench) memoryOf(input, format string, size int) {
	q := b.queue("memory")
	other, err := os.MkdirTemp("/dev/shm", "switchboard-bench")
	check(err)
	defer os.RemoveAll(other)
	most, by := 0.0, ""
	step := func(input, name string, args ...string) string {
		mib, path := b.peak(input, name, args...)
		if mib > most {
			most, by = mib, name
		}
		return path
	}
	ready := step(input, "qenqueue", "-f", format, q)
	claimed := step("", "qdequeue", q)
	step("", "qcat", claimed)
	step("", "qcat", "--json", claimed)
	ready = step("", "qrestore", claimed)
	step("", "qstat", "-l", q)
	step("", "qstat", "--check", q)
	claimed = step("", "qdequeue", ready)
	step("", "qfinish", "--preserve", "--bad", other, claimed)
	aside := strings.TrimSuffix(filepath.Base(claimed), ".bak") + ".psv"
	step("", "qrestore", "--to", q, filepath.Join(other, aside))
	b.rows = append(b.rows, row{
		what: fmt.Sprintf("most memory of any command with a message of %d MB, %s, preserving it elsewhere included", size, format),
		ours: fmt.Sprintf("%.1f MiB (%s)", most, by), other: "16 MiB", ratio: most / 16, goal: 1,
	})
}
