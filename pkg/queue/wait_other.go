//go:build !linux

package queue

import "time"

// Watch waits for entries that become ready.
type Watch struct{}

// Watch begins to watch for entries that become ready.
func (d *Dir) Watch() (*Watch, error) { return &Watch{}, nil }

// Wait waits for a second, after which it is time to look. ErrTimeout when the
// deadline has passed.
func (w *Watch) Wait(deadline time.Time) error {
	d, err := until(deadline)
	if err == nil {
		time.Sleep(min(d, time.Second))
	}
	return err
}

// Close ends the watch.
func (w *Watch) Close() error { return nil }
