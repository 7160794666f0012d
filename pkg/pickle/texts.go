package pickle

import (
	"sort"
)

// Texts are strings that follow one another in a list, a tuple or a set: one item of the
// container stands for all of them. Only a Reader whose Pack was called makes them. A list
// of 100,000 recipients takes little more memory than their letters: as many *[String] take
// three times that, and leave as much again to be collected.
type Texts struct {
	store *textStore
	runs  []textRun
	n     int
}

func (*Texts) value() {}

// textRun says that the texts from index at on are those of the store from id on.
type textRun struct{ at, id uint32 }

// Len returns how many strings there are.
func (t *Texts) Len() int { return t.n }

// At returns the content of a string, which the caller must not change, and its kind, which
// is never Bytes.
func (t *Texts) At(i int) ([]byte, StringKind) {
	k := sort.Search(len(t.runs), func(k int) bool { return t.runs[k].at > uint32(i) }) - 1
	return t.store.get(t.runs[k].id + uint32(i) - t.runs[k].at)
}

// add adds one string.
func (t *Texts) add(id uint32) {
	if k := len(t.runs) - 1; k < 0 || t.runs[k].id+uint32(t.n)-t.runs[k].at != id {
		t.runs = append(t.runs, textRun{uint32(t.n), id})
	}
	t.n++
}

// Join adds the strings of other to the end of t, which is zero at first. It returns false,
// and adds nothing, if the strings before are those of another pickle. Texts that are in a
// value must not be changed: Join is for one list of what many small lists have.
func (t *Texts) Join(other *Texts) bool {
	if t.store != nil && t.store != other.store {
		return false
	}
	t.store = other.store
	for _, run := range other.runs {
		at := uint32(t.n) + run.at
		if k := len(t.runs) - 1; k < 0 || t.runs[k].id+at-t.runs[k].at != run.id {
			t.runs = append(t.runs, textRun{at, run.id})
		}
	}
	t.n += other.n
	return true
}

// textStore has the content of strings, by number.
type textStore struct {
	pages []textPage
	n     uint32
}

// textPage has the content of some strings, one after the other.
type textPage struct {
	first uint32
	text  []byte
	// ends has where each string ends, times two, plus one if it is Unicode.
	ends []uint32
}

const textPageSize = 64 << 10

// room returns an empty slice with room for n bytes, at the end of the last page.
func (s *textStore) room(n int) []byte {
	k := len(s.pages) - 1
	if k < 0 || cap(s.pages[k].text)-len(s.pages[k].text) < n {
		// The strings of a list are about as long as one another.
		ends := 64
		if k >= 0 {
			ends = min(len(s.pages[k].ends)+len(s.pages[k].ends)/16+1, 4096)
		}
		s.pages = append(s.pages, textPage{first: s.n, text: make([]byte, 0, max(textPageSize, n)), ends: make([]uint32, 0, ends)})
		k++
	}
	text := s.pages[k].text
	return text[len(text):len(text):cap(text)]
}

// keep makes content, which was appended to what room returned, the next string.
func (s *textStore) keep(content []byte, kind StringKind) (id uint32) {
	p := &s.pages[len(s.pages)-1]
	p.text = p.text[:len(p.text)+len(content)]
	p.ends = append(p.ends, uint32(len(p.text))<<1|uint32(kind&1))
	s.n++
	return s.n - 1
}

func (s *textStore) get(id uint32) ([]byte, StringKind) {
	k := sort.Search(len(s.pages), func(k int) bool { return s.pages[k].first > id }) - 1
	p := &s.pages[k]
	i := id - p.first
	start := uint32(0)
	if i > 0 {
		start = p.ends[i-1] >> 1
	}
	end := p.ends[i]
	return p.text[start : end>>1 : end>>1], StringKind(end & 1)
}

// Unpack replaces all Texts and Groups in a value by what they stand for.
func Unpack(root Value) {
	var seen map[*node]bool
	todo := []Value{root}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		n := nodeOf(v)
		if n == nil || seen[n] {
			continue
		}
		if seen == nil {
			seen = make(map[*node]bool)
		}
		seen[n] = true
		if items := itemsOf(v); items != nil {
			*items = unpacked(*items)
		}
		todo = appendContainers(todo, v)
	}
}

// itemsOf returns where the items of a container are, nil if it is a dictionary.
func itemsOf(v Value) *[]Value {
	switch v := v.(type) {
	case *Tuple:
		return &v.Items
	case *List:
		return &v.Items
	case *Set:
		return &v.Items
	case *Object:
		return &v.Items
	}
	return nil
}

// unpacked returns items with each Texts and Groups replaced. It returns items itself if it
// has none.
func unpacked(items []Value) []Value {
	n, packed := 0, false
	for _, v := range items {
		switch v := v.(type) {
		case *Texts:
			n, packed = n+v.n, true
		case *Groups:
			n, packed = n+v.Len(), true
		default:
			n++
		}
	}
	if !packed {
		return items
	}
	all := make([]Value, 0, n)
	for _, v := range items {
		switch v := v.(type) {
		case *Texts:
			all = v.values(all)
		case *Groups:
			lists := v.lists()
			for i := range lists {
				all = append(all, &lists[i])
			}
		default:
			all = append(all, v)
		}
	}
	return all
}

// values appends a String for each text.
func (t *Texts) values(to []Value) []Value {
	strings := make([]String, t.n)
	for i := range strings {
		strings[i].held, strings[i].Kind = t.At(i)
		to = append(to, &strings[i])
	}
	return to
}

// appendContainers is AppendChildren for the children that are containers.
func appendContainers(to []Value, v Value) []Value {
	start := len(to)
	to = AppendChildren(to, v)
	kept := to[:start]
	for _, v := range to[start:] {
		if nodeOf(v) != nil {
			kept = append(kept, v)
		}
	}
	return kept
}
