package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"switchboard/internal/dist/build"
	"switchboard/internal/dist/command"
	"switchboard/internal/dist/licences"
	"switchboard/internal/dist/release"
	"switchboard/internal/dist/sbom"
	"switchboard/internal/dist/source"
	"switchboard/internal/dist/tree"
)

// dist is a release that is being made.
type dist struct {
	release.Release
	root string // the checkout
	out  string // where the release will be
	next string // where it grows, next to it
	work string // what nobody needs afterwards

	source   string // the source tree, with its modules
	licences []licences.Module
	ended    sync.Once
}

// begin finds the release of the checkout that this program belongs to. The working
// directory is that of the program.
func begin(out string) (*dist, error) {
	const git = "a release is made from a git checkout"
	if _, err := exec.LookPath("git"); err != nil {
		return nil, errors.New(git + ", and git is not installed")
	}
	where, err := command.Run(".", nil, "git", "rev-parse", "--show-toplevel", "--show-prefix")
	root, below, _ := strings.Cut(where, "\n")
	if err != nil || below != "internal/dist/\n" {
		return nil, errors.New(git + ", and this is not one")
	}
	d := &dist{root: root, out: out}
	if d.Release, err = release.Read(d.root); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(d.out) {
		d.out = filepath.Join(d.root, d.out)
	}
	if err := replaceable(d.out); err != nil {
		return nil, err
	}
	if d.work, err = os.MkdirTemp("", "switchboard-dist-"); err != nil {
		return nil, err
	}
	d.next = d.out + ".part"
	d.endWhenStopped()
	if err = os.RemoveAll(d.next); err == nil {
		err = os.Mkdir(d.next, 0o755)
	}
	return d, err
}

// endWhenStopped removes what is left when somebody presses ^C.
func (d *dist) endWhenStopped() {
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-stopped
		d.end()
		os.Exit(1)
	}()
}

// replaceable checks that dir is empty or holds a release.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err == nil {
		if _, err = os.Stat(filepath.Join(dir, sums)); err != nil {
			err = fmt.Errorf("%s holds something else than a release: remove it first", dir)
		}
	}
	return err
}

// end removes what is left when a release failed or is complete. The second of two calls
// waits for the first, because the process ends after it.
func (d *dist) end() {
	d.ended.Do(func() {
		os.RemoveAll(d.next)
		os.RemoveAll(d.work)
	})
}

// sources makes the source tree, its archive, and the list of licences.
func (d *dist) sources(targets []build.Target) error {
	top := "switchboard-" + d.Name()
	d.source = filepath.Join(d.work, top)
	if err := source.Export(d.root, d.source); err != nil {
		return err
	}
	files, err := tree.Read(d.source)
	if err != nil {
		return err
	}
	archive, err := files.TarGz(top, d.Date)
	if err != nil {
		return err
	}
	if err := d.write(top+".tar.gz", archive); err != nil {
		return err
	}
	d.licences, err = licences.Collect(d.source, targets)
	return err
}

// modules writes the list of modules in the release.
func (d *dist) modules() error {
	list, err := sbom.Make(d.source, d.Release, d.licences)
	if err != nil {
		return err
	}
	return d.write("switchboard-"+d.Name()+".cdx.json", list)
}

// write writes a file of the release.
func (d *dist) write(name string, data []byte) error {
	return os.WriteFile(filepath.Join(d.next, name), data, 0o644)
}

// finish writes the checksums, and puts the release in the place of the one before.
func (d *dist) finish() error {
	if err := checksums(d.next); err != nil {
		return err
	}
	if err := os.RemoveAll(d.out); err != nil {
		return err
	}
	return os.Rename(d.next, d.out)
}
