package power

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"switchboard/test/harness/guest"
)

// platter is the disk as far as it was flushed. It goes forward through the log.
type platter struct {
	log   *diskLog
	image *os.File
	// done is the number of entries that are on it.
	done int
}

func openPlatter(log *diskLog, image string) (*platter, error) {
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	return &platter{log: log, image: f}, err
}

// cut makes the image of a disk whose power was cut behind entry n, which must not be before
// that of the last cut.
func (p *platter) cut(to string, n int, random *rand.Rand) (err error) {
	for flushed := n; flushed >= p.done; flushed-- {
		if p.log.writes[flushed].flush {
			for ; p.done <= flushed; p.done++ {
				if err := p.put(p.image, p.log.writes[p.done], nil); err != nil {
					return err
				}
			}
		}
	}
	image, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, image.Close()) }()
	if err := unix.IoctlFileClone(int(image.Fd()), int(p.image.Fd())); err != nil {
		return err
	}
	has := chances[random.IntN(len(chances))]
	// Entry n+1 may have begun.
	for _, w := range p.log.writes[p.done:min(n+2, len(p.log.writes))] {
		if w.flush || random.Float64() >= has {
			continue
		}
		lost := func(int64) bool { return false }
		if has < 1 && random.IntN(3) == 0 {
			lost = func(int64) bool { return random.IntN(2) == 0 }
		}
		if err := p.put(image, w, lost); err != nil {
			return err
		}
	}
	return nil
}

// chances are how likely a write that was not flushed is on the disk.
var chances = []float64{0, 0, 0.1, 0.5, 0.9, 1}

// put carries out a write, but for the sectors that are lost. Those with events are not a part
// of the filesystem.
func (p *platter) put(image *os.File, w write, lost func(sector int64) bool) error {
	if w.flush || w.sector*guest.SectorSize >= filesystemSize {
		return nil
	}
	data := p.log.data(w)
	for i := range w.sectors {
		if lost != nil && lost(i) {
			continue
		}
		at := i * guest.SectorSize
		if _, err := image.WriteAt(data[at:][:guest.SectorSize], (w.sector+i)*guest.SectorSize); err != nil {
			return err
		}
	}
	return nil
}

// places draws n places of a log at which the power is cut, in their order, from first on. Most
// are before a flush, when the most is not flushed, or behind an event.
func (l *diskLog) places(n, first int, random *rand.Rand) (places []int) {
	var flushes, events []int
	for i := first; i < len(l.writes)-1; i++ {
		if l.writes[i+1].flush && !l.writes[i].flush {
			flushes = append(flushes, i)
		}
		if _, _, is := l.told(l.writes[i]); is {
			events = append(events, i)
		}
	}
	// Each flush comes once before one comes twice.
	random.Shuffle(len(flushes), func(i, j int) { flushes[i], flushes[j] = flushes[j], flushes[i] })
	for len(places) < n {
		switch i := len(places); {
		case i%2 == 0 && len(flushes) > 0:
			places = append(places, flushes[i/2%len(flushes)])
		case i%4 == 1 && len(events) > 0:
			places = append(places, events[random.IntN(len(events))])
		default:
			places = append(places, first+random.IntN(len(l.writes)-first))
		}
	}
	slices.Sort(places)
	return places
}
