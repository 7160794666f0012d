package main

import (
	"cmp"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// python is the system's interpreter, which has Debian's Mailman.
const python = "/usr/bin/python3"

// realMailman is a Mailman to compare with.
type realMailman struct {
	name, format string
	// python runs the driver of test/interop; its queues are in queues.
	python, driver, queues string
}

var mailmans = []realMailman{
	{"Mailman 3", "mailman3", python, "mm3", "queue"},
	{"Mailman 2.1", "mailman2", cmp.Or(os.Getenv("PYTHON2"), "python2.7"), "mm2", "qfiles"},
}

// mailman compares the commands with the Switchboards of the real Mailmans. Each Switchboard
// is in one Python process, whose start is not counted; the start of our commands is.
func (b *bench) mailman() {
	for _, m := range mailmans {
		if b.works(m) {
			b.beside(m)
		}
	}
}

func (m realMailman) args(variable string, what ...string) []string {
	return append([]string{"test/bench/theirs.py", m.driver, variable}, what...)
}

// works reports whether a Mailman is here.
func (b *bench) works(m realMailman) bool {
	variable := filepath.Join(b.disk, m.format)
	defer os.RemoveAll(variable)
	out, err := exec.Command(m.python, m.args(variable, "cycle", "1", b.files(1, 4096)[0])...).CombinedOutput()
	if err != nil {
		log.Printf("SKIP: no %s to compare with, see test/README.md (%v, %.200s)", m.name, err, out)
	}
	return err == nil
}

// theirs returns how long a Switchboard takes.
func (b *bench) theirs(m realMailman, variable string, what ...string) time.Duration {
	return seconds(b.command("", m.python, m.args(variable, what...)...))
}

func (b *bench) beside(m realMailman) {
	variable := filepath.Join(b.disk, m.format)
	defer os.RemoveAll(variable)
	n := b.size(10_000)
	files := b.files(n, 4096)
	q := filepath.Join(variable, m.queues, "bench")
	ours := func() { b.command("", b.q("qenqueue"), append([]string{"-f", m.format, q}, files...)...) }
	clean := func() {
		check(os.RemoveAll(q))
		check(os.MkdirAll(q, 0o770))
		b.command("", "sync")
	}
	b.timesAsFast(fmt.Sprintf("qenqueue of %d files of 4 KiB, beside %s's enqueue", n, m.name), pairs(b.runs(3),
		func() time.Duration { clean(); return took(ours) },
		func() time.Duration { clean(); return b.theirs(m, variable, "enqueue", strconv.Itoa(n), files[0]) }), 4).peer = m.name

	claimed := func() {
		clean()
		ours()
		b.command("", b.q("qdequeue"), "-a", q)
		b.command("", "sync")
	}
	b.timesAsFast(fmt.Sprintf("qrestore of %d, beside %s's recover_backup_files", n, m.name), pairs(b.runs(3),
		func() time.Duration { claimed(); return took(func() { b.command("", b.q("qrestore"), q) }) },
		func() time.Duration { claimed(); return b.theirs(m, variable, "recover") }), 8).peer = m.name
}
