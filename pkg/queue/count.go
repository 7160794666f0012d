package queue

import "time"

// Counts are the numbers of a queue's files.
type Counts struct {
	// ByState is indexed by State.
	ByState [Temporary + 1]int
	// Oldest is indexed by State, too: the least time in the names of the files
	// in that state, zero if there are none, and for strays, which have none.
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

// count does it in one look, and returns the old pairs that it met. Those of strays
// it counts as such.
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
		// Of a million names next to all are plain ones, and later than the
		// oldest: telling that takes no memory and no arithmetic to speak of.
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
