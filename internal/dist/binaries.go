package main

import (
	"fmt"
	"path/filepath"

	"switchboard/internal/dist/build"
	"switchboard/internal/dist/packages"
)

// binaries makes the archives of the commands, and the packages.
func (d *dist) binaries(targets []build.Target) error {
	for _, t := range targets {
		if err := d.target(t); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	return nil
}

// target makes what a release has for one system and processor.
func (d *dist) target(t build.Target) error {
	work := filepath.Join(d.work, t.OS+"-"+t.Arch)
	bin := filepath.Join(work, "bin")
	if err := build.Commands(d.source, bin, t); err != nil {
		return err
	}
	if err := d.archive(t, bin, work); err != nil {
		return err
	}
	if t.OS != "linux" {
		return nil
	}
	return packages.Write(d.next, d.Release, t, d.source, bin, d.licences)
}
