package qdeliver

import (
	"errors"
	"io/fs"
	"os"

	"switchboard/internal/cmdline"
	"switchboard/pkg/config"
	"switchboard/pkg/deliver"
	"switchboard/pkg/queue"
)

// queue sends what is in the queue that the operand names, and what is due in the retry queue
// beside it.
func (o *options) queue(c *cmdline.Context, settings deliver.Options) error {
	dir, about, err := c.OpenAndWait(o.wait, c.Args[0])
	if err != nil {
		return err
	}
	settings.Retry = func() (queue.Queue, error) { return openRetry(c, dir) }
	r := o.begin(c, settings)
	run := r.options(dir, about)
	run.Slice, run.Wait, run.MinAge = o.Slice.Value, o.wait, o.MinAge.Value
	run.Feed = r.deliverer.Feed(dir)
	return r.end(r.run(dir, run))
}

// openRetry opens the retry queue of dir. It returns nil if there is none, or if dir is the
// retry queue itself.
func openRetry(c *cmdline.Context, dir queue.Queue) (queue.Queue, error) {
	path := dir.RetryPath()
	if config.Scheme(path) != "" {
		if path == dir.Path() {
			return nil, nil
		}
		retry, _, err := c.Open(path)
		return retry, err
	}
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if here, err := os.Stat(dir.Path()); err == nil && there != nil && os.SameFile(here, there) {
		return nil, nil
	}
	// If the path cannot be looked at, Open says why, or finds that nothing is there.
	retry, _, err := c.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return retry, err
}
