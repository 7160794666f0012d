package claims

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math"

	"switchboard/pkg/queue/internal/disk"
)

// Entry is an entry as a cache knows it. Anybody may have written the file, so whoever
// gets one from a cache must not take it for more than text.
type Entry struct {
	// Base is the file base, Time the time in it.
	Base string
	Time float64
}

// appendRecord appends the record of an entry. ok is false if its file base does not fit.
func appendRecord(buf []byte, base []byte, time float64) (_ []byte, ok bool) {
	if len(base) > mostName {
		return nil, false
	}
	var record [recordSize]byte
	binary.LittleEndian.PutUint64(record[:], math.Float64bits(time))
	copy(record[nameAt:], base)
	return append(buf, record[:]...), true
}

// marshal makes the records of count entries, which are file bases and their times. ok is
// false if one of them does not fit.
func marshal(entries iter.Seq2[[]byte, float64], count int) (records []byte, ok bool) {
	records = make([]byte, 0, count*recordSize)
	for base, time := range entries {
		if records, ok = appendRecord(records, base, time); !ok {
			return nil, false
		}
	}
	return records, len(records) == count*recordSize
}

// block is how many records are written at once. All of a deep queue's are over a megabyte,
// which the process would touch only for them.
const block = 512

// write writes the records of count entries from an offset on.
func write(f disk.File, at int64, entries iter.Seq2[[]byte, float64], count int) (ok bool) {
	buf := make([]byte, 0, min(block, count)*recordSize)
	flush := func() bool {
		if len(buf) == 0 {
			return true
		}
		_, err := f.WriteAt(buf, at)
		at += int64(len(buf))
		buf = buf[:0]
		return err == nil
	}
	end := at + int64(count)*recordSize
	for base, time := range entries {
		if len(buf) == cap(buf) && !flush() {
			return false
		}
		if buf, ok = appendRecord(buf, base, time); !ok {
			return false
		}
	}
	return flush() && at == end
}

// read reads count records.
func (f *file) read(at int64, count int) ([]Entry, bool) {
	if count == 0 {
		return nil, true
	}
	buf := make([]byte, count*recordSize)
	if _, err := f.ReadAt(buf, at); err != nil {
		return nil, false
	}
	list := make([]Entry, count)
	for i := range list {
		record := buf[i*recordSize:][:recordSize]
		list[i] = Entry{string(bytes.TrimRight(record[nameAt:], "\x00")), math.Float64frombits(binary.LittleEndian.Uint64(record))}
	}
	return list, true
}

// readListed reads up to n of the listed names that have not been handed out.
func (f *file) readListed(n int) ([]Entry, bool) {
	n = int(min(uint64(n), f.Count-f.Next))
	return f.read(listedAt+int64(f.Next)*recordSize, n)
}

// readAdded reads the added names.
func (f *file) readAdded() ([]Entry, bool) { return f.read(headerSize, int(f.Added)) }

// writeAdded writes the added names from number from on. Their number counts after
// writeProgress.
func (f *file) writeAdded(from int, list []Entry) bool {
	f.Added = uint64(from + len(list))
	return write(f, headerSize+int64(from)*recordSize, func(yield func([]byte, float64) bool) {
		for _, e := range list {
			if !yield([]byte(e.Base), e.Time) {
				return
			}
		}
	}, len(list))
}
