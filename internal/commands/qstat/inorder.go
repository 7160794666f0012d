package qstat

import (
	"cmp"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// work looks at one file and adds to the answer what there is to say. An error ends the
// queue.
type work func(file, *answer) error

// answer is what there is to say about some files: records for standard output and errors,
// in the order in which they are to be printed.
type answer struct {
	// text is the records' bytes.
	text  []byte
	parts []part
	// found is the entry that is being looked at.
	found found
}

// part is a record or an error.
type part struct {
	// end is where a record ends in text.
	end int
	err error
	// last means that the error ends the queue.
	last bool
}

// record makes what was added to text since the record before it a record.
func (a *answer) record() { a.parts = append(a.parts, part{end: len(a.text)}) }

// report adds an error after which the work goes on.
func (a *answer) report(err error) {
	a.parts = append(a.parts, part{end: len(a.text), err: err})
}

// print calls record and report for all that is in the answer, and empties it.
func (a *answer) print(record func([]byte) error, report func(error)) error {
	start := 0
	for _, p := range a.parts {
		switch {
		case p.last:
			return p.err
		case p.err != nil:
			report(p.err)
		default:
			if err := record(a.text[start:p.end]); err != nil {
				return err
			}
		}
		start = p.end
	}
	if cap(a.text) > 2*mostText {
		a.text = nil
	}
	clear(a.parts)
	a.text, a.parts = a.text[:0], a.parts[:0]
	return nil
}

const (
	// batchFiles is how many files a worker gets at a time.
	batchFiles = 128
	// mostText is how long an answer may become before it must be printed. It limits the
	// memory that batches take while they wait for those before them.
	mostText = 128 << 10
	// mostWorkers is the number of workers that the listing of names keeps busy.
	mostWorkers = 8
)

// batch is some files in order, and the answer about the first of them.
type batch struct {
	files []file
	// next is how many files the work was done for.
	next   int
	answer answer
	// ready says that a worker has returned the batch.
	ready chan struct{}
}

// crew has the work for the files of a queue done on all processors.
type crew struct {
	// workers, files and text are the limits above: tests have lower ones.
	workers, files, text int
	do                   work
	stop                 atomic.Bool
	// todo is nil before the first batch.
	todo    chan *batch
	running sync.WaitGroup
	// given are the batches that workers have, in order, and free those to be used again.
	given, free []*batch
}

// inOrder has do called for each file, by several goroutines, and prints the answers in the
// order of the files: it calls record for each record.
func (s *stat) inOrder(files iter.Seq2[file, error], do work, record func([]byte) error) error {
	c := &crew{workers: min(runtime.GOMAXPROCS(0), mostWorkers), files: batchFiles, text: mostText, do: do}
	return c.run(files, record, s.c.Report)
}

// run needs the same memory for any number of files. If it ends early, it waits for the
// workers, so no file stays open.
func (c *crew) run(files iter.Seq2[file, error], record func([]byte) error, report func(error)) error {
	defer c.end()
	if c.workers == 1 {
		c.files = 1
	}
	finish := func(b *batch) error {
		for {
			if err := b.answer.print(record, report); err != nil {
				return err
			}
			if b.next == len(b.files) {
				c.free = append(c.free, b)
				return nil
			}
			c.work(b)
		}
	}
	var (
		b      = c.empty()
		failed error
	)
	for f, err := range files {
		if err != nil {
			failed = err
			break
		}
		if b.files = append(b.files, f); len(b.files) < c.files {
			continue
		}
		if c.workers == 1 {
			c.work(b)
		} else if c.give(b); len(c.given) < cap(c.todo) {
			b = c.empty()
			continue
		} else {
			b = c.oldest()
		}
		if err := finish(b); err != nil {
			return err
		}
		b = c.empty()
	}
	// The last batch may be the only one, and is not worth a worker.
	c.work(b)
	for len(c.given) > 0 {
		if err := finish(c.oldest()); err != nil {
			return err
		}
	}
	return cmp.Or(finish(b), failed)
}

// work works until the answer is long enough.
func (c *crew) work(b *batch) {
	for b.next < len(b.files) && len(b.answer.text) < c.text && !c.stop.Load() {
		f := b.files[b.next]
		b.next++
		if err := c.do(f, &b.answer); err != nil {
			b.answer.parts = append(b.answer.parts, part{err: err, last: true})
			return
		}
	}
}

// empty returns a batch without files.
func (c *crew) empty() *batch {
	last := len(c.free) - 1
	if last < 0 {
		return &batch{ready: make(chan struct{}, 1)}
	}
	b := c.free[last]
	c.free = c.free[:last]
	b.files, b.next = b.files[:0], 0
	return b
}

// give gives a batch to the workers, and starts them with the first.
func (c *crew) give(b *batch) {
	if c.todo == nil {
		c.todo = make(chan *batch, 2*c.workers)
		for range c.workers {
			c.running.Go(func() {
				for b := range c.todo {
					c.work(b)
					// If a goroutine works for 10 ms, the runtime takes its processor
					// away during a system call, and then polls for more of them.
					runtime.Gosched()
					b.ready <- struct{}{}
				}
			})
		}
	}
	c.given = append(c.given, b)
	c.todo <- b
}

// oldest waits for the batch that was given first, and takes it back.
func (c *crew) oldest() *batch {
	b := c.given[0]
	c.given = slices.Delete(c.given, 0, 1)
	<-b.ready
	return b
}

// end stops the workers and waits for them.
func (c *crew) end() {
	c.stop.Store(true)
	if c.todo != nil {
		close(c.todo)
	}
	c.running.Wait()
}
