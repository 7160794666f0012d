package power

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"

	"switchboard/test/harness/guest"
)

// place is where an entry is, and how often it was restored. It has no Queue if it is gone.
type place struct {
	Queue, Ext string
	Restores   int
}

// entry is an entry at a place.
type entry struct {
	Base string
	// Message is the number of its message.
	Message int
	place
}

// event is what a worker told at one moment, before or while a command ran, or after it.
type event struct {
	// Offer are messages that may be stored from now on.
	Offer []int `json:",omitempty"`
	// Is are places that a command has promised. May are places at which entries may be from
	// now on, besides those.
	Is, May []entry `json:",omitempty"`
}

// teller tells events: their content to the test, and that they have happened to the disk, so
// that its log has them in one order with all writes. Nothing is flushed for that: what
// commands have written before may be lost all the same.
type teller struct {
	out    *json.Encoder
	disk   *os.File
	sector []byte
	at     int64
}

// The last part of the disk is for events: their numbers, of each worker in an area of its
// own. Each area is used again and again.
const (
	filesystemSize = 320 << 20
	areaSectors    = 128
	areaSize       = areaSectors * guest.SectorSize
	diskSize       = filesystemSize + workers*areaSize
)

func newTeller(out io.Writer, disk string, worker int) (*teller, error) {
	f, err := os.OpenFile(disk, os.O_WRONLY|unix.O_DIRECT, 0)
	if err != nil {
		return nil, err
	}
	// O_DIRECT needs memory that begins where a page does.
	buffer := make([]byte, 2*guest.SectorSize)
	skip := -uintptr(unsafe.Pointer(&buffer[0])) & (guest.SectorSize - 1)
	return &teller{
		out: json.NewEncoder(out), disk: f, sector: buffer[skip:][:guest.SectorSize],
		at: filesystemSize + int64(worker)*areaSize,
	}, nil
}

func (t *teller) tell(e event) error {
	if err := t.out.Encode(e); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint64(t.sector)
	_, err := t.disk.WriteAt(t.sector, t.at+int64(n%areaSectors)*guest.SectorSize)
	binary.LittleEndian.PutUint64(t.sector, n+1)
	return err
}

// told returns the worker whose event a write has told, and the number of the event.
func (l *diskLog) told(w write) (worker, number int, ok bool) {
	at := w.sector*guest.SectorSize - filesystemSize
	if w.flush || at < 0 {
		return 0, 0, false
	}
	data := l.data(w)
	return int(at / areaSize), int(binary.LittleEndian.Uint64(data)), true
}

// readEvents reads what a worker has printed.
func readEvents(out io.Reader) (events []event, err error) {
	for in := json.NewDecoder(out); ; {
		var e event
		if err := in.Decode(&e); err == io.EOF {
			return events, nil
		} else if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
}

// ledger is what is known of the entries of one worker at one place in the log.
type ledger struct {
	// offered are the messages that may be in entries without a known name.
	offered map[int]bool
	entries map[string]*history
}

// history has the places at which an entry may be.
type history struct {
	message int
	places  []place
}

func newLedger() *ledger {
	return &ledger{offered: map[int]bool{}, entries: map[string]*history{}}
}

func (l *ledger) add(e event) {
	for _, m := range e.Offer {
		l.offered[m] = true
	}
	for _, is := range e.Is {
		h := l.entries[is.Base]
		if h == nil {
			h = &history{message: is.Message}
			l.entries[is.Base] = h
			delete(l.offered, is.Message)
		}
		// What came before is over, even after a power cut.
		h.places = append(h.places[:0], is.place)
	}
	for _, m := range e.May {
		h := l.entries[m.Base]
		if !slices.Contains(h.places, m.place) {
			h.places = append(h.places, m.place)
		}
	}
}
