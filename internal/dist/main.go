// Dist makes a release of the commit that is checked out: archives of the sources and of
// the commands for each system, packages, and their checksums. Whoever runs it with the
// same Go on the same commit gets the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"syscall"

	"switchboard/internal/dist/build"
)

func main() {
	out := flag.String("o", "dist", "write into `DIRECTORY`, below the top of the checkout, and replace it")
	only := flag.String("only", "", "build only for these `SYSTEMS`, such as linux/amd64,freebsd/arm64")
	flag.Parse()
	syscall.Umask(0o022)
	if err := run(*out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", strings.TrimSpace(err.Error()))
		os.Exit(1)
	}
}

func run(out, only string) error {
	targets, err := build.Select(only)
	if err != nil {
		return err
	}
	d, err := begin(out)
	if d != nil {
		defer d.end()
	}
	if err != nil {
		return err
	}
	if err := d.sources(targets); err != nil {
		return err
	}
	if err := d.binaries(targets); err != nil {
		return err
	}
	if err := d.modules(); err != nil {
		return err
	}
	return d.finish()
}
