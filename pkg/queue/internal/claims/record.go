package claims

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math"
)

// Entry is an entry as a cache knows it. Anybody may have written the file, so whoever
// gets one from a cache must not take it for more than text.
type Entry struct {
	// Base is the file base, Time the time in it.
	Base string
	Time float64
}

// marshal makes the records of count entries, which are file bases and their times. ok is
// false if one of them does not fit.
func marshal(entries iter.Seq2[[]byte, float64], count int) (records []byte, ok bool) {
	records = make([]byte, count*recordSize)
	rest := records
	for base, time := range entries {
		if len(base) > mostName || len(rest) == 0 {
			return nil, false
		}
		binary.LittleEndian.PutUint64(rest, math.Float64bits(time))
		copy(rest[nameAt:recordSize], base)
		rest = rest[recordSize:]
	}
	return records, len(rest) == 0
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
	records, ok := marshal(func(yield func([]byte, float64) bool) {
		for _, e := range list {
			if !yield([]byte(e.Base), e.Time) {
				return
			}
		}
	}, len(list))
	if ok && len(list) > 0 {
		_, err := f.WriteAt(records, headerSize+int64(from)*recordSize)
		ok = err == nil
	}
	return ok
}
