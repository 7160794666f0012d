package fakedisk

import (
	"math/rand/v2"
	"slices"
)

// apply returns data with the write done.
func (e extent) apply(data []byte) []byte {
	if e.data == nil {
		out := make([]byte, e.off)
		copy(out, data)
		return out
	}
	end := e.off + int64(len(e.data))
	out := make([]byte, max(int64(len(data)), end))
	copy(out, data)
	copy(out[e.off:], e.data)
	return out
}

// What a cut may leave of a write: any of it, in any order of the writes.
const (
	wroteNothing = iota
	wroteAll
	wroteHalf
	// wroteSize is a file that has grown, with nothing in what is new.
	wroteSize
)

// outcomes are what a cut may leave of e in a file of the given length.
func (e extent) outcomes(length int) []int {
	var list []int
	switch {
	case e.data == nil && e.lost:
		return []int{wroteNothing}
	case e.data == nil:
		return []int{wroteNothing, wroteAll}
	case e.lost:
		list = []int{wroteNothing}
	case len(e.data) == 1:
		list = []int{wroteNothing, wroteAll}
	default:
		list = []int{wroteNothing, wroteAll, wroteHalf}
	}
	if e.off+int64(len(e.data)) > int64(length) {
		list = append(list, wroteSize)
	}
	return list
}

func (e extent) partly(outcome int, data []byte) []byte {
	switch outcome {
	case wroteNothing:
		return data
	case wroteHalf:
		return extent{off: e.off, data: e.data[:len(e.data)/2]}.apply(data)
	case wroteSize:
		grown := extent{off: max(int64(len(data)), e.off+int64(len(e.data)))}
		return grown.apply(data)
	}
	return e.apply(data)
}

// all lists the files that have, had, or may after a cut have a name.
func (d *Disk) all() []*Inode {
	var list []*Inode
	seen := map[*Inode]bool{}
	var add func(n *Inode)
	add = func(n *Inode) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		list = append(list, n)
		for _, child := range n.Names {
			add(child)
		}
		for _, child := range n.Kept {
			add(child)
		}
		if n.Names != nil {
			for _, c := range n.FS.pending {
				for _, s := range c.slots {
					add(s.File)
				}
			}
		}
	}
	add(d.root)
	slices.SortFunc(list, func(a, b *Inode) int { return int(a.ino) - int(b.ino) })
	return list
}

// Snapshot copies the disk, with what is not yet durable in it, and without
// the processes: nothing is open, nothing locked.
func (d *Disk) Snapshot() *Disk {
	s := &Disk{
		Clock: d.Clock, Split: d.Split, Links: d.Links, Relinks: d.Relinks,
		NFS: d.NFS, NoLinks: d.NoLinks, Ahead: d.Ahead, inodes: d.inodes,
		OpenFiles: map[*File]bool{}, OpenDirs: map[*Dir]bool{},
	}
	inodes, systems := map[*Inode]*Inode{}, map[*filesystem]*filesystem{}
	for _, n := range d.all() {
		twin := *n
		twin.locks, twin.ranges, twin.opened = nil, nil, 0
		twin.writes = slices.Clone(n.writes)
		inodes[n] = &twin
		if systems[n.FS] == nil {
			systems[n.FS] = &filesystem{dev: n.FS.dev}
		}
	}
	names := func(m map[string]*Inode) map[string]*Inode {
		if m == nil {
			return nil
		}
		twin := make(map[string]*Inode, len(m))
		for name, n := range m {
			twin[name] = inodes[n]
		}
		return twin
	}
	for n, twin := range inodes {
		twin.FS, twin.Names, twin.Kept = systems[n.FS], names(n.Names), names(n.Kept)
	}
	for fs, twin := range systems {
		for _, c := range fs.pending {
			slots := slices.Clone(c.slots)
			for i := range slots {
				slots[i].Dir, slots[i].File = inodes[slots[i].Dir], inodes[slots[i].File]
			}
			twin.pending = append(twin.pending, &change{slots, c.logged, inodes[c.leaves]})
		}
	}
	s.root = inodes[d.root]
	return s
}

// A survivor is described by one number for each thing that may or may not
// have reached the disk; ways says how many numbers there are.
func (d *Disk) ways() []int {
	var ways []int
	seen := map[*filesystem]bool{}
	for _, n := range d.all() {
		if !seen[n.FS] {
			seen[n.FS] = true
			for range n.FS.pending {
				ways = append(ways, 2)
			}
		}
		for _, e := range n.writes {
			ways = append(ways, len(e.outcomes(len(n.synced))))
		}
		if n.onDisk != n.attributes() {
			ways = append(ways, 2)
		}
	}
	return ways
}

// survivor is the disk after a cut of the power, as the numbers choose. False
// if they would turn round two changes of one name.
func (d *Disk) survivor(choice []int) (*Disk, bool) {
	s := d.Snapshot()
	next := func() int {
		c := choice[0]
		choice = choice[1:]
		return c
	}
	inodes := s.all()
	seen := map[*filesystem]bool{}
	for _, n := range inodes {
		if !seen[n.FS] {
			seen[n.FS] = true
			var left []*change
			for _, c := range n.FS.pending {
				if next() == 0 {
					left = append(left, c)
				} else if slices.ContainsFunc(left, c.after) {
					return nil, false
				} else {
					c.keep()
				}
			}
		}
		length := len(n.synced)
		for _, e := range n.writes {
			n.synced = e.partly(e.outcomes(length)[next()], n.synced)
		}
		if n.onDisk != n.attributes() && next() == 1 {
			n.onDisk = n.attributes()
		}
	}
	for _, n := range inodes {
		n.FS.pending, n.writes, n.nlink = nil, nil, 0
		n.Data, n.Mode, n.UID, n.GID = n.synced, n.onDisk.mode, n.onDisk.uid, n.onDisk.gid
	}
	for _, n := range inodes {
		n.Names = map[string]*Inode{}
		for name, child := range n.Kept {
			n.Names[name] = child
			child.nlink++
		}
	}
	return s, true
}

// Cuts calls visit with what may be left after a cut of the power now: every
// possibility if there are at most limit, else the nearest to all and to
// nothing and as many others as limit, chosen by rng.
func (d *Disk) Cuts(limit int, rng *rand.Rand, visit func(*Disk)) {
	ways := d.ways()
	total := 1
	for _, w := range ways {
		if total *= w; total > limit {
			break
		}
	}
	choice := make([]int, len(ways))
	try := func() {
		if s, ok := d.survivor(slices.Clone(choice)); ok {
			visit(s)
		}
	}
	if total <= limit {
		for {
			try()
			i := 0
			for ; i < len(ways); i++ {
				if choice[i]++; choice[i] < ways[i] {
					break
				}
				choice[i] = 0
			}
			if i == len(ways) {
				return
			}
		}
	}
	for _, base := range []int{0, 1} { // nothing, or all
		for i := range choice {
			choice[i] = min(base, ways[i]-1)
		}
		try()
		corners := 0
		for _, w := range ways {
			corners += w
		}
		for i := range ways {
			for other := range ways[i] {
				if rng.IntN(corners) >= limit {
					continue
				}
				for j := range choice {
					choice[j] = min(base, ways[j]-1)
				}
				choice[i] = other
				try()
			}
		}
	}
	for range limit {
		for i, w := range ways {
			choice[i] = rng.IntN(w)
		}
		try()
	}
}
