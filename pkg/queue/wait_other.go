//go:build !linux

package queue

import "time"

// Watch waits for entries that become ready.
type Watch struct{ dir *Dir }

// Watch begins to watch for entries that become ready.
func (d *Dir) Watch() *Watch { return &Watch{dir: d} }

// wait waits for a second, after which it is time to look.
func (w *Watch) wait(d time.Duration) error {
	time.Sleep(min(d, time.Second))
	return nil
}

// Close ends the watch.
func (w *Watch) Close() error { return nil }
