package message

import "switchboard/pkg/pickle"

// checkGlobals refuses a value that names an unknown class or function. size is the
// length of its pickle. todo is memory to work in; checkGlobals returns it for the
// next call.
func checkGlobals(what string, root pickle.Value, size int64, todo []pickle.Value) ([]pickle.Value, error) {
	w := walker{left: size, todo: todo[:0]}
	w.add(root)
	for len(w.todo) > 0 && w.bad == nil {
		v := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		// A pickle has at least one byte for each value. If there are more visits
		// than bytes, values are shared, and from here on each is visited once.
		if w.left--; w.left < 0 {
			if w.seen == nil {
				w.seen = make(map[pickle.Value]struct{})
			}
			if _, again := w.seen[v]; again {
				continue
			}
			w.seen[v] = struct{}{}
		}
		w.enter(v)
	}
	if w.bad != nil {
		return nil, malformed("%s names %q", what, w.bad.Module+"."+w.bad.Name)
	}
	return w.todo, nil
}

type walker struct {
	todo []pickle.Value
	left int64
	seen map[pickle.Value]struct{}
	bad  *pickle.Global
}

// add adds a value that may contain others to todo. It checks a name at once.
func (w *walker) add(v pickle.Value) {
	switch v := v.(type) {
	case *pickle.Global:
		if !isKnown(v) {
			w.bad = v
		}
	case *pickle.Tuple, *pickle.List, *pickle.Dict, *pickle.Set, *pickle.Object:
		w.todo = append(w.todo, v)
	}
}

func (w *walker) addAll(values []pickle.Value) {
	for _, v := range values {
		w.add(v)
	}
}

func (w *walker) addPairs(pairs []pickle.Pair) {
	for _, p := range pairs {
		w.add(p.Key)
		w.add(p.Value)
	}
}

// enter adds what v contains. Every claim comes here, so strings are not put on todo
// and children are not copied, as pickle.AppendChildren would.
func (w *walker) enter(v pickle.Value) {
	switch v := v.(type) {
	case *pickle.Tuple:
		w.addAll(v.Items)
	case *pickle.List:
		w.addAll(v.Items)
	case *pickle.Dict:
		w.addPairs(v.Pairs)
	case *pickle.Set:
		w.addAll(v.Items)
	case *pickle.Object:
		w.add(v.Callable)
		w.add(v.Args)
		w.add(v.Kwargs)
		w.add(v.State)
		w.addAll(v.Items)
		w.addPairs(v.Pairs)
	}
}

const (
	// treeFactor and treeBase limit how much longer than its pickle a message may
	// be: a part that occurs more than once is written more than once.
	treeFactor = 8
	treeBase   = 1 << 20
	// partCost is the length of a part without content, with its boundary.
	// fieldCost is the length of an empty field: colon, blank and newline.
	partCost  = 64
	fieldCost = 3
	// partDepth is deeper than a pickle can nest parts, unless a part contains
	// itself.
	partDepth = 10000
)

// checkTree refuses a message whose text would be out of proportion to its pickle.
func checkTree(root *pickle.Object, size int64) error {
	t := tree{left: size*treeFactor + treeBase}
	return t.part(root, 0)
}

type tree struct{ left int64 }

func (t *tree) part(v pickle.Value, depth int) error {
	if depth > partDepth {
		return malformed("a part of the message contains itself")
	}
	t.left -= partCost
	p, ok := partOf(v)
	if !ok {
		t.left -= length(v)
		return nil
	}
	t.left -= length(p.preamble) + length(p.epilogue) + length(p.payload)
	if p.headers != nil {
		for _, item := range p.headers.Items {
			if t.field(p, item); t.left < 0 {
				break
			}
		}
	}
	if t.left < 0 {
		return malformed("the message's parts are out of proportion to the file")
	}
	if _, ok := p.payload.(*pickle.Object); ok {
		return t.part(p.payload, depth+1)
	}
	parts, _ := itemsOf(p.payload)
	for _, part := range parts {
		if err := t.part(part, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// addBodies adds the texts of a message and of its parts to bodies. checkTree has
// limited how many there are.
func addBodies(bodies map[*pickle.String]bool, v pickle.Value) {
	if s, ok := v.(*pickle.String); ok {
		bodies[s] = true
		return
	}
	p, ok := partOf(v)
	if !ok {
		return
	}
	parts, isList := itemsOf(p.payload)
	if !isList {
		parts = []pickle.Value{p.payload}
	}
	for _, part := range parts {
		addBodies(bodies, part)
	}
}

func (t *tree) field(p part, item pickle.Value) {
	name, value, ok := fieldOf(item)
	if !ok {
		return
	}
	n := fieldCost + length(name) + length(value)
	if h, ok := headerOf(value); ok {
		for _, chunk := range h.chunks() {
			// Encoded words are longer than their text.
			n += 1 + 4*length(chunk.text)
		}
	}
	t.left -= n
	// The boundary is in one of the fields, and is written once for each part.
	if parts, _ := itemsOf(p.payload); isNamed(name, "content-type") {
		t.left -= n * int64(len(parts))
	}
}

func length(v pickle.Value) int64 {
	if s, ok := v.(*pickle.String); ok {
		return s.Len()
	}
	return 0
}
