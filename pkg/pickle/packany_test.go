package pickle

import (
	"testing"

	"pgregory.net/rapid"
)

// anyPickle draws the opcodes of lists, sets and tuples that are mostly of texts, some of
// them from the memo.
type anyPickle struct {
	t    *rapid.T
	out  []byte
	memo int
}

func (p *anyPickle) draw(n int, what string) int { return rapid.IntRange(0, n-1).Draw(p.t, what) }

func (p *anyPickle) put() {
	if p.draw(2, "put") == 0 {
		// A number may be used again.
		p.out = append(p.out, opBinPut, byte(p.draw(p.memo+1, "number")))
		p.memo++
	}
}

func (p *anyPickle) item(depth int) {
	switch n := p.draw(12, "item"); {
	case n < 5:
		p.text()
	case n < 8 && p.memo > 0:
		// The number need not be in use, and the pickle is refused then.
		p.out = append(p.out, opBinGet, byte(p.draw(p.memo, "get")))
	case n < 10 && depth < 3:
		p.list(depth)
	case n == 10 && depth < 3:
		p.out = append(p.out, opMark)
		p.items(depth)
		p.out = append(p.out, []byte{opTuple, opList, opFrozenSet}[p.draw(3, "end")])
	default:
		if p.draw(2, "int or groups") == 0 {
			p.out = append(p.out, opBinInt1, byte(p.draw(3, "int")))
		} else if depth < 3 {
			p.groups()
		} else {
			p.text()
		}
	}
}

func (p *anyPickle) text() {
	texts := []string{"U\x01a", "U\x01b", "X\x01\x00\x00\x00a", "U\x02\xc3\xa9", "X\x02\x00\x00\x00\xc3\xa9", "S'c'\n", "V\\u00e9\n", "C\x01a"}
	p.out = append(p.out, texts[p.draw(len(texts), "text")]...)
	p.put()
}

// groups draws a list of lists, most of which are of texts.
func (p *anyPickle) groups() {
	p.out = append(p.out, opEmptyList)
	p.put()
	for range p.draw(3, "batches") {
		p.out = append(p.out, opMark)
		for range p.draw(4, "groups") {
			if p.draw(10, "odd") == 0 {
				p.item(2)
				continue
			}
			p.out = append(p.out, opEmptyList)
			p.put()
			p.text()
			p.out = append(p.out, opAppend)
		}
		p.out = append(p.out, opAppends)
	}
}

func (p *anyPickle) items(depth int) {
	for range p.draw(6, "items") {
		p.item(depth + 1)
	}
}

func (p *anyPickle) list(depth int) {
	set := p.draw(3, "set") == 0
	if set {
		p.out = append(p.out, opEmptySet)
	} else {
		p.out = append(p.out, opEmptyList)
	}
	p.put()
	for range p.draw(4, "steps") {
		if !set && p.draw(2, "append") == 0 {
			p.item(depth + 1)
			p.out = append(p.out, opAppend)
			continue
		}
		p.out = append(p.out, opMark)
		p.items(depth)
		if set {
			p.out = append(p.out, opAddItems)
		} else {
			p.out = append(p.out, opAppends)
		}
	}
}

// TestPackedAny packs any pickle of lists, sets and tuples.
func TestPackedAny(t *testing.T) {
	t.Parallel()
	packed, pickles, groups := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p := &anyPickle{t: t}
		if p.draw(2, "root") == 0 {
			p.groups()
		} else {
			p.list(0)
		}
		p.out = append(p.out, opStop)
		texts, err := checkPacked(p.out)
		if err != nil {
			t.Fatalf("%q: %v", p.out, err)
		}
		if packed += texts; texts > 0 {
			pickles++
		}
		if doc, err := decodePacked(p.out, true); err == nil && hasGroups(doc.Value) {
			groups++
		}
	})
	if pickles < 10 || groups < 2 {
		t.Errorf("only %d pickles, with %d texts, were packed, %d of them with groups", pickles, packed, groups)
	}
}

// hasGroups reports whether lists are packed in a value.
func hasGroups(root Value) bool {
	seen := map[Value]bool{}
	for todo := []Value{root}; len(todo) > 0; {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, ok := v.(*Groups); ok {
			return true
		}
		if nodeOf(v) != nil && !seen[v] {
			seen[v] = true
			todo = AppendChildren(todo, v)
		}
	}
	return false
}
