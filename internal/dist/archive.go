package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"switchboard/internal/dist/build"
	"switchboard/internal/dist/licences"
	"switchboard/internal/dist/tree"
)

//go:embed INSTALL
var install []byte

// papers are the files of the source tree that go with the commands.
var papers = []string{"CHANGELOG.md", "COMPATIBILITY.md", "LICENSE", "README.md", "SECURITY.md"}

// archive writes the archive of what Commands built into bin. It has the tree that
// belongs below /usr/local, so that nobody needs make to install it.
func (d *dist) archive(t build.Target, bin, work string) error {
	root := filepath.Join(work, "local")
	if err := build.Install(d.source, bin, root, "PREFIX=/usr/local", "PROGRAM_PREFIX=", "MAILMAN_USER=list"); err != nil {
		return err
	}
	files, err := tree.Read(filepath.Join(root, "usr/local"))
	if err != nil {
		return err
	}
	for _, name := range papers {
		text, err := os.ReadFile(filepath.Join(d.source, name))
		if err != nil {
			return err
		}
		files.Add(name, text)
	}
	files.Add("INSTALL", install)
	files.Add("LICENSES", licences.File(d.licences))
	top := fmt.Sprintf("switchboard-%s-%s-%s", d.Name(), t.OS, t.Arch)
	data, err := files.TarGz(top, d.Date)
	if err != nil {
		return err
	}
	return d.write(top+".tar.gz", data)
}
