package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// files makes n messages of size bytes and returns their paths.
func (b *bench) files(n, size int) []string {
	dir := filepath.Join(b.disk, fmt.Sprintf("mail%d", size))
	check(os.MkdirAll(dir, 0o755))
	var paths []string
	for i := range n {
		path := filepath.Join(dir, fmt.Sprintf("%06d.eml", i))
		paths = append(paths, path)
		if _, err := os.Stat(path); err != nil {
			check(os.WriteFile(path, []byte(mail(i, size)), 0o644))
		}
	}
	return paths
}

// mail returns a message of about size bytes.
func mail(i, size int) string {
	head := fmt.Sprintf("From: sender%d@example.com\nTo: list@example.com\nSubject: message %d\nMessage-ID: <%d@example.com>\n\n", i, i, i)
	line := "The quick brown fox jumps over the lazy dog and does it again tomorrow.\n"
	return head + strings.Repeat(line, max((size-len(head))/len(line), 1))
}

func (b *bench) enqueue() {
	one := mail(0, 4096)
	q := b.queue("enqueue")
	p := pairs(b.runs(41),
		func() time.Duration { return took(func() { b.command(one, b.q("qenqueue"), q) }) },
		func() time.Duration { return took(func() { b.command(one, b.floor, "enqueue", q) }) })
	b.add("qenqueue of one 4 KiB message, durable, beside C", p, 2).main = true

	n := b.size(10_000)
	files := b.files(n, 4096)
	ours := func() time.Duration {
		q := b.queue("batch")
		b.command("", "sync")
		return took(func() { b.command("", b.q("qenqueue"), append([]string{q}, files...)...) })
	}
	floor := func(how string) func() time.Duration {
		return func() time.Duration {
			q := b.queue("batch")
			b.command("", "sync")
			return took(func() { b.command("", b.floor, append([]string{how, q}, files...)...) })
		}
	}
	b.add(fmt.Sprintf("qenqueue of %d files of 4 KiB, beside C with one sync for all", n), pairs(b.runs(7), ours, floor("group")), 1.3)
	b.timesAsFast("the same, beside C that syncs each", pairs(b.runs(3), ours, floor("each")), 4)
}
