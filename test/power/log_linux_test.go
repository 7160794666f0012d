package power

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"switchboard/test/harness/guest"
)

// write is an entry of a log: a write or a flush.
type write struct {
	flush           bool
	sector, sectors int64
	// at is where the log has the data.
	at int64
}

// diskLog is a log of QEMU's blklogwrites, in the format of Linux's dm-log-writes: a sector that
// says how many entries there are, and then for each a sector that describes it, and its data.
//
// QEMU adds an entry when the write or the flush is done, and before the guest learns of that.
// The guest's disk does one thing at a time, so the order of the log is that in which they were
// begun, too. At a cut behind entry N:
//   - what was written before the last flush up to N is on the disk;
//   - each sector that was written later, by the entries up to N or by entry N+1, which may have
//     begun, is on the disk or not.
type diskLog struct {
	file   *os.File
	writes []write
}

const (
	logMagic     = 0x6a736677736872
	logVersion   = 1
	logFlush     = 1 << 0
	logUnused    = ^uint64(logFlush)
	logEntrySize = 32
)

func openLog(path string) (*diskLog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	l := &diskLog{file: f}
	var super [28]byte
	if _, err := f.ReadAt(super[:], 0); err != nil {
		return nil, err
	}
	get := func(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	size := binary.LittleEndian.Uint32(super[24:])
	if get(super[:], 0) != logMagic || get(super[:], 8) != logVersion || size != guest.SectorSize {
		return nil, fmt.Errorf("%s is not a log: %x", path, super)
	}
	at := int64(guest.SectorSize)
	for n := range get(super[:], 16) {
		var e [logEntrySize]byte
		if _, err := f.ReadAt(e[:], at); err != nil && err != io.EOF {
			return nil, err
		}
		flags := get(e[:], 16)
		at += guest.SectorSize
		w := write{flush: flags&logFlush != 0, sector: int64(get(e[:], 0)), sectors: int64(get(e[:], 8)), at: at}
		if flags&logUnused != 0 || w.sector < 0 || (w.sector+w.sectors)*guest.SectorSize > diskSize {
			return nil, fmt.Errorf("%s: entry %d is %x", path, n, e)
		}
		at += w.sectors * guest.SectorSize
		l.writes = append(l.writes, w)
	}
	return l, nil
}

// data returns the data of a write.
func (l *diskLog) data(w write) []byte {
	data := make([]byte, w.sectors*guest.SectorSize)
	if _, err := l.file.ReadAt(data, w.at); err != nil {
		panic(err)
	}
	return data
}
