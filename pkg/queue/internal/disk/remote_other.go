//go:build !linux

package disk

// isLocal and refresh have no portable call.
func isLocal(fd int) bool  { return false }
func refresh(fd int) error { return nil }

func (d *osDir) Relinks() bool { return false }
