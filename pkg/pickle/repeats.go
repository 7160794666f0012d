package pickle

// repeats finds what occurs more than once. It searches a short list one by one:
// the metadata of most entries is short, and a map would only make garbage.
type repeats struct {
	few [8]any
	n   int
	// found says whether each item of few occurred again. Once few is full, many says
	// so for all items.
	found [8]bool
	many  map[any]bool
}

// again notes that id occurs and reports whether it occurred before.
func (r *repeats) again(id any) bool {
	if r.many != nil {
		_, again := r.many[id]
		r.many[id] = again
		return again
	}
	for i, known := range r.few[:r.n] {
		if known == id {
			r.found[i] = true
			return true
		}
	}
	if r.n < len(r.few) {
		r.few[r.n] = id
		r.n++
		return false
	}
	r.many = make(map[any]bool)
	for i, known := range r.few {
		r.many[known] = r.found[i]
	}
	r.many[id] = false
	return false
}

// has reports whether id occurred more than once.
func (r *repeats) has(id any) bool {
	if r.many != nil {
		return r.many[id]
	}
	for i, known := range r.few[:r.n] {
		if known == id {
			return r.found[i]
		}
	}
	return false
}
