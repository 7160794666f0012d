package guest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"switchboard/test/checkout"
	"switchboard/test/harness/guest/wire"
)

// buildInit builds the first process of all guests, once per test process.
var buildInit = sync.OnceValues(func() (string, error) {
	project, err := checkout.Root()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "switchboard-init-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "init")
	cmd := exec.Command("go", "build", "-o", file, "./test/harness/guest/init")
	cmd.Dir = project
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("init does not build: %w\n%s", err, out)
	}
	return file, nil
})

// writeRoot writes the archive of which the kernel makes the guest's root.
func writeRoot(to string, o Options, m *modules, boot []string) (err error) {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(f)
	a := &archive{w: buffered, made: map[string]bool{}}
	defer func() { err = errors.Join(err, buffered.Flush(), f.Close()) }()
	// Go's runtime does not start without these.
	a.device("dev/console", 5, 1)
	a.device("dev/null", 1, 3)
	init, err := buildInit()
	if err != nil {
		return err
	}
	list, err := m.all(o, boot)
	if err != nil {
		return err
	}
	files := map[string]string{"init": init}
	for _, name := range list {
		files[moduleDir+name+".ko"] = m.files[name]
	}
	maps.Copy(files, o.Files)
	for to, from := range files {
		if err := a.copy(to, from); err != nil {
			return err
		}
	}
	var paths strings.Builder
	for _, name := range boot {
		paths.WriteString(moduleDir + name + ".ko\n")
	}
	a.file(wire.BootModules, 0o644, int64(paths.Len()), strings.NewReader(paths.String()))
	for _, tree := range o.Trees {
		if err := a.tree(tree); err != nil {
			return err
		}
	}
	a.entry("TRAILER!!!", 0, 0, 0, 0)
	return a.err
}

// archive writes the format newc of cpio(5): a header of hexadecimal numbers, a name, and the
// content, each filled up to a multiple of four bytes.
type archive struct {
	w       io.Writer
	written int64
	inode   int
	made    map[string]bool
	err     error
}

const (
	typeLink      = 0o120000
	typeRegular   = 0o100000
	typeDirectory = 0o040000
	typeCharacter = 0o020000
)

func (a *archive) entry(name string, mode uint32, size int64, major, minor int) {
	a.inode++
	a.printf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		a.inode, mode, 0, 0, 1, 0, size, 0, 0, major, minor, len(name)+1, 0, name)
	a.fill()
}

func (a *archive) printf(format string, args ...any) {
	if a.err == nil {
		var n int
		n, a.err = fmt.Fprintf(a.w, format, args...)
		a.written += int64(n)
	}
}

func (a *archive) fill() { a.printf("%s", "\x00\x00\x00"[:-a.written&3]) }

// parents adds the directories that lead to a path, and returns the path as the archive has it.
func (a *archive) parents(name string) string {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if dir := path.Dir(name); dir != "." {
		a.directory(dir)
	}
	return name
}

func (a *archive) directory(name string) {
	name = a.parents(name)
	if !a.made[name] && name != "" {
		a.made[name] = true
		a.entry(name, typeDirectory|0o755, 0, 0, 0)
	}
}

func (a *archive) device(name string, major, minor int) {
	a.entry(a.parents(name), typeCharacter|0o666, 0, major, minor)
}

func (a *archive) file(name string, mode fs.FileMode, size int64, content io.Reader) {
	a.entry(a.parents(name), typeRegular|uint32(mode.Perm()), size, 0, 0)
	if a.err == nil {
		var n int64
		n, a.err = io.CopyN(a.w, content, size)
		a.written += n
	}
	a.fill()
}

// copy adds a file of this machine.
func (a *archive) copy(to, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	a.file(to, info.Mode(), info.Size(), f)
	return a.err
}

// tree adds what is in a directory.
func (a *archive) tree(dir string) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		switch {
		case e.IsDir():
			a.directory(to)
		case e.Type().IsRegular():
			return a.copy(to, name)
		case e.Type() == fs.ModeSymlink:
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			a.entry(a.parents(to), typeLink|0o777, int64(len(target)), 0, 0)
			a.printf("%s", target)
			a.fill()
		}
		return a.err
	})
}
