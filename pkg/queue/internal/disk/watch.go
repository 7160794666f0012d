package disk

import (
	"context"
	"time"
)

// pause waits for a second, but at most for d, on systems that do not report names. If
// ctx is done before, it returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(min(d, time.Second))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
