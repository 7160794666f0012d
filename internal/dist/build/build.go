// Package build builds the commands for other systems, and installs them below a
// directory. The Makefile says how.
package build

import (
	"switchboard/internal/dist/command"
	"switchboard/internal/dist/release"
)

// Commands builds the commands of the source tree for t into the directory bin.
func Commands(source, bin string, r release.Release, t Target) error {
	_, err := command.Run(source, []string{"GOOS=" + t.OS, "GOARCH=" + t.Arch, "GOPROXY=off"},
		"make", "build", "GO=go", "BIN="+bin, "VERSION="+r.Describe)
	return err
}

// Install installs what Commands built below the directory dest, as a package does on a
// distribution where Mailman has the given user.
func Install(source, bin, dest, user string) error {
	_, err := command.Run(source, nil,
		"make", "install", "GO=go", "BIN="+bin, "DESTDIR="+dest, "PREFIX=/usr", "PROGRAM_PREFIX=mm-", "MAILMAN_USER="+user)
	return err
}
