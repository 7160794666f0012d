package queue

import (
	"bytes"
	"time"
)

// Counts are the numbers of a queue's files.
type Counts struct {
	// ByState is indexed by State.
	ByState [Temporary + 1]int
	// OldestReady and OldestInFlight are the least times in the names of the
	// entries in these states, zero if there are none.
	OldestReady, OldestInFlight time.Time
}

// Count counts the files of a slice. Strays are in every slice.
func (d *Dir) Count(s Slice) (Counts, error) {
	var (
		c      Counts
		oldest [Temporary + 1]ID
		inside = s.Filter()
		all    = s.Count <= 1
	)
	err := d.each(func(name []byte, regular bool) error {
		// Of a million names next to all are plain ones, and later than the
		// oldest: telling that takes no memory and no arithmetic to speak of.
		if state, seconds, ok := plainName(name); ok && regular && all {
			if old := oldest[state]; old.base != "" && float64(seconds) > old.time {
				c.ByState[state]++
				return nil
			}
		}
		var (
			id    ID
			state State
		)
		if regular {
			id, state = SplitName(string(name))
		}
		if state != Stray && !inside(id) {
			return nil
		}
		c.ByState[state]++
		if old := oldest[state]; old.base == "" || id.time < old.time {
			oldest[state] = id
		}
		return nil
	})
	if c.ByState[Ready] > 0 {
		c.OldestReady = oldest[Ready].Received()
	}
	if c.ByState[InFlight] > 0 {
		c.OldestInFlight = oldest[InFlight].Received()
	}
	return c, err
}

// plainName reads a name whose time is written with digits alone, as nearly
// all are: its state, and the whole seconds of its time. What it refuses may
// be an entry's name all the same: SplitName tells.
func plainName(name []byte) (s State, seconds int64, ok bool) {
	i := 0
	for ; i < len(name) && i < 12 && '0' <= name[i] && name[i] <= '9'; i++ {
		seconds = seconds*10 + int64(name[i]-'0')
	}
	if i == 0 || i == 12 || seconds >= maxTime || i == len(name) || name[i] != '.' || len(name) > maxBase+len(".pck") {
		return 0, 0, false
	}
	fraction := name[i+1:]
	plus := bytes.IndexByte(fraction, '+')
	if plus < 0 || len(fraction) < plus+1+40 {
		return 0, 0, false
	}
	for _, c := range fraction[:plus] {
		if c < '0' || c > '9' {
			return 0, 0, false
		}
	}
	for _, c := range fraction[plus+1 : plus+1+40] {
		if !isHex[c] {
			return 0, 0, false
		}
	}
	switch string(fraction[plus+1+40:]) {
	case ".pck":
		return Ready, seconds, true
	case ".bak":
		return InFlight, seconds, true
	case ".psv":
		return Preserved, seconds, true
	}
	return 0, 0, false
}

var isHex = func() (t [256]bool) {
	for _, c := range "0123456789abcdefABCDEF" {
		t[c] = true
	}
	return t
}()
