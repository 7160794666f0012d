package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// python is the system's own, which has Debian's Mailman.
const python = "/usr/bin/python3"

// mailman puts the commands beside the real Mailman 3 Switchboard, in one
// Python process whose start is not counted; the start of ours is.
func (b *bench) mailman() {
	if err := exec.Command(python, "-c", "import mailman.core.switchboard").Run(); err != nil {
		log.Print("SKIP: no Mailman 3 to compare with (Debian's mailman3)")
		return
	}
	n := b.size(10_000)
	files := b.files(n, 4096)
	variable := filepath.Join(b.disk, "mailman3")
	q := filepath.Join(variable, "queue", "bench")
	theirs := func(args ...string) func() time.Duration {
		return func() time.Duration {
			out := b.command("", python, append([]string{"test/bench/mailman3.py", variable}, args...)...)
			seconds, err := strconv.ParseFloat(strings.TrimSpace(out), 64)
			check(err)
			return time.Duration(seconds * float64(time.Second))
		}
	}
	clean := func(do func() time.Duration) func() time.Duration {
		return func() time.Duration {
			check(os.RemoveAll(variable))
			check(os.MkdirAll(q, 0o770))
			b.command("", "sync")
			return do()
		}
	}
	p := pairs(b.runs(3),
		clean(func() time.Duration {
			return took(func() { b.command("", b.q("qenqueue"), append([]string{"-f", "mailman3", q}, files...)...) })
		}),
		clean(theirs("enqueue", strconv.Itoa(n), files[0])))
	p.ratio = 1 / p.ratio
	b.add(fmt.Sprintf("qenqueue of %d files of 4 KiB, beside Mailman 3's enqueue: times as fast", n), p, -4)

	claimed := func(do func() time.Duration) func() time.Duration {
		return clean(func() time.Duration {
			b.command("", b.q("qenqueue"), append([]string{"-f", "mailman3", q}, files...)...)
			b.command("", b.q("qdequeue"), "-a", q)
			b.command("", "sync")
			return do()
		})
	}
	p = pairs(b.runs(3),
		claimed(func() time.Duration { return took(func() { b.command("", b.q("qrestore"), q) }) }),
		claimed(theirs("recover")))
	p.ratio = 1 / p.ratio
	b.add(fmt.Sprintf("qrestore of %d, beside Mailman 3's recover_backup_files: times as fast", n), p, -8)
	check(os.RemoveAll(variable))
}
