//go:build !linux

package disk

func writeBack(fd int) {}

// SyncFS is nil, because no call on this system syncs a filesystem and reports failure.
func (d *osDir) SyncFS() func() error { return nil }
