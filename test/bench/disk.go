package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// makeDisk makes an ext4 with a journal, for the queues. It is fresh for each measurement.
// Otherwise the next one would pay for a directory that was deep once, and for deletions
// that are still in the journal. Nothing clears its inode tables meanwhile.
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

// removeDisk removes the disk with all queues, as far as it can: it also runs when the program
// is interrupted, beside a measurement. The unmount fails if nothing was mounted. It is a lazy
// one, which does not wait for a program that was left behind.
func (b *bench) removeDisk() {
	exec.Command("umount", "-l", b.disk).Run()
	os.RemoveAll(b.disk)
	os.Remove(b.image)
}

// queue makes an empty queue.
func (b *bench) queue(name string) string {
	q := filepath.Join(b.disk, name)
	check(os.RemoveAll(q))
	check(os.Mkdir(q, 0o770))
	return q
}

// fill makes a queue with n ready entries of 4 KiB, with increasing times. They are not
// synced.
func (b *bench) fill(name string, n int, ext string) (queue, names string) {
	return b.fillWith(b.entry(), name, n, ext)
}

// fillWith makes a queue like fill, with the given entry.
func (b *bench) fillWith(entry []byte, name string, n int, ext string) (queue, names string) {
	q := b.queue(name)
	return q, b.populate(q, entry, n, 0, ext, func(path string, entry []byte, _ int) error {
		return os.WriteFile(path, entry, 0o660)
	})
}

// links is the number of names that one file gets: ext4 has a limit of 65,000.
const links = 50_000

// link makes a queue like fill, but its names share a few files, because writing so many
// would take minutes. The measurements of such queues look at names.
func (b *bench) link(name string, n int, ext string) (queue, names string) {
	q := b.queue(name)
	return q, b.linkInto(q, n, 0, ext)
}

// linkInto adds such names to a queue. Each kind makes other names.
func (b *bench) linkInto(q string, n, kind int, ext string) (names string) {
	var source string
	return b.populate(q, b.entry(), n, kind, ext, func(path string, entry []byte, i int) error {
		if i%links == 0 {
			source = path
			return os.WriteFile(path, entry, 0o660)
		}
		return os.Link(source, path)
	})
}

func (b *bench) populate(q string, entry []byte, n, kind int, ext string, make func(path string, entry []byte, i int) error) (names string) {
	var list strings.Builder
	for i := range n {
		base := fmt.Sprintf("17%08d.5+%x%039x", i, kind, i)
		check(make(filepath.Join(q, base+ext), entry, i))
		list.WriteString(base + "\n")
	}
	return list.String()
}

// entry returns a 4 KiB entry as qenqueue writes it.
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

// forget removes what claims have noted of a queue, so that the next one lists it.
func forget(q string) {
	caches, err := filepath.Glob(filepath.Join(q, "switchboard.claims*"))
	check(err)
	for _, name := range caches {
		check(os.Remove(name))
	}
}
