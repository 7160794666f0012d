package main

import (
	"cmp"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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

// mailman compares the commands with the Switchboards of the real Mailmans. Each Switchboard
// is in one Python process, whose start is not counted; the start of our commands is.
func (b *bench) mailman() {
	for _, m := range []realMailman{
		{"Mailman 3", "mailman3", python, "mm3.py", "queue"},
		{"Mailman 2.1", "mailman2", cmp.Or(os.Getenv("PYTHON2"), "python2.7"), "mm2.py", "qfiles"},
	} {
		b.beside(m)
	}
}

func (b *bench) beside(m realMailman) {
	variable := filepath.Join(b.disk, m.format)
	defer os.RemoveAll(variable)
	args := []string{"test/bench/theirs.py", strings.TrimSuffix(m.driver, ".py"), variable}
	if out, err := exec.Command(m.python, append(args, "enqueue", "0", "/dev/null")...).CombinedOutput(); err != nil {
		log.Printf("SKIP: no %s to compare with, see test/README.md (%v, %.200s)", m.name, err, out)
		return
	}
	n := b.size(10_000)
	files := b.files(n, 4096)
	q := filepath.Join(variable, m.queues, "bench")
	theirs := func(what ...string) time.Duration {
		out := b.command("", m.python, append(args, what...)...)
		seconds, err := strconv.ParseFloat(strings.TrimSpace(out), 64)
		check(err)
		return time.Duration(seconds * float64(time.Second))
	}
	ours := func() { b.command("", b.q("qenqueue"), append([]string{"-f", m.format, q}, files...)...) }
	clean := func() {
		check(os.RemoveAll(q))
		check(os.MkdirAll(q, 0o770))
		b.command("", "sync")
	}
	b.timesAsFast(fmt.Sprintf("qenqueue of %d files of 4 KiB, beside %s's enqueue", n, m.name), pairs(b.runs(5),
		func() time.Duration { clean(); return took(ours) },
		func() time.Duration { clean(); return theirs("enqueue", strconv.Itoa(n), files[0]) }), 4)

	claimed := func() {
		clean()
		ours()
		b.command("", b.q("qdequeue"), "-a", q)
		b.command("", "sync")
	}
	b.timesAsFast(fmt.Sprintf("qrestore of %d, beside %s's recover_backup_files", n, m.name), pairs(b.runs(5),
		func() time.Duration { claimed(); return took(func() { b.command("", b.q("qrestore"), q) }) },
		func() time.Duration { claimed(); return theirs("recover") }), 8)
}
