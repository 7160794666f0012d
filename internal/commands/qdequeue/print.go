package qdequeue

import (
	"errors"
	"fmt"
	"math"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// atOnce is the most bytes of paths that are written at once: a pipe takes that many whole
// or not at all (PIPE_BUF). mostHeld is the limit on claims that are held open until they
// are printed together: it takes the kernel long to grow a process's table beyond 64 files.
const (
	atOnce   = 4096
	mostHeld = 48
)

// printer prints claims. It requeues a claim that it cannot print, because nobody would
// handle it.
type printer struct {
	c    *cmdline.Context
	json bool
	// each means that every claim is printed before the next one is made.
	each   bool
	held   []held
	length int
}

// held is a claim whose path has not been written yet.
type held struct {
	dir   queue.Queue
	claim *queue.Claim
	// end is the position of the end of its record in the output.
	end int
}

// add prints a claim, at once or together with later ones.
func (p *printer) add(dir queue.Queue, claim *queue.Claim) error {
	path := claim.Path()
	if len(p.held) > 0 && p.length+len(path)+1 > atOnce {
		if err := p.flush(); err != nil {
			return errors.Join(err, requeue(dir, claim))
		}
	}
	var err error
	before := p.c.Written()
	if p.json {
		err = p.c.JSON(cmdline.Record{Path: path, Queue: dir.Path(), ID: claim.ID, Content: claim.Content, Message: true})
	} else {
		err = p.c.Println(path)
	}
	// The next claim is read into the same memory.
	claim.Content.Release()
	if errors.Is(err, queue.ErrMalformed) && p.c.Written() == before {
		// JSON cannot express the metadata or the message. Nothing was printed yet.
		return preserve(claim, err)
	}
	p.length += int(p.c.Written() - before)
	end := int(p.c.Written())
	if err != nil {
		end = math.MaxInt // the record never counts as written
	}
	p.held = append(p.held, held{dir, claim, end})
	if err != nil {
		return errors.Join(err, p.requeue())
	}
	if p.each || p.json || len(p.held) >= mostHeld {
		return p.flush()
	}
	return nil
}

// preserve preserves a claim that cannot be printed, like an unreadable one, and returns an
// error that says so.
func preserve(claim *queue.Claim, why error) error {
	path := claim.Path()
	to, err := claim.Preserve()
	if err != nil {
		return errors.Join(why, err)
	}
	return &queue.Error{Path: path, Err: fmt.Errorf("%w; preserved as %s", queue.Cause(why), to)}
}

// flush writes the records of the claims that are held.
func (p *printer) flush() error {
	if err := p.c.Flush(); err != nil {
		return errors.Join(err, p.requeue())
	}
	var errs []error
	for _, h := range p.held {
		errs = append(errs, h.claim.Close())
	}
	p.held, p.length = p.held[:0], 0
	return errors.Join(errs...)
}

// requeue requeues the claims whose records were not completely written.
func (p *printer) requeue() error {
	var errs []error
	for _, h := range p.held {
		if h.end <= p.c.Delivered() {
			errs = append(errs, h.claim.Close())
			continue
		}
		errs = append(errs, requeue(h.dir, h.claim))
	}
	p.held = nil
	return errors.Join(errs...)
}

func requeue(dir queue.Queue, claim *queue.Claim) error {
	err := claim.Requeue()
	if synced := dir.Sync(); synced != nil {
		return errors.Join(err, synced)
	}
	claim.Trace()
	return err
}
