package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// big measures one message of 200 MB. It goes to a filesystem in memory when it is read.
func (b *bench) big() {
	size := 200
	if b.quick {
		size = 20
	}
	input := b.disk + "/big.eml"
	check(os.WriteFile(input, []byte(mail(1, size<<20)), 0o644))
	b.bigStore(input, size)

	queues := map[string]string{}
	paths := map[string]string{}
	for _, format := range []string{"mailman2", "mailman3"} {
		q := b.queue(format)
		path := strings.TrimSpace(b.command("", b.q("qenqueue"), "-f", format, q, input))
		queues[format], paths[format] = q, strings.TrimSuffix(path, ".pck")
	}
	b.command("", "sync")
	both := func(n int, run func(format string) time.Duration) pair {
		return pairs(b.runs(n), func() time.Duration { return run("mailman3") }, func() time.Duration { return run("mailman2") })
	}
	claim := func(format string) { b.command("", b.q("qdequeue"), queues[format]) }
	restore := func(format string) {
		b.command("", b.q("qrestore"), "--max-restores", "0", paths[format]+".bak")
	}
	for _, how := range []struct {
		what string
		p    pair
	}{
		{"qdequeue", both(9, func(format string) time.Duration {
			defer restore(format)
			return took(func() { claim(format) })
		})},
		{"qrestore", both(9, func(format string) time.Duration {
			claim(format)
			return took(func() { restore(format) })
		})},
		{"qstat -l", both(9, func(format string) time.Duration {
			return took(func() { b.command("", b.q("qstat"), "-l", queues[format]) })
		})},
	} {
		b.add(fmt.Sprintf("%s of a %d MB entry of Mailman 3, beside one of Mailman 2.1", how.what, size), how.p, 2)
	}
	b.bigCat(paths["mailman3"]+".pck", size)
}

func (b *bench) bigStore(input string, size int) {
	q := b.queue("big")
	again := func() {
		check(os.RemoveAll(q))
		check(os.Mkdir(q, 0o770))
		b.command("", "sync")
	}
	p := pairs(b.runs(7),
		func() time.Duration {
			again()
			return took(func() { b.command("", b.q("qenqueue"), q, input) })
		},
		func() time.Duration {
			again()
			return took(func() { b.command("", "sh", "-c", `cp "$0" "$1" && sync "$1"`, input, q+"/copy") })
		})
	b.add(fmt.Sprintf("qenqueue of a %d MB message, beside cp and sync of the file", size), p, 1.1)
	check(os.RemoveAll(q))
}

// bigCat writes the message to a file in memory, because a pipe would also measure its reader.
func (b *bench) bigCat(path string, size int) {
	dir, err := os.MkdirTemp("/dev/shm", "switchboard-bench")
	check(err)
	defer os.RemoveAll(dir)
	out, err := os.Create(dir + "/out")
	check(err)
	defer out.Close()
	write := func(name string, args ...string) func() time.Duration {
		return func() time.Duration {
			check(out.Truncate(0))
			_, err := out.Seek(0, io.SeekStart)
			check(err)
			return took(func() { b.commandTo(out, "", name, args...) })
		}
	}
	floor := write(b.floor, "cat", b.disk, path)
	what := fmt.Sprintf("of a %d MB entry of Mailman 3, beside C that reads and writes it in blocks", size)
	b.add("qcat "+what, pairs(b.runs(7), write(b.q("qcat"), path), floor), 3)
	b.add("qcat --json "+what, pairs(b.runs(5), write(b.q("qcat"), "--json", path), floor), 8)
}
