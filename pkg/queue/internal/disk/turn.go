package disk

import "runtime"

// turn counts the work of a goroutine, so that it yields every few milliseconds. After 10 ms
// the Go runtime would interrupt it, take its processor away in the middle of a system call,
// and then look for more such goroutines every 20 microseconds. That made a listing of a
// million names take a tenth longer.
type turn int

const (
	// A block of names takes the kernel some 300 microseconds, an entry whose file is
	// opened and renamed some 40.
	blockOfNames turn = 8
	changedEntry turn = 1
	// mostWork is the work after which a goroutine yields.
	mostWork turn = 128
)

func (t *turn) did(work turn) {
	if *t += work; *t >= mostWork {
		*t = 0
		runtime.Gosched()
	}
}
