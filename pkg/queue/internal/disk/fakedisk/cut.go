package fakedisk

import (
	"math/rand/v2"
	"slices"
)

// A survivor is described by one number for each thing that may or may not have reached
// the disk. ways returns how many values each number has.
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

// survivor returns the disk after a power cut, as the numbers choose. It returns false
// if they would swap the order of two changes of one name.
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
		n.Touched = n.onDisk.touched
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

// Cuts calls visit with disks that may be left if the power were cut now. If there are
// at most limit, it visits all of them. Otherwise it visits those nearest to losing
// nothing and to losing everything, and limit others chosen by rng.
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
	for _, base := range []int{0, 1} { // nothing reached the disk, or all
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
