//go:build !linux

package postgres

// memory reports that there is no directory in memory.
func memory() (dir string, ok bool) { return "", false }
