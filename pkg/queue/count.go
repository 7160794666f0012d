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
	for state := Ready; state <= Temporary; state++ {
		if c.ByState[state] > 0 {
			c.Oldest[state] = oldest[state].Received()
		}
	}
	return c, err
}
