// Package claims implements the claim cache of a deep queue. The cache is a hint, never
// the truth.
//
// A cache is a file in the queue. It has the names of the oldest ready entries, in order,
// and the number of names that have been handed out. With it, a process that wants one
// entry need not list a hundred thousand. The rename that claims an entry decides who has
// it, and a name that has gone is passed over. A cache that is old, torn, hostile or used
// up is discarded, and the next one is made from a listing of the directory. A cache is
// never synced, and failing to write one is not an error.
//
// Each slice of the queue has a cache of its own. All of them count only while the
// generation in their header is that of the queue's first cache, the one without a slice.
// A process that makes an entry ready before the last name in any of them removes the
// first cache, which ends all of them at once. See [Outdate].
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
	// Name is the file name of the first cache. A slice's cache has -I-N after it.
	Name = "switchboard.claims"
	// Deep is how many ready entries make a cache worthwhile.
	Deep = 512
	// Most is how many names a cache holds.
	Most = 16 << 10
	// Life limits how long entries are passed over if a Mailman or a person put them
	// before the last name without removing the cache.
	Life = time.Minute
	// BigDirectory is the size from which on the directory of an empty queue is slow to
	// read. Directories of ext4 do not shrink.
	BigDirectory = 1 << 20
	// quiet is how long ago a directory must have changed for its change time to prove
	// that it has not changed since. Clocks tick in milliseconds.
	quiet = 2 * time.Second
)

// Dir is the part of a queue's directory that a cache needs.
type Dir interface {
	Stat() (disk.Stat, error)
	Lstat(name string) (disk.Stat, error)
	OpenRW(name string) (disk.File, error)
	Unlink(name string) error
	// ReplaceFile makes a file that takes the place of an older one, if there is one. It
	// returns whether it succeeded. The file may be lost at any time.
	ReplaceFile(name string, content []byte) bool
	Now() time.Time
}

// Cache is the cache of one slice of a queue.
type Cache struct {
	dir  Dir
	name string
}

// Of returns the cache of slice index of count. A count of 0 or 1 means the whole queue,
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
	// Names are the file bases of the oldest ready entries. Anybody may have written the
	// file, so callers must not take them for more than text.
	Names []string
	// Empty says that nothing is ready in the whole queue.
	Empty bool
}

// Take hands out the next n names, or those that are left. ok is false if there is no
// usable cache.
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

// readNames reads n names, starting with the one numbered from.
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

// open opens the cache and takes its lock. Processes hold the lock for microseconds. One
// that cannot get it soon does without the cache.
func (c Cache) open() (f disk.File, ok bool) {
	f, err := c.dir.OpenRW(c.name)
	if err != nil {
		return nil, false
	}
	// A file with a second name is somebody's link to a file that we must not write.
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
	// Taken is how many of the first names the caller keeps for itself.
	Taken int
}

// Put makes a cache from a listing and replaces the one before. If a name has no room in
// its record, Put makes none.
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

// join returns the generation for a slice's new cache, and notes in the queue's first
// cache how far the new one reaches. If the first cache is not usable, join replaces it
// with one without names.
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

// NoteEmpty notes in the cache of the whole queue that nothing is ready in it although
// its directory is big. dir is the directory's Stat from before it was read. If the cache
// file exists, the note goes into it, because making a file changes the directory.
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

// Outdate ends all caches of a queue if an entry with this time, which has become ready,
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
