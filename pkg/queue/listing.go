package queue

import "slices"

// listing is a list of names that is sorted as ID.Compare does. It grows by runs, each of
// which is sorted by itself, and merges them when it is read. It never copies what it has,
// so a million names take 32 MB, and at no time more.
type listing struct {
	// keep reports whether an entry is wanted, nil if all are.
	keep func(ID) bool
	// runs are not empty, and are sorted except for the last one. Once next has been
	// called, they are a heap, in which the run with the first name is the first.
	runs   [][]packed
	merges bool
	odd    oddNames
	n      int
}

// runNames is the length of a run. A run fits into a processor's cache.
const runNames = 16 << 10

// add adds the name of a file in state s that plainName has parsed.
func (l *listing) add(base []byte, s State, seconds int64) {
	if p, ok := pack(base, s, seconds); !ok {
		if id, err := ParseID(string(base)); err == nil {
			l.addOdd(id, s)
		}
	} else if l.keep == nil || l.keep(l.odd.file(&p).ID) {
		l.append(p)
	}
}

// addOdd adds the name of any file in state s.
func (l *listing) addOdd(id ID, s State) {
	if l.keep == nil || l.keep(id) {
		l.append(l.odd.add(id, s))
	}
}

func (l *listing) append(p packed) {
	last := len(l.runs) - 1
	if last < 0 || len(l.runs[last]) == runNames {
		var run []packed
		if last >= 0 {
			l.sort(l.runs[last])
			run = make([]packed, 0, runNames)
		}
		l.runs = append(l.runs, run)
		last++
	}
	l.runs[last] = append(l.runs[last], p)
	l.n++
}

// drop removes the entries whose state and file base are these.
func (l *listing) drop(s State, bases pairs) {
	for i, run := range l.runs {
		l.runs[i] = slices.DeleteFunc(run, func(p packed) bool { return p.state() == s && bases[l.odd.file(&p).ID.base] })
		l.n -= len(run) - len(l.runs[i])
	}
	l.runs = slices.DeleteFunc(l.runs, func(run []packed) bool { return len(run) == 0 })
}

func (l *listing) sort(run []packed) {
	slices.SortFunc(run, func(a, b packed) int { return l.odd.compare(&a, &b) })
}

// len returns how many names next has yet to return.
func (l *listing) len() int { return l.n }

// next returns the first file and removes it from the listing, which must not be empty.
func (l *listing) next() File {
	if !l.merges {
		l.sort(l.runs[len(l.runs)-1])
		for i := len(l.runs)/2 - 1; i >= 0; i-- {
			l.down(i)
		}
		l.merges = true
	}
	f := l.odd.file(&l.runs[0][0])
	l.n--
	if l.runs[0] = l.runs[0][1:]; len(l.runs[0]) == 0 {
		last := len(l.runs) - 1
		l.runs[0], l.runs[last] = l.runs[last], nil
		l.runs = l.runs[:last]
	}
	l.down(0)
	return f
}

// take removes the first files, at most n, and appends their IDs to ids.
func (l *listing) take(ids []ID, n int) []ID {
	for ; n > 0 && l.len() > 0; n-- {
		ids = append(ids, l.next().ID)
	}
	return ids
}

// down moves a run down in the heap until its first name is before those of the runs
// below it.
func (l *listing) down(i int) {
	for {
		first := 2*i + 1
		if first >= len(l.runs) {
			return
		}
		if second := first + 1; second < len(l.runs) && l.odd.compare(&l.runs[second][0], &l.runs[first][0]) < 0 {
			first = second
		}
		if l.odd.compare(&l.runs[i][0], &l.runs[first][0]) <= 0 {
			return
		}
		l.runs[i], l.runs[first] = l.runs[first], l.runs[i]
		i = first
	}
}
