package claims

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// header is the start of a cache file. After it come mostAdded records of added names and
// then the records of the listed names.
type header struct {
	// Generation is that of the queue's first cache.
	Generation uint64
	// Built is when the listing began, in Unix nanoseconds. It is 0 if there is none yet.
	Built int64
	// Lasts is for how many nanoseconds the cache is used.
	Lasts int64
	// Count is the number of listed names.
	Count uint64
	// Tail is the time up to which the listing is complete, as bits of a float64: infinity
	// if it has all ready entries, or else the time in its last name.
	Tail uint64
	// Changed is the directory's change time, in Unix nanoseconds, if nothing was ready in
	// it and that time proves that nothing has come since; otherwise it is 0.
	Changed int64

	progress
}

// progress is the part of the header that each use changes. It is not part of the sum.
type progress struct {
	// Next is the number of listed names that have been handed out.
	Next uint64
	// Added is the number of added names.
	Added uint64
	// Reach is the time up to which the added names are complete, as bits of a float64.
	// Only the first cache has added names.
	Reach uint64
}

const (
	sumAt      = 56
	progressAt = 64
	headerSize = 88
	// recordSize is the room for one name: its time, then the name, filled up with zeros.
	recordSize = nameAt + mostName
	nameAt     = 8
	mostName   = 64
	listedAt   = headerSize + mostAdded*recordSize
)

const magic = "swclaim3"

func (h *header) marshal() []byte {
	buf := append(make([]byte, 0, headerSize), magic...)
	for _, field := range []uint64{h.Generation, uint64(h.Built), uint64(h.Lasts), h.Count, h.Tail, uint64(h.Changed)} {
		buf = binary.LittleEndian.AppendUint64(buf, field)
	}
	buf = binary.LittleEndian.AppendUint64(buf, sum(buf))
	return append(buf, h.progress.marshal()...)
}

func (p *progress) marshal() []byte {
	buf := make([]byte, 0, headerSize-progressAt)
	for _, field := range []uint64{p.Next, p.Added, p.Reach} {
		buf = binary.LittleEndian.AppendUint64(buf, field)
	}
	return buf
}

// sum is the FNV-1a sum of the header before the sum. A CRC needs a table, which would be
// made at the start of every process.
func sum(header []byte) uint64 {
	sum := fnv.New64a()
	sum.Write(header[:sumAt])
	return sum.Sum64()
}

// readHeader reads the header of a file. ok is false if it is missing or damaged.
func readHeader(f disk.File) (h header, ok bool) {
	var buf [headerSize]byte
	if _, err := f.ReadAt(buf[:], 0); err != nil {
		return h, false
	}
	field := func(n int) uint64 { return binary.LittleEndian.Uint64(buf[8*n:]) }
	h = header{
		Generation: field(1), Built: int64(field(2)), Lasts: int64(field(3)), Count: field(4), Tail: field(5), Changed: int64(field(6)),
		progress: progress{Next: field(8), Added: field(9), Reach: field(10)},
	}
	ok = string(buf[:len(magic)]) == magic && field(7) == sum(buf[:]) &&
		h.Next <= h.Count && h.Count <= Most && h.Added <= mostAdded
	return h, ok
}

// write writes the whole header, writeProgress only the part that each use changes.
func (f *file) write() bool {
	_, err := f.WriteAt(f.header.marshal(), 0)
	return err == nil
}

func (f *file) writeProgress() bool {
	_, err := f.WriteAt(f.progress.marshal(), progressAt)
	return err == nil
}

func (h *header) tail() float64  { return math.Float64frombits(h.Tail) }
func (h *header) reach() float64 { return math.Float64frombits(h.Reach) }

// usable reports whether the listed names are young enough to be used.
func (h *header) usable(now time.Time) bool {
	age := now.Sub(time.Unix(0, h.Built))
	return h.Built != 0 && 0 <= age && age <= min(time.Duration(h.Lasts), Life)
}
