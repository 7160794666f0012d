//go:build !linux

package disk

func (d *osDir) Reserve(files int) {}
