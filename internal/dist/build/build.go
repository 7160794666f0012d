// Package build builds the commands for other systems, and installs them below a
// directory. The Makefile says how.
package build

import "switchboard/internal/dist/command"

// Commands builds the commands of the source tree for t into the directory bin. Whoever
// runs make in an archive of the sources gets the same.
func Commands(source, bin string, t Target) error {
	_, err := command.Run(source, []string{"GOOS=" + t.OS, "GOARCH=" + t.Arch, "GOPROXY=off"},
		"make", "build", "GO=go", "BIN="+bin, "VERSION=")
	return err
}

// Install installs what Commands built below the directory dest. The variables are
// those of make install.
func Install(source, bin, dest string, variables ...string) error {
	args := []string{"install", "GO=go", "BIN=" + bin, "DESTDIR=" + dest, "MANDIR=$(PREFIX)/share/man"}
	_, err := command.Run(source, nil, "make", append(args, variables...)...)
	return err
}
