//go:build !linux

package disk

import "time"

// Watch cannot be told of names on this system.
type Watch struct{}

// NewWatch begins to watch a directory for names that end in suffix.
func NewWatch(path, suffix string) *Watch { return &Watch{} }

// Wait waits for a second, after which it is time to look.
func (w *Watch) Wait(d time.Duration) error {
	time.Sleep(min(d, time.Second))
	return nil
}

// Close ends the watch.
func (w *Watch) Close() error { return nil }
