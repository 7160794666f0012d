// Package claims is the claim cache of a deep queue. It is a hint, and never the truth.
//
// A cache is a file in the queue with the names of its oldest ready entries, in order,
// and how many of them have been handed out. With it a process that wants one entry
// need not list a hundred thousand. Who has an entry is decided by the rename that
// claims it; a name that has gone is passed over. A cache that is old, torn, hostile or
// used up is dropped for a listing of the directory, of which the next one is made. It
// is never synced, and failing to write one is not an error.
//
// Each slice of the queue has a cache of its own. All of them count only while the
// generation in their header is that of the queue's first cache, the one without a
// slice: whoever makes an entry ready that belongs before the last name in any of them
// ends all of them at once by removing that one file. See [Outdate].
package claims

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

const (
	// Name is the file name of the first cache. A slice's has -I-N behind it.
	Name = "switchboard.claims"
	// Deep is the number of ready entries from which on a listing is worth a cache.
	Deep = 512
	// Most is how many names a cache holds.
	Most = 16 << 10
	// Life bounds for how long entries are passed over that others put before the last
	// name without removing the cache: a Mailman, or a person.
	Life = time.Minute
	// BigDirectory is the size from which on the directory of an empty queue is slow to
	// read: those of ext4 do not shrink.
	BigDirectory = 1 << 20
	// quiet is how long ago a directory must have changed for its time of change to say
	// that it has not changed since: clocks tick in milliseconds.
	quiet = 2 * time.Second
)

// Dir is what a cache needs of its queue's directory.
type Dir interface {
	Stat() (disk.Stat, error)
	Lstat(name string) (disk.Stat, error)
	OpenRW(name string) (disk.File, error)
	Unlink(name string) error
	// ReplaceFile makes a file that takes the place of an older one, if there is one, and
	// says whether it could. The file may be lost at any time.
	ReplaceFile(name string, content []byte) bool
	Now() time.Time
}

// Cache is the cache of one slice of a queue.
type Cache struct {
	dir  Dir
	name string
}

// Of is the cache of slice index of count. Count 0 or 1 stands for the whole queue,
// whose cache is the first one.
func Of(dir Dir, index, count uint64) Cache {
	if count <= 1 {
		return Cache{dir, Name}
	}
	return Cache{dir, fmt.Sprintf("%s-%d-%d", Name, index, count)}
}

// first says whether this is the queue's first cache.
func (c Cache) first() bool { return c.name == Name }

// Hint is what a cache knows.
type Hint struct {
	// Names are the file bases of the oldest ready entries. The file may have been written
	// by anybody: they are no more than text.
	Names []string
	// Empty says that nothing is ready in the whole queue.
	Empty bool
}

// Take hands out the next n names, or what is left of them. ok is false if there is no
// cache that can be used.
func (c Cache) Take(n int) (hint Hint, ok bool) {
	f, ok := c.open()
	if !ok {
		return Hint{}, false
	}
	defer f.Close()
	h, ok := readHeader(f)
	if !ok {
		return Hint{}, false
	}
	if h.Changed != 0 {
		st, err := c.dir.Stat()
		empty := err == nil && h.Count == 0 && st.Size >= BigDirectory && st.ModTime.UnixNano() == h.Changed
		return Hint{Empty: empty}, empty
	}
	if !h.fresh(c.dir.Now()) || h.Next == h.Count || !c.current(h.Generation) {
		return Hint{}, false
	}
	n = int(min(uint64(n), h.Count-h.Next))
	names, ok := readNames(f, h.Next, n)
	if !ok {
		return Hint{}, false
	}
	var next [8]byte
	binary.LittleEndian.PutUint64(next[:], h.Next+uint64(n))
	if _, err := f.WriteAt(next[:], nextAt); err != nil {
		return Hint{}, false
	}
	return Hint{Names: names}, true
}

// readNames reads n names from the one of that number on.
func readNames(f disk.File, from uint64, n int) ([]string, bool) {
	buf := make([]byte, n*recordSize)
	if _, err := f.ReadAt(buf, headerSize+int64(from)*recordSize); err != nil {
		return nil, false
	}
	names := make([]string, n)
	for i := range names {
		names[i] = string(bytes.TrimRight(buf[i*recordSize:][:recordSize], "\n"))
	}
	return names, true
}

// open opens the cache and takes its lock, which is held for microseconds: who cannot
// have it soon does without.
func (c Cache) open() (f disk.File, ok bool) {
	f, err := c.dir.OpenRW(c.name)
	if err != nil {
		return nil, false
	}
	// A second name of the file is somebody's link, to what is not ours to write.
	if st, err := f.Stat(); err == nil && st.Regular() && st.Nlink == 1 {
		for range 50 {
			if locked, err := f.Lock(); err != nil {
				break
			} else if locked {
				return f, true
			}
			time.Sleep(time.Millisecond)
		}
	}
	f.Close()
	return nil, false
}

// current says whether a generation is still that of the queue's first cache.
func (c Cache) current(generation uint64) bool {
	if c.first() {
		return true
	}
	f, err := c.dir.OpenRW(Name)
	if err != nil {
		return false
	}
	defer f.Close()
	h, ok := readHeader(f)
	return ok && h.Generation == generation
}

// Listing is the oldest ready entries of a slice, in order.
type Listing struct {
	// Names are the file bases, Count of them and at least one.
	Names iter.Seq[string]
	Count int
	// Last is the time in the last name.
	Last float64
	// Taken is how many of them, from the first on, the caller keeps for itself.
	Taken int
}

// Put makes the cache of a listing, in place of the one before. Without room for a name
// it makes none.
func (c Cache) Put(l Listing) {
	h := header{
		Magic: magic, Generation: randomGeneration(), Built: c.dir.Now().UnixNano(),
		Count: uint64(l.Count), Next: uint64(l.Taken), Tail: math.Float64bits(l.Last),
	}
	if !c.first() {
		generation, ok := c.join(h)
		if !ok {
			return
		}
		h.Generation = generation
	}
	buf := append(make([]byte, 0, headerSize+l.Count*recordSize), h.marshal()...)
	for name := range l.Names {
		if len(name) >= recordSize {
			return
		}
		buf = append(buf, name...)
		for range recordSize - len(name) {
			buf = append(buf, '\n')
		}
	}
	c.dir.ReplaceFile(c.name, buf)
}

func randomGeneration() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// join gives the generation for a slice's new cache, and notes in the queue's first one
// how far it reaches. A first one that is of no use is replaced by one without names.
func (c Cache) join(slice header) (generation uint64, ok bool) {
	first := Cache{c.dir, Name}
	if f, ok := first.open(); ok {
		defer f.Close()
		if h, ok := readHeader(f); ok && h.Changed == 0 {
			if h.tail() < slice.tail() {
				h.Tail = slice.Tail
				if _, err := f.WriteAt(h.marshal(), 0); err != nil {
					return 0, false
				}
			}
			return h.Generation, true
		}
	}
	slice.Count, slice.Next = 0, 0
	return slice.Generation, c.dir.ReplaceFile(Name, slice.marshal())
}

// Discard removes the cache, because the queue is shallow again or the cache is wrong.
func (c Cache) Discard() {
	if st, err := c.dir.Lstat(c.name); err == nil && st.Regular() {
		c.dir.Unlink(c.name)
	}
}

// NoteEmpty remembers, in the cache of the whole queue, that nothing is ready in it even
// if its directory is big. dir is what the directory was before it was read. The note is
// written into a file that is there, as making one is a change, too.
func (c Cache) NoteEmpty(dir disk.Stat) {
	if dir.Size < BigDirectory || c.dir.Now().Sub(dir.ModTime) < quiet {
		return
	}
	h := header{Magic: magic, Changed: dir.ModTime.UnixNano()}
	f, ok := c.open()
	if !ok {
		c.dir.ReplaceFile(c.name, h.marshal())
		return
	}
	defer f.Close()
	f.WriteAt(h.marshal(), 0)
}

// Outdate ends all caches of a queue if an entry of that time, which has become ready,
// belongs before the last name in one of them.
func Outdate(dir interface {
	OpenRW(name string) (disk.File, error)
	Unlink(name string) error
}, time float64) {
	f, err := dir.OpenRW(Name)
	if err != nil {
		return
	}
	defer f.Close()
	if h, ok := readHeader(f); ok && h.Changed == 0 && time <= h.tail() {
		dir.Unlink(Name)
	}
}
