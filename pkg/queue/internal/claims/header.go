package claims

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"time"

	"switchboard/pkg/queue/internal/disk"
)

// header is the fixed part of the file, in front of the names.
type header struct {
	Magic [8]byte
	// Generation is that of the queue's first cache.
	Generation uint64
	// Built is when the file was made, in Unix nanoseconds.
	Built int64
	// Count is the number of names.
	Count uint64
	// Tail is the time, as bits of a float64, in the last name. In the queue's first
	// cache it is the latest of any cache.
	Tail uint64
	// Changed is the directory's change time, in Unix nanoseconds, if nothing was ready in
	// it, and otherwise 0. See Cache.NoteEmpty.
	Changed int64
	// Sum is the FNV-1a sum of the fields before it. A CRC needs a table, which would be
	// made at the start of every process.
	Sum uint64
	// Next is the number of names that have been handed out. It is not part of the sum,
	// because it is written separately.
	Next uint64
}

const (
	headerSize = 64
	sumAt      = 48
	nextAt     = 56
	// recordSize is the room for one name, filled up with newlines.
	recordSize = 72
)

var magic = [8]byte{'s', 'w', 'c', 'l', 'a', 'i', 'm', '2'}

func (h *header) marshal() []byte {
	buf, _ := binary.Append(make([]byte, 0, headerSize), binary.LittleEndian, h)
	binary.LittleEndian.PutUint64(buf[sumAt:], sum(buf))
	return buf
}

func sum(header []byte) uint64 {
	sum := fnv.New64a()
	sum.Write(header[:sumAt])
	return sum.Sum64()
}

// readHeader reads the header of a file. ok is false if it is missing or damaged.
func readHeader(f disk.File) (h header, ok bool) {
	buf := make([]byte, headerSize)
	if _, err := f.ReadAt(buf, 0); err != nil {
		return h, false
	}
	if _, err := binary.Decode(buf, binary.LittleEndian, &h); err != nil {
		return h, false
	}
	return h, h.Magic == magic && h.Sum == sum(buf) && h.Next <= h.Count && h.Count <= Most
}

// tail is the time in the last name.
func (h *header) tail() float64 { return math.Float64frombits(h.Tail) }

// fresh reports whether the file is young enough to be used.
func (h *header) fresh(now time.Time) bool {
	age := now.Sub(time.Unix(0, h.Built))
	return 0 <= age && age <= Life
}
