// Package claims implements the claim cache of a queue whose directory is slow to list.
// The cache is a hint, never the truth.
//
// A cache is a file in the queue. It has the names of the oldest ready entries, in order,
// from one listing of the directory. With it, a process that wants one entry need not read
// a hundred thousand names, whether these are of ready entries or of others beside a few
// ready ones. The rename that claims an entry decides who has it, and a name that has gone
// is passed over. A cache that is old, torn, hostile or used up is not used, and the next
// one is made from the next listing. A cache is never synced, and failing to write one is
// not an error.
//
// A process that makes an entry ready adds its name to the cache: see [Announce]. From
// [Cache.Begin] on, before a listing reads the first name, until the cache ends, every
// such name is added, except those later than a time that the header has. Claimers merge
// them with the listed names. So as long as only processes of this toolkit make entries
// ready, a cache changes nothing about the order of claims.
//
// A Mailman, or a person with mv(1), does not add what it makes ready, and neither does a
// process of ours that is killed between the rename and that. Nor could we notice it: a
// directory says only when it changed last, our own claims change it all the time, and on
// most systems two changes within milliseconds look like one. A cache may therefore pass
// over such an entry, but only while it still has names, and only for a hundred times as
// long as the listing took, or a minute at most. Nobody is told that nothing is ready
// because a cache is used up: that takes a listing, or the proof that the directory has
// not changed since one.
//
// Each slice of the queue has a cache of its own for what was listed. Names are added to
// the queue's first cache alone, the one without a slice, and all slices take theirs from
// it. The caches of slices count only while their generation is that of the first cache.
package claims

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

const (
	// Name is the file name of the first cache. A slice's cache has -I-N after it.
	Name = "switchboard.claims"
	// Deep is the Cost from which on a listing is worth a cache: it takes a fifth of the
	// time of starting a process.
	Deep = 1024
	// Most is how many listed names a cache holds.
	Most = 16 << 10
	// mostAdded is how many names that were added since a cache holds.
	mostAdded = 256
	// Life is the longest that a cache is used.
	Life = time.Minute
	// lifePerName is how long a cache is used for each name of the listing's Cost. A name
	// takes about half a microsecond to list, so listings take a hundredth of the time.
	lifePerName = 50 * time.Microsecond
	// BigDirectory is the size from which on reading a directory is slow even if it has
	// few names. Directories of ext4 do not shrink.
	BigDirectory = Deep * nameSize
	// nameSize is how many bytes of a directory take as long to read as one name.
	nameSize = 1 << 10
	// quiet is how long ago a directory must have changed for its change time to prove
	// that it has not changed since. Clocks tick in milliseconds.
	quiet = 2 * time.Second
)

// Cost is what it costs to list a directory, in names.
func Cost(names int, size int64) int { return names + int(size/nameSize) }

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
	// missing means that there was no file when Take looked.
	missing bool
}

// Of returns the cache of slice index of count. A count of 0 or 1 means the whole queue,
// whose cache is the first one.
func Of(dir Dir, index, count uint64) *Cache {
	if count <= 1 {
		return &Cache{dir: dir, name: Name}
	}
	return &Cache{dir: dir, name: fmt.Sprintf("%s-%d-%d", Name, index, count)}
}

// first says whether this is the queue's first cache.
func (c *Cache) first() bool { return c.name == Name }

// Discard removes the cache, because listing the queue is cheap again or the cache is
// wrong.
func (c *Cache) Discard() {
	if c.missing {
		return
	}
	if st, err := c.dir.Lstat(c.name); err == nil && st.Regular() {
		c.dir.Unlink(c.name)
	}
}

var (
	// errForeign is the error of a cache file that is a directory or the like, or that has
	// a second name. Such a name is somebody's link to a file that we must not write.
	errForeign = errors.New("not a cache")
	// errLocked is the error of a cache whose lock another process holds. Processes hold
	// it for microseconds, unless they are stopped.
	errLocked = errors.New("locked")
)

// file is an open cache file whose lock this process has. valid means that its header can
// be used.
type file struct {
	disk.File
	header
	valid bool
}

// openFile opens a cache file, takes its lock and reads its header.
func openFile(dir Dir, name string) (*file, error) {
	f, err := dir.OpenRW(name)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, err
	}
	c := &file{File: f}
	c.header, c.valid = readHeader(f)
	return c, nil
}

func lock(f disk.File) error {
	if st, err := f.Stat(); err != nil || !st.Regular() || st.Nlink != 1 {
		return errForeign
	}
	for range 50 {
		if locked, err := f.Lock(); err != nil {
			return err
		} else if locked {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return errLocked
}

func randomGeneration() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:]) | 1
}
