package queue

import "time"

// Counts are the numbers of a queue's files.
type Counts struct {
	// ByState is how many files are in each state, indexed by State.
	ByState [Temporary + 1]int
	// Oldest is the earliest time in the names of the files in each state, indexed by
	// State. It is zero if there are none, and for strays, whose names have no time.
	Oldest [Temporary + 1]time.Time
}

// Count counts the files of a slice. Strays are in every slice.
func (d *Dir) Count(s Slice) (Counts, error) {
	c, old, err := d.count(s, nil)
	if err == nil && old != nil {
		c, _, err = d.count(s, old)
	}
	return c, err
}

// count counts in one pass over the directory, and returns the old pairs that it met. It
// counts ready entries whose file base is in strays as strays.
func (d *Dir) count(s Slice, strays pairs) (c Counts, old pairs, err error) {
	var (
		oldest [Temporary + 1]ID
		inside = s.Filter()
		all    = s.Count <= 1 && strays == nil
	)
	for name, err := range d.names() {
		if err != nil {
			return c, old, err
		}
		// Nearly all of a million names are plain, and later than the oldest. They are
		// counted here, without an allocation.
		if state, seconds, ok := plainName(name.text); ok && name.regular && all {
			if old := oldest[state]; old.base != "" && float64(seconds) > old.time {
				c.ByState[state]++
				continue
			}
		}
		var (
			id    ID
			state State
		)
		if name.regular {
			id, state = SplitName(string(name.text))
		}
		switch {
		case state == Stray:
			old.note(name.text)
		case state == Ready && strays[id.base]:
			state = Stray
		case !inside(id):
			continue
		}
		c.ByState[state]++
		if old := oldest[state]; old.base == "" || id.time < old.time {
			oldest[state] = id
		}
	}
	for state := Ready; state <= Temporary; state++ {
		if c.ByState[state] > 0 {
			c.Oldest[state] = oldest[state].Received()
		}
	}
	return c, old, nil
}
