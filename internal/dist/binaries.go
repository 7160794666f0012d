package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"

	"switchboard/internal/dist/build"
	"switchboard/internal/dist/packages"
)

// binaries makes the archives of the commands, and the packages, for as many systems at
// once as there are processors. Most of the time goes into compression, which uses one.
func (d *dist) binaries(targets []build.Target) error {
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	errs := make([]error, len(targets))
	var all sync.WaitGroup
	for i, t := range targets {
		all.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			if err := d.target(t); err != nil {
				errs[i] = fmt.Errorf("%s: %w", t, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
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
