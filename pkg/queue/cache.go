package queue

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// A deep queue has claim caches: files that hold the names of its oldest ready
// entries, in order, and how many of them have been handed out, so that a
// process that wants one entry need not list a hundred thousand. A cache is a
// hint and nothing else. The rename decides who has an entry; a name that is
// gone is passed over; a cache that is old, torn, hostile or used up is dropped
// for a listing, which makes the next one. It is never synced.
//
// Each slice has its own. All of them count only while the generation in their
// header is that of the queue's first cache, so that whoever makes an entry
// ready that belongs in the middle of one ends all of them at once.

const (
	// cacheName is the cache of the whole queue; a slice adds -I-N.
	cacheName = "switchboard.claims"
	// deep is the number of ready entries from which on a listing is cached.
	deep = 512
	// cacheEntries is how many names a cache holds.
	cacheEntries = 16 << 10
	// cacheLife bounds for how long entries that others put in the middle, a
	// Mailman or a person, are passed over.
	cacheLife = time.Minute
	// bigDirectory is the size from which on the directory of an empty queue
	// is slow to read: those of ext4 do not shrink.
	bigDirectory = 1 << 20
	// settled is how long ago a directory must have changed for its time to
	// say that it hasn't changed since: clocks tick in milliseconds.
	settled = 2 * time.Second
)

// cacheHeader is the fixed part in front of the names.
type cacheHeader struct {
	Magic [8]byte
	// Generation is that of the queue's first cache.
	Generation uint64
	// Built is when, in Unix nanoseconds.
	Built int64
	// Count is the number of names.
	Count uint64
	// Tail is the time, as bits of a float64, of the last name. In the
	// queue's first cache it is that of the last name of any.
	Tail uint64
	// Changed is the directory's time of change, in Unix nanoseconds, when it
	// was found empty, else 0.
	Changed int64
	// Sum is the FNV-1a of what is before it: CRCs want a table, which would be
	// made at every start.
	Sum uint64
	// Next is the number of names that have been handed out.
	Next uint64
}

const (
	cacheHeaderSize = 64
	cacheSumAt      = 48
	cacheNextAt     = 56
	// cacheRecord is the room for a name, filled up with newlines.
	cacheRecord = 72
)

var cacheMagic = [8]byte{'s', 'w', 'c', 'l', 'a', 'i', 'm', '2'}

// errNoCache is a cache that is missing or cannot be used.
var errNoCache = errors.New("no usable cache")

func (h *cacheHeader) marshal() []byte {
	buf, _ := binary.Append(make([]byte, 0, cacheHeaderSize), binary.LittleEndian, h)
	binary.LittleEndian.PutUint64(buf[cacheSumAt:], cacheSum(buf))
	return buf
}

func cacheSum(header []byte) uint64 {
	sum := fnv.New64a()
	sum.Write(header[:cacheSumAt])
	return sum.Sum64()
}

func readCacheHeader(f disk.File) (h cacheHeader, err error) {
	buf := make([]byte, cacheHeaderSize)
	if _, err := f.ReadAt(buf, 0); err != nil {
		return h, errNoCache
	}
	if _, err := binary.Decode(buf, binary.LittleEndian, &h); err != nil {
		return h, err
	}
	if h.Magic != cacheMagic || h.Sum != cacheSum(buf) || h.Next > h.Count || h.Count > cacheEntries {
		return h, errNoCache
	}
	return h, nil
}

func (s Slice) cacheName() string {
	if s.Count <= 1 {
		return cacheName
	}
	return fmt.Sprintf("%s-%d-%d", cacheName, s.Index, s.Count)
}

// openCache opens a cache and takes its lock, which is held for microseconds:
// who cannot have it soon does without.
func (d *Dir) openCache(name string) (disk.File, error) {
	f, err := d.dir.OpenRW(name)
	if err != nil {
		return nil, errNoCache
	}
	// A second name of the file is somebody's link, to what is not ours to write.
	if st, err := f.Stat(); err == nil && st.Regular() && st.Nlink == 1 {
		for try := 0; try < 50; try++ {
			if locked, err := f.Lock(); err != nil {
				break
			} else if locked {
				return f, nil
			}
			time.Sleep(time.Millisecond)
		}
	}
	f.Close()
	return nil, errNoCache
}

// taken is what a cache gave.
type taken struct {
	ids []ID
	// empty says that nothing is ready in the whole queue.
	empty bool
}

// takeCached takes the next n names of the slice's cache.
func (d *Dir) takeCached(s Slice, n int) (taken, error) {
	f, err := d.openCache(s.cacheName())
	if err != nil {
		return taken{}, err
	}
	defer f.Close()
	h, err := readCacheHeader(f)
	if err != nil {
		return taken{}, err
	}
	if h.Changed != 0 {
		st, err := d.dir.Stat()
		if err == nil && h.Count == 0 && st.Size >= bigDirectory && st.ModTime.UnixNano() == h.Changed {
			return taken{empty: true}, nil
		}
		return taken{}, errNoCache
	}
	age := d.sys.Now().Sub(time.Unix(0, h.Built))
	if age < 0 || age > cacheLife || h.Next == h.Count || !d.currentGeneration(s, h.Generation) {
		return taken{}, errNoCache
	}
	n = int(min(uint64(n), h.Count-h.Next))
	buf := make([]byte, n*cacheRecord)
	if _, err := f.ReadAt(buf, cacheHeaderSize+int64(h.Next)*cacheRecord); err != nil {
		return taken{}, errNoCache
	}
	ids := make([]ID, 0, n)
	for record := range n {
		name := bytes.TrimRight(buf[record*cacheRecord:][:cacheRecord], "\n")
		id, err := ParseID(string(name))
		if err != nil {
			return taken{}, errNoCache
		}
		ids = append(ids, id)
	}
	var next [8]byte
	binary.LittleEndian.PutUint64(next[:], h.Next+uint64(n))
	if _, err := f.WriteAt(next[:], cacheNextAt); err != nil {
		return taken{}, errNoCache
	}
	return taken{ids: ids}, nil
}

// currentGeneration says whether a slice's cache still counts.
func (d *Dir) currentGeneration(s Slice, generation uint64) bool {
	if s.Count <= 1 {
		return true
	}
	f, err := d.dir.OpenRW(cacheName)
	if err != nil {
		return false
	}
	defer f.Close()
	first, err := readCacheHeader(f)
	return err == nil && first.Generation == generation
}

// cache writes the slice's cache of a listing, of which the first next names
// are the caller's own. Failing to is not an error: there is no cache then.
func (d *Dir) cache(s Slice, list []ID, next int) {
	h := cacheHeader{
		Magic: cacheMagic, Generation: randomGeneration(), Built: d.sys.Now().UnixNano(),
		Count: uint64(len(list)), Next: uint64(next),
		Tail: math.Float64bits(list[len(list)-1].time),
	}
	if s.Count > 1 {
		generation, ok := d.joinGeneration(h)
		if !ok {
			return
		}
		h.Generation = generation
	}
	buf := h.marshal()
	for _, id := range list {
		if len(id.base) >= cacheRecord {
			return
		}
		buf = append(buf, id.base...)
		for range cacheRecord - len(id.base) {
			buf = append(buf, '\n')
		}
	}
	d.replaceOwn(s.cacheName(), buf)
}

func randomGeneration() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// joinGeneration gives the generation for a slice's new cache, and notes in
// the queue's first one how far it reaches. A first one that is of no use is
// replaced by one without names.
func (d *Dir) joinGeneration(slice cacheHeader) (uint64, bool) {
	f, err := d.openCache(cacheName)
	if err == nil {
		defer f.Close()
		if h, err := readCacheHeader(f); err == nil && h.Changed == 0 {
			if math.Float64frombits(h.Tail) < math.Float64frombits(slice.Tail) {
				h.Tail = slice.Tail
				if _, err := f.WriteAt(h.marshal(), 0); err != nil {
					return 0, false
				}
			}
			return h.Generation, true
		}
	}
	slice.Count, slice.Next = 0, 0
	return slice.Generation, d.replaceOwn(cacheName, slice.marshal())
}

// replaceOwn puts a file of this toolkit's own in place of an older one. It
// may be lost at any time: nothing is synced.
func (d *Dir) replaceOwn(name string, content []byte) bool {
	queue, err := d.dir.Stat()
	if err != nil {
		return false
	}
	f, tmp, err := d.createOwn(queue, ourMode)
	if err != nil {
		return false
	}
	if _, err = f.WriteAt(content, 0); err == nil {
		if st, gone := d.dir.Lstat(name); gone == nil && !st.Regular() {
			err = ErrStray // somebody's link is not ours to remove
		} else if gone == nil {
			err = d.dir.Unlink(name)
		}
	}
	if err == nil || err == disk.ErrNotExist {
		err = d.renameFile(tmp, d, name)
	}
	f.Close()
	if err != nil {
		d.dir.Unlink(tmp)
		return false
	}
	return true
}

// dropCache removes the slice's cache: the queue is shallow again.
func (d *Dir) dropCache(s Slice) {
	name := s.cacheName()
	if st, err := d.dir.Lstat(name); err == nil && st.Regular() {
		d.dir.Unlink(name)
	}
}

// noteEmpty remembers that nothing is ready in the whole queue even if its
// directory is big. dir is what the directory was before it was read. The note is
// written into a file that is there, as making one is a change, too.
func (d *Dir) noteEmpty(dir disk.Stat) {
	if dir.Size < bigDirectory || d.sys.Now().Sub(dir.ModTime) < settled {
		return
	}
	h := cacheHeader{Magic: cacheMagic, Changed: dir.ModTime.UnixNano()}
	f, err := d.openCache(cacheName)
	if err != nil {
		d.replaceOwn(cacheName, h.marshal())
		return
	}
	defer f.Close()
	f.WriteAt(h.marshal(), 0)
}

// outdate ends all caches if id, which has become ready, belongs before the
// last name in one.
func (d *Dir) outdate(id ID) {
	f, err := d.dir.OpenRW(cacheName)
	if err != nil {
		return
	}
	defer f.Close()
	h, err := readCacheHeader(f)
	if err == nil && h.Changed == 0 && id.time <= math.Float64frombits(h.Tail) {
		d.dir.Unlink(cacheName)
	}
}
