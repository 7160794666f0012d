// Package packages makes the packages for Debian, Fedora and Alpine.
//
// [Write] takes what "make install" installs with the prefix mm-, moves each file to where
// the distribution wants it, and adds the configuration, the scripts that the package
// manager runs, and the licences. switchboard-pg is a package of its own.
package packages

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/apk" // registers the format
	_ "github.com/goreleaser/nfpm/v2/deb" // registers the format
	_ "github.com/goreleaser/nfpm/v2/rpm" // registers the format

	"switchboard/internal/dist/build"
	"switchboard/internal/dist/licences"
	"switchboard/internal/dist/release"
	"switchboard/internal/dist/tree"
)

// material is what packages are made of.
type material struct {
	release release.Release
	arch    string
	// files are those that "make install" installs.
	files   tree.Tree
	modules []licences.Module
	// licence is that of switchboard itself, and changes is its changelog.
	licence, changes []byte
}

// Write writes the packages of a release for one system to the directory out. source is
// the tree of the sources, and bin has the commands that were built from it.
func Write(out string, r release.Release, t build.Target, source, bin string, modules []licences.Module) error {
	m := material{release: r, arch: t.Arch, modules: modules}
	var err error
	if m.licence, err = os.ReadFile(filepath.Join(source, "LICENSE")); err != nil {
		return err
	}
	if m.changes, err = os.ReadFile(filepath.Join(source, "CHANGELOG.md")); err != nil {
		return err
	}
	// Nearly all of the time goes into compression, which keeps one processor busy.
	var all sync.WaitGroup
	errs := make([]error, len(distributions)*len(parts))
	for i, d := range distributions {
		m := m
		if m.files, err = installed(source, bin, d.user); err != nil {
			errs[i*len(parts)] = err
			break
		}
		for j, p := range parts {
			all.Go(func() {
				if err := write(out, d, p, m); err != nil {
					errs[i*len(parts)+j] = fmt.Errorf("%s for %s: %w", p.name, d.name, err)
				}
			})
		}
	}
	all.Wait()
	return errors.Join(errs...)
}

// installed returns what "make install" installs where Mailman has the given user.
func installed(source, bin, user string) (tree.Tree, error) {
	dir, err := os.MkdirTemp("", "switchboard-installed-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := build.Install(source, bin, dir, "PREFIX=/usr", "PROGRAM_PREFIX=mm-", "MAILMAN_USER="+user); err != nil {
		return nil, err
	}
	return tree.Read(dir)
}

// part is one of the packages into which the files are divided.
type part struct {
	name, summary, description string
	// has reports whether a file of the tree belongs to this package.
	has func(file string) bool
}

// parts are the packages.
var parts = []part{
	{
		name:    "switchboard",
		summary: "commands for the queue directories of GNU Mailman",
		description: `These commands look into the queues of Mailman 2.1 and Mailman 3, hold, release
and delete mail, take it out, put it in, send it, and repair a queue, without
losing any. They read queue files as data, and need no Python.

Their names begin with mm-, because grid engines also have a qstat and a qmove.`,
		has: func(file string) bool { return !ofPG(file) },
	},
	{
		name:    "switchboard-pg",
		summary: "Mailman's queues in PostgreSQL, for several machines",
		description: `With this program the commands of the package switchboard work on queues in
PostgreSQL, which any number of machines can share. With synchronous standbys
the loss of a machine loses no mail.`,
		has: ofPG,
	},
}

// ofPG reports whether a file is only of use with a database.
func ofPG(file string) bool {
	name := path.Base(file)
	return strings.Contains(name, "switchboard-pg") || name == "pool.conf" || name == "qmove@.service"
}

// maintainer is who made the package. The project has no mail address.
const maintainer = "The switchboard authors <switchboard@localhost>"

// compression is that of deb and rpm.
var compression = "xz"

// write writes one package.
func write(out string, d distribution, p part, m material) error {
	dir, err := os.MkdirTemp("", "switchboard-package-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := d.layout(p, m)
	if err != nil {
		return err
	}
	s := stage{dir: dir, date: m.release.Date}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: p.name, Arch: goArch(m.arch), Platform: "linux",
		Version: d.version(m.release), VersionSchema: "none", Release: d.revision,
		Section: "mail", Priority: "optional", Maintainer: maintainer, Vendor: "The switchboard authors",
		Description: p.summary, License: "BSD-2-Clause AND BSD-3-Clause AND MIT", MTime: m.release.Date,
	})
	// No shell expands names in this.
	info.DisableGlobbing = true
	d.describe(info, p)
	if info.Contents, err = s.contents(files); err != nil {
		return err
	}
	if err := d.addScripts(info, s, p, files); err != nil {
		return err
	}
	packager, err := nfpm.Get(d.format)
	if err != nil {
		return err
	}
	w, err := os.Create(filepath.Join(out, packager.ConventionalFileName(info)))
	if err != nil {
		return err
	}
	defer w.Close()
	if err := packager.Package(info, w); err != nil {
		return err
	}
	return w.Close()
}

// goArch is the architecture as nfpm names it: Go's own name, with the level of arm that
// the programs are built for.
func goArch(arch string) string {
	if arch == "arm" {
		return "arm6"
	}
	return arch
}
