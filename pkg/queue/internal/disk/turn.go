package disk

import (
	"runtime"
	"sync/atomic"
)

// turn counts the work of a goroutine, so that it yields every few milliseconds. After 10 ms
// the Go runtime would interrupt it, take its processor away in the middle of a system call,
// and then look for more such goroutines every 20 microseconds. That made a listing of a
// million names take a tenth longer.
type turn struct{ work atomic.Int32 }

const (
	// A block of names takes the kernel some 300 microseconds, an entry whose file is
	// opened and renamed some 40.
	blockOfNames = 8
	changedEntry = 1
	// mostWork is the work after which a goroutine yields.
	mostWork = 128
)

func (t *turn) did(work int32) {
	if t.work.Add(work) >= mostWork {
		t.work.Store(0)
		runtime.Gosched()
	}
}
