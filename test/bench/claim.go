package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// fill makes a queue with n ready entries of 4 KiB, of increasing times, not
// synced.
func (b *bench) fill(name string, n int, ext string) (queue, names string) {
	return b.populate(name, n, ext, func(path string, entry []byte, _ int) error {
		return os.WriteFile(path, entry, 0o660)
	})
}

// links is how many names one file gets: ext4 has a limit of 65,000.
const links = 50_000

// link does the same with names that share a few files, for queues so deep that
// writing them would take minutes. What is measured there looks at names.
func (b *bench) link(name string, n int, ext string) (queue, names string) {
	var source string
	return b.populate(name, n, ext, func(path string, entry []byte, i int) error {
		if i%links == 0 {
			source = path
			return os.WriteFile(path, entry, 0o660)
		}
		return os.Link(source, path)
	})
}

func (b *bench) populate(name string, n int, ext string, make func(path string, entry []byte, i int) error) (queue, names string) {
	q := b.queue(name)
	entry := b.entry()
	var list strings.Builder
	for i := range n {
		base := fmt.Sprintf("17%08d.5+%040x", i, i)
		check(make(filepath.Join(q, base+ext), entry, i))
		list.WriteString(base + "\n")
	}
	return q, list.String()
}

// entry is the bytes of a 4 KiB entry as qenqueue writes it.
func (b *bench) entry() []byte {
	q := b.queue("entry")
	path := strings.TrimSpace(b.command(mail(1, 4096), b.q("qenqueue"), q))
	content, err := os.ReadFile(path)
	check(err)
	return content
}

// back makes all claimed entries of a queue ready again.
func back(q string) {
	list, err := os.ReadDir(q)
	check(err)
	for _, e := range list {
		if base, ok := strings.CutSuffix(e.Name(), ".bak"); ok {
			check(os.Rename(filepath.Join(q, e.Name()), filepath.Join(q, base+".pck")))
		}
	}
}

func (b *bench) claim() {
	for _, n := range []int{1000, b.size(100_000)} {
		q, names := b.fill("claim", n, ".pck")
		arg := []string{"-n", "1000", q}
		what := "qdequeue -n 1000"
		if n != 1000 {
			arg, what = []string{"-a", q}, fmt.Sprintf("qdequeue -a of %d", n)
		}
		p := pairs(b.runs(7),
			func() time.Duration {
				defer back(q)
				return took(func() { b.command("", b.q("qdequeue"), arg...) })
			},
			func() time.Duration {
				defer back(q)
				return took(func() { b.command(names, b.floor, "claim", q) })
			})
		b.add(what+", beside C that opens, reads and renames each", p, 1.5)
	}
}

func (b *bench) finish() {
	n := b.size(100_000)
	make := func() (string, string) { return b.fill("finish", n, ".bak") }
	p := pairs(b.runs(5),
		func() time.Duration {
			q, names := make()
			var paths strings.Builder
			for name := range strings.Lines(names) {
				paths.WriteString(q + "/" + strings.TrimSpace(name) + ".bak\n")
			}
			b.command("", "sync")
			return took(func() { b.command(paths.String(), b.q("qfinish"), "-") })
		},
		func() time.Duration {
			q, names := make()
			b.command("", "sync")
			return took(func() { b.command(names, b.floor, "finish", q) })
		})
	b.add(fmt.Sprintf("qfinish - of %d, beside C that unlinks and syncs once", n), p, 1.5)
}
