package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// makeDisk makes an ext4 with a journal where queues are made. It is fresh for
// each measure: a directory that was deep once, and deletions that the journal
// has yet to work off, would be paid for by the next. Nothing clears its tables
// of inodes meanwhile.
func (b *bench) makeDisk() {
	b.removeDisk()
	check(os.Mkdir(b.disk, 0o755))
	b.diskKind = "no filesystem of their own, in " + filepath.Dir(b.disk)
	if os.Getuid() != 0 {
		log.Printf("not root: queues are below %s", b.disk)
		return
	}
	for _, s := range [][]string{
		{"truncate", "-s", "12G", b.image},
		{"mkfs.ext4", "-q", "-N", "600000", "-O", "has_journal", b.image},
		{"mount", "-o", "loop,noinit_itable", b.image, b.disk},
	} {
		if out, err := exec.Command(s[0], s[1:]...).CombinedOutput(); err != nil {
			log.Printf("no loop device (%s: %s): queues are below %s", s[0], out, b.disk)
			return
		}
	}
	b.diskKind = "a fresh journalled ext4 on a loop device"
}

// removeDisk removes it with all queues. The unmount fails where nothing was
// mounted; a lazy one doesn't wait for a program that was left behind.
func (b *bench) removeDisk() {
	exec.Command("umount", "-l", b.disk).Run()
	check(os.RemoveAll(b.disk))
	os.Remove(b.image)
}

// queue makes an empty queue.
func (b *bench) queue(name string) string {
	q := filepath.Join(b.disk, name)
	check(os.RemoveAll(q))
	check(os.Mkdir(q, 0o770))
	return q
}

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
