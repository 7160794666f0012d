//go:build !linux

package disk

// holders are unknown on this system.
type holders struct{}

func (d *osDir) Holders(File) string { return "" }
