//go:build !linux

package disk

import "time"

// Watch does not report names on this system.
type Watch struct{}

// NewWatch returns a Watch whose Wait returns after a second, so that its caller looks.
func NewWatch(path, suffix string) *Watch { return &Watch{} }

// Wait waits for a second, but at most for d.
func (w *Watch) Wait(d time.Duration) error {
	time.Sleep(min(d, time.Second))
	return nil
}

// Close does nothing.
func (w *Watch) Close() error { return nil }
