package pickle

import (
	"bytes"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// graph writes a value so that two results are equal if the values have the same
// content and share the same parts in the same places.
type graph struct {
	seen map[any]int
	b    strings.Builder
}

func graphOf(v Value) string {
	g := graph{seen: make(map[any]int)}
	g.value(v)
	return g.b.String()
}

func (g *graph) value(v Value) {
	if nodeOf(v) != nil {
		if n, ok := g.seen[v]; ok {
			fmt.Fprintf(&g.b, "@%d", n)
			return
		}
		// Python always shares the empty tuple.
		if t, ok := v.(*Tuple); !ok || len(t.Items) > 0 {
			g.seen[v] = len(g.seen)
		}
	}
	switch v := v.(type) {
	case nil:
		g.b.WriteString("nil")
	case *Tuple, *List, *Dict, *Set, *Object:
		fmt.Fprintf(&g.b, "%T", v)
		if s, ok := v.(*Set); ok {
			fmt.Fprint(&g.b, s.Frozen)
		}
		if o, ok := v.(*Object); ok {
			// Both write the same call.
			g.b.WriteString(strings.Replace(o.How, "INST", "OBJ", 1))
		}
		g.b.WriteByte('(')
		for _, in := range AppendChildren(nil, v) {
			g.value(in)
			g.b.WriteByte(' ')
		}
		g.b.WriteByte(')')
	case *String:
		content, _, err := v.Text(1 << 30)
		fmt.Fprintf(&g.b, "%d%v%q%v", v.Kind, v.Array, content, err)
	default:
		g.b.WriteString(shown(v))
	}
}

// drawn draws values that share parts and contain themselves.
type drawn struct {
	t     *rapid.T
	made  []Value
	kinds []StringKind
	// plain leaves out what one of the targets writes differently.
	plain bool
}

func (d *drawn) scalar() Value {
	switch rapid.IntRange(0, 6).Draw(d.t, "scalar") {
	case 0:
		return None{}
	case 1:
		return Bool(rapid.Bool().Draw(d.t, "bool"))
	case 2:
		return Int{Small: rapid.Int64().Draw(d.t, "int")}
	case 3:
		n := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 9, 300).Draw(d.t, "big"))
		if n.IsInt64() {
			n.Lsh(big.NewInt(1), 70)
		}
		if rapid.Bool().Draw(d.t, "negative") {
			n.Neg(n)
		}
		return Int{Big: n, Long: true}
	case 4:
		return Float(rapid.Float64().Draw(d.t, "float"))
	}
	return d.text()
}

func (d *drawn) text() Value {
	kind := rapid.SampledFrom(d.kinds).Draw(d.t, "kind")
	if kind == Unicode {
		var b []byte
		for _, c := range rapid.SliceOfN(rapid.SampledFrom([]rune{'a', '\n', '\\', 'é', 0xDC80, 0xD83D, 0x20AC, 0x1F600}), 0, 300).Draw(d.t, "text") {
			b = appendChar(b, c)
		}
		return NewString(kind, b)
	}
	return NewString(kind, rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(d.t, "bytes"))
}

func (d *drawn) key() Value {
	if rapid.Bool().Draw(d.t, "tuple") {
		return &Tuple{Items: []Value{d.text(), &Tuple{Items: []Value{None{}}}}}
	}
	return d.text()
}

func (d *drawn) value(depth int) Value {
	if len(d.made) > 0 && rapid.IntRange(0, 3).Draw(d.t, "again") == 0 {
		return rapid.SampledFrom(d.made).Draw(d.t, "made")
	}
	if depth == 0 {
		v := d.scalar()
		d.made = append(d.made, v)
		return v
	}
	n := rapid.IntRange(0, 4).Draw(d.t, "n")
	var items []Value
	switch rapid.IntRange(0, 6).Draw(d.t, "container") {
	case 0:
		for range n {
			items = append(items, d.value(depth-1))
		}
		v := &Tuple{Items: items}
		d.made = append(d.made, v)
		return v
	case 1:
		v := &Dict{}
		d.made = append(d.made, v)
		for range n {
			v.Pairs = append(v.Pairs, Pair{d.key(), d.value(depth - 1)})
		}
		v.Pairs = distinct(v.Pairs)
		return v
	case 2:
		if d.plain {
			break
		}
		v := &Set{Frozen: rapid.Bool().Draw(d.t, "frozen")}
		for i := range n {
			v.Items = append(v.Items, Int{Small: int64(i)})
		}
		d.made = append(d.made, v)
		return v
	case 3:
		how := rapid.SampledFrom([]string{"REDUCE", "NEWOBJ", "OBJ"}).Draw(d.t, "how")
		args := &Tuple{Items: []Value{d.value(depth - 1)}}
		v := &Object{How: how, Callable: &Global{"m", "f"}, Args: args}
		d.made = append(d.made, v)
		if n > 2 {
			v.Items = append(v.Items, d.value(depth-1))
			v.Pairs = append(v.Pairs, Pair{d.key(), d.value(depth - 1)})
		}
		if n > 1 {
			v.State = d.value(depth - 1)
		}
		return v
	}
	v := &List{}
	d.made = append(d.made, v)
	for range n {
		v.Items = append(v.Items, d.value(depth-1))
	}
	return v
}

// distinct keeps the first of equal keys, as a decoded dictionary does.
func distinct(in []Pair) (out []Pair) {
next:
	for _, p := range in {
		for _, q := range out {
			if sameKey(p.Key, q.Key) {
				continue next
			}
		}
		out = append(out, p)
	}
	return out
}

func reread(t interface {
	Helper()
	Fatalf(string, ...any)
}, v Value, o Options) Value {
	t.Helper()
	out, err := AppendValue([]byte("N"), v, o)
	if err != nil {
		t.Fatalf("%s: %v", graphOf(v), err)
	}
	out = AppendStop(out)
	doc, err := Decode(bytes.NewReader(out), int64(len(out)), 1)
	if err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	if doc.End != int64(len(out)) {
		t.Fatalf("%q: ends at %d", out, doc.End)
	}
	return doc.Value
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		target := rapid.SampledFrom([]Target{Python2, Python3}).Draw(t, "target")
		d := drawn{t: t, kinds: []StringKind{ByteString, Unicode}, plain: true}
		if target == Python3 {
			d.kinds, d.plain = []StringKind{Unicode, Bytes}, false
		}
		v := d.value(4)
		first := rapid.SampledFrom([]uint32{0, 250, 1 << 16}).Draw(t, "memo")
		got := reread(t, v, Options{Target: target, firstMemo: first})
		if g, w := graphOf(got), graphOf(v); g != w {
			t.Fatalf("%s\nbecame\n%s", w, g)
		}
	})
}
