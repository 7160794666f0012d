package queue

import (
	"errors"
	"io"
	"slices"
)

// Claims claims entries oldest first.
type Claims struct {
	dir       *Dir
	slice     Slice
	keep      func(ID) bool
	list      []ID
	conflicts int
	busy      int
	// want is how many entries a listing is for.
	want   int
	misses int
	// seen are entries that were passed over and are still there.
	seen map[string]bool
	done bool
}

// Claims begins to claim the oldest entries of a slice of the queue, about
// want of them: it may be asked for fewer or more. Where the queue is deep,
// processes share one listing: see cacheHeader.
func (d *Dir) Claims(s Slice, want int) *Claims {
	return &Claims{dir: d, slice: s, keep: s.Filter(), want: max(want, 1)}
}

// ClaimsOfAll begins to claim what is ready now, from a listing of its own:
// what becomes ready later is not seen.
func (d *Dir) ClaimsOfAll(s Slice) *Claims {
	return &Claims{dir: d, slice: s, keep: s.Filter()}
}

// Conflicts is how many entries Next passed over because a file was in the way.
func (c *Claims) Conflicts() int { return c.conflicts }

// Busy is how many entries Next passed over because another process holds a
// lock on them: the one that has just given them their names, or is about to
// claim them. Nothing tells when a lock goes.
func (c *Claims) Busy() int { return c.busy }

// Next claims the oldest ready entry; io.EOF when there is none. An entry that
// another process gets first is passed over in silence; an unreadable one is
// preserved, and conflicts and strays are left alone, which Options.Notice is
// told. After any other error Next may be called again, for the next entry, or
// for the same one if Crowded says so of the error.
func (c *Claims) Next() (*Claim, error) {
	for {
		if len(c.list) == 0 {
			if c.done {
				return nil, io.EOF
			}
			if err := c.refill(); err != nil {
				// Without a listing there is no next entry to go on with.
				c.list, c.done = nil, true
				return nil, err
			}
			continue
		}
		id := c.list[0]
		c.list = c.list[1:]
		claim, err := c.dir.Dequeue(id)
		switch {
		case err == nil:
			c.want = max(c.want-1, 1)
			return claim, nil
		case errors.Is(err, ErrState):
			// Another claimer has it, or the cache is of no use any more.
			if c.misses++; c.misses%cacheMisses == 0 {
				c.dir.dropCache(c.slice)
			}
			continue
		case errors.Is(err, ErrBusy) && !errors.Is(err, errNamesBusy):
			c.busy++
		case errors.Is(err, ErrConflict):
			c.conflicts++
			c.dir.opt.Notice(err)
		case errors.As(err, new(preservedAs)):
			c.dir.opt.Notice(err)
		case errors.Is(err, ErrStray):
			c.dir.opt.Notice(err)
		case Crowded(err):
			c.list = slices.Insert(c.list, 0, id)
			return nil, err
		default:
			c.pass(id)
			return nil, err
		}
		c.pass(id)
	}
}

// pass remembers an entry that is still there, so that the next listing
// doesn't offer it again.
func (c *Claims) pass(id ID) {
	if c.seen == nil {
		c.seen = make(map[string]bool)
	}
	c.seen[id.base] = true
}

// refill finds the next entries: in the cache, or else in a listing, which is
// cached if it is long.
func (c *Claims) refill() error {
	d := c.dir
	keep := func(id ID) bool { return c.keep(id) && !c.seen[id.base] }
	if c.want == 0 {
		c.done = true
		list, err := d.List(Ready, keep)
		c.list = list
		return err
	}
	if got, err := d.takeCached(c.slice, c.want); err == nil {
		c.list, c.done = slices.DeleteFunc(got.ids, func(id ID) bool { return !keep(id) }), got.empty
		return nil
	}
	before, err := d.dir.Stat()
	if err != nil {
		return &Error{Path: d.path, Err: err}
	}
	list, err := d.oldest(cacheEntries, keep)
	if err != nil {
		return err
	}
	// What this process takes whole is of no use to others.
	all := len(list) <= c.want && len(list) < cacheEntries
	switch {
	case len(list) >= deep && !all:
		c.list = list[:min(c.want, len(list))]
		d.cache(c.slice, list, len(c.list))
		return nil
	case len(list) == 0 && len(c.seen) == 0 && c.slice.Count <= 1 && before.Size >= bigDirectory:
		d.noteEmpty(before)
	default:
		d.dropCache(c.slice)
	}
	c.list, c.done = list, true
	return nil
}

// oldest lists the n oldest ready entries that keep accepts, in order.
func (d *Dir) oldest(n int, keep func(ID) bool) ([]ID, error) {
	list, old, err := d.oldestOf(n, keep)
	if err == nil && old != nil {
		list, _, err = d.oldestOf(n, old.none(keep))
	}
	return list, err
}

// oldestOf does it in one look, old pairs included, which it returns.
func (d *Dir) oldestOf(n int, keep func(ID) bool) (list []ID, old pairs, err error) {
	// latest is the time of the n-th when there are more than n.
	latest, full := 0.0, false
	err = d.each(func(name []byte, regular bool) error {
		if !regular {
			return nil
		}
		// Most names of a deep queue are later than the oldest: the digits in
		// front say so before anything is allocated.
		if _, seconds, ok := plainName(name); ok && full && float64(seconds) > latest {
			return nil
		}
		id, s := SplitName(string(name))
		if s == Stray {
			old.note(name)
		}
		if s != Ready || full && id.time > latest || !keep(id) {
			return nil
		}
		if list = append(list, id); len(list) == 2*n {
			slices.SortFunc(list, ID.Compare)
			list = list[:n]
			latest, full = list[n-1].time, true
		}
		return nil
	})
	slices.SortFunc(list, ID.Compare)
	return list[:min(n, len(list))], old, err
}
