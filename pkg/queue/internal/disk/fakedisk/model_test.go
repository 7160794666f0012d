package fakedisk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"switchboard/pkg/queue/internal/disk"
	"switchboard/pkg/queue/internal/disk/disktest"
)

// TestModel compares the fake disk with the kernel: the same random calls must give the
// same results and errors on both.
func TestModel(t *testing.T) {
	t.Parallel()
	other := disktest.OtherFilesystem(t)
	rapid.Check(t, func(rt *rapid.T) {
		base, err := os.MkdirTemp(t.TempDir(), "")
		must(rt, err)
		dirs := []string{base + "/a", base + "/b"}
		fake := New()
		fake.Mkdir("/a", os.Getuid(), os.Getgid())
		fake.Mkdir("/b", os.Getuid(), os.Getgid())
		if other != "" {
			far, err := os.MkdirTemp(other, "")
			must(rt, err)
			defer os.RemoveAll(far)
			dirs = append(dirs, far)
			fake.Mount("/c", os.Getuid(), os.Getgid())
		}
		p := &pair{t: rt, disk: fake, paths: dirs, sys: &Process{Disk: fake, ID: 1, UID: os.Getuid(), GID: os.Getgid()}}
		for i, path := range dirs {
			if i < 2 {
				must(rt, os.Mkdir(path, 0o770))
			}
			real, err := disk.OS{}.OpenDir(path)
			must(rt, err)
			model, err := p.sys.OpenDir(memPaths[i])
			must(rt, err)
			defer real.Close()
			p.dirs = append(p.dirs, [2]disk.Dir{real, model})
		}
		defer func() {
			for _, f := range p.files {
				f[0].Close()
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"create":   p.create,
			"open":     p.open,
			"rename":   p.rename,
			"replace":  p.replace,
			"link":     p.hardLink,
			"exchange": p.exchange,
			"unlink":   p.unlink,
			"rmdir":    p.rmdir,
			"stray":    p.stray,
			"backup":   p.link,
			"write":    p.write,
			"truncate": p.truncate,
			"lock":     p.lock,
			"close":    p.closeFile,
			"":         p.compare,
		})
	})
}

var memPaths = []string{"/a", "/b", "/c"}

// pair is one state on both disks: the kernel's first, then the model's.
type pair struct {
	t     *rapid.T
	disk  *Disk
	sys   *Process
	paths []string
	dirs  [][2]disk.Dir
	files [][2]disk.File
}

func (p *pair) dir(t *rapid.T) int { return rapid.IntRange(0, len(p.dirs)-1).Draw(t, "dir") }
func name(t *rapid.T) string       { return rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "name") }

func (p *pair) same(t *rapid.T, what string, real, model error) {
	if real != model {
		t.Fatalf("%s: the kernel says %v, the model %v", what, real, model)
	}
}

func (p *pair) create(t *rapid.T) {
	d, n := p.dirs[p.dir(t)], name(t)
	f, err := d[0].Create(n)
	g, err2 := d[1].Create(n)
	p.same(t, "create", err, err2)
	if err == nil {
		p.files = append(p.files, [2]disk.File{f, g})
	}
}

func (p *pair) open(t *rapid.T) {
	d, n := p.dirs[p.dir(t)], name(t)
	how := rapid.SampledFrom([]func(disk.Dir, string) (disk.File, error){disk.Dir.Open, disk.Dir.OpenRW}).Draw(t, "how")
	f, err := how(d[0], n)
	g, err2 := how(d[1], n)
	p.same(t, "open", err, err2)
	if err == nil {
		p.files = append(p.files, [2]disk.File{f, g})
	}
}

func (p *pair) rename(t *rapid.T) {
	d, e, n, m := p.dirs[p.dir(t)], p.dirs[p.dir(t)], name(t), name(t)
	p.same(t, "rename", d[0].Rename(n, e[0], m), d[1].Rename(n, e[1], m))
}

func (p *pair) replace(t *rapid.T) {
	d, e, n, m := p.dirs[p.dir(t)], p.dirs[p.dir(t)], name(t), name(t)
	for _, there := range []*Inode{d[1].(*Dir).Inode.Names[n], e[1].(*Dir).Inode.Names[m]} {
		if there != nil && there.Kind != unix.S_IFREG {
			t.Skip("no file of ours")
		}
	}
	p.same(t, "replace", d[0].Replace(n, e[0], m), d[1].Replace(n, e[1], m))
}

func (p *pair) hardLink(t *rapid.T) {
	d, n, m := p.dirs[p.dir(t)], name(t), name(t)
	p.same(t, "link", d[0].Link(n, m), d[1].Link(n, m))
}

func (p *pair) exchange(t *rapid.T) {
	d, n, m := p.dirs[p.dir(t)], name(t), name(t)
	p.same(t, "exchange", d[0].Exchange(n, m), d[1].Exchange(n, m))
}

func (p *pair) unlink(t *rapid.T) {
	d, n := p.dirs[p.dir(t)], name(t)
	p.same(t, "unlink", d[0].Unlink(n), d[1].Unlink(n))
}

func (p *pair) rmdir(t *rapid.T) {
	d, n := p.dirs[p.dir(t)], name(t)
	p.same(t, "rmdir", d[0].Rmdir(n), d[1].Rmdir(n))
}

// stray makes a file of a kind that other programs may leave in a queue.
func (p *pair) stray(t *rapid.T) {
	i, n := p.dir(t), name(t)
	path, twin := filepath.Join(p.paths[i], n), memPaths[i]+"/"+n
	if p.disk.Lookup(memPaths[i]).Names[n] != nil {
		t.Skip("taken")
	}
	kind := rapid.SampledFrom([]uint32{unix.S_IFLNK, unix.S_IFIFO, unix.S_IFDIR, unix.S_IFSOCK}).Draw(t, "kind")
	switch kind {
	case unix.S_IFLNK:
		must(t, os.Symlink("nowhere", path))
	case unix.S_IFDIR:
		must(t, os.Mkdir(path, 0o700))
	default:
		must(t, unix.Mknod(path, kind|0o600, 0))
	}
	p.disk.Place(twin, kind, 0o600, os.Getuid(), os.Getgid()).Target = "/nowhere"
}

func (p *pair) link(t *rapid.T) {
	i, n, m := p.dir(t), name(t), name(t)
	names := p.disk.Lookup(memPaths[i]).Names
	if names[n] == nil || names[n].Kind != unix.S_IFREG || names[m] != nil {
		t.Skip("nothing to link")
	}
	must(t, os.Link(filepath.Join(p.paths[i], n), filepath.Join(p.paths[i], m)))
	p.disk.Link(memPaths[i]+"/"+n, memPaths[i]+"/"+m)
}

func (p *pair) file(t *rapid.T) [2]disk.File {
	if len(p.files) == 0 {
		t.Skip("nothing open")
	}
	return p.files[rapid.IntRange(0, len(p.files)-1).Draw(t, "file")]
}

// regular says whether a file can be read and written at an offset.
func regular(f disk.File) bool { return f.(*File).inode.Kind == unix.S_IFREG }

func (p *pair) write(t *rapid.T) {
	f := p.file(t)
	if !regular(f[1]) {
		t.Skip("no regular file")
	}
	data := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "data")
	off := rapid.Int64Range(0, 30).Draw(t, "offset")
	n, err := f[0].WriteAt(data, off)
	m, err2 := f[1].WriteAt(data, off)
	p.same(t, "write", err, err2)
	if n != m {
		t.Fatalf("write: %d and %d bytes", n, m)
	}
}

func (p *pair) truncate(t *rapid.T) {
	f := p.file(t)
	if !regular(f[1]) {
		t.Skip("no regular file")
	}
	size := rapid.Int64Range(0, 30).Draw(t, "size")
	p.same(t, "truncate", f[0].Truncate(size), f[1].Truncate(size))
}

func (p *pair) lock(t *rapid.T) {
	f := p.file(t)
	if !regular(f[1]) {
		t.Skip("no regular file")
	}
	how := rapid.SampledFrom([]func(disk.File) (bool, error){disk.File.Lock, disk.File.LockShared, func(f disk.File) (bool, error) {
		return true, f.Unlock()
	}}).Draw(t, "how")
	real, err := how(f[0])
	model, err2 := how(f[1])
	p.same(t, "lock", err, err2)
	if real != model {
		t.Fatalf("lock: the kernel says %v, the model %v", real, model)
	}
	if f[1].(*File).inode.opened == 1 != f[1].Unused() {
		t.Fatal("a file that is open once is in use")
	}
}

func (p *pair) closeFile(t *rapid.T) {
	f := p.file(t)
	p.files = slices.DeleteFunc(p.files, func(g [2]disk.File) bool { return g == f })
	p.same(t, "close", f[0].Close(), f[1].Close())
}

func (p *pair) compare(t *rapid.T) {
	for i, d := range p.dirs {
		var trees [2]string
		for side := range d {
			trees[side] = listing(t, d[side])
		}
		if trees[0] != trees[1] {
			t.Fatalf("%s: the kernel has\n%sthe model\n%s", memPaths[i], trees[0], trees[1])
		}
	}
}

// listing returns the content and the attributes of a directory.
func listing(t *rapid.T, d disk.Dir) (text string) {
	var names []string
	must(t, d.Read(func(name []byte, regular bool) error {
		names = append(names, fmt.Sprint(string(name), " ", regular))
		return nil
	}))
	slices.Sort(names)
	for _, line := range names {
		n := line[:1]
		st, err := d.Lstat(n)
		must(t, err)
		text += fmt.Sprintf("%s %o", line, st.Mode&unix.S_IFMT)
		if st.Regular() {
			f, err := d.Open(n)
			must(t, err)
			content := make([]byte, 64)
			size, err := f.ReadAt(content, 0)
			if err != nil && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			must(t, f.Close())
			text += fmt.Sprintf(" %d links, %o, %x", st.Nlink, st.Mode, content[:size])
		}
		text += "\n"
	}
	return text
}
