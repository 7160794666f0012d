//go:build !linux

package disk

import (
	"context"
	"time"
)

// Watch does not report names on this system.
type Watch struct{}

// NewWatch returns a Watch whose Wait returns after a second, so that its caller looks.
func NewWatch(path, suffix string) *Watch { return &Watch{} }

// Wait waits for a second, but at most for d. If ctx is done before, it returns ctx's
// error.
func (w *Watch) Wait(ctx context.Context, d time.Duration) error { return pause(ctx, d) }

// Close does nothing.
func (w *Watch) Close() error { return nil }
