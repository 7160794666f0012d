package main

import (
	"fmt"
	"os"
	"os/exec"
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

// memory takes a message of 200 MB through all commands.
func (b *bench) memory() {
	size := 200 << 20
	if b.quick {
		size = 20 << 20
	}
	input := b.disk + "/big.eml"
	check(os.WriteFile(input, []byte(mail(1, size)), 0o644))
	q := b.queue("memory")
	row := func(what string, mib float64) {
		b.rows = append(b.rows, row{what: fmt.Sprintf("resident memory of %s, message of %d MB", what, size>>20),
			ours: fmt.Sprintf("%.1f MiB", mib), other: "16 MiB", ratio: mib / 16, goal: 1})
	}
	for _, format := range []string{"mailman2", "mailman3"} {
		m, _ := b.peak(input, "qenqueue", "-f", format, q)
		row("qenqueue -f "+format, m)
		m, claimed := b.peak("", "qdequeue", q)
		row("qdequeue", m)
		m, _ = b.peak("", "qcat", claimed)
		row("qcat", m)
		m, ready := b.peak("", "qrestore", claimed)
		row("qrestore", m)
		_, claimed = b.peak("", "qdequeue", ready)
		other, err := os.MkdirTemp("/dev/shm", "switchboard-bench")
		check(err)
		m, _ = b.peak("", "qfinish", "--preserve", "--bad", other, claimed)
		row("qfinish --preserve to another filesystem", m)
		os.RemoveAll(other)
	}
	os.Remove(input)
	b.queue("memory")
}
