package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// graph writes a value so that two are written alike when they have the same
// content and share the same things in the same places.
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
		// Python shares the empty tuple whether asked to or not.
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
		for _, in := range children(v) {
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

// drawn makes random values that share things and contain themselves.
type drawn struct {
	t     *rapid.T
	made  []Value
	kinds []StringKind
	// plain leaves out what one of the targets writes otherwise.
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

// distinct keeps the first of each key, as a decoded dictionary does.
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
		got := reread(t, v, Options{Target: target, FirstMemo: first})
		if g, w := graphOf(got), graphOf(v); g != w {
			t.Fatalf("%s\nbecame\n%s", w, g)
		}
	})
}

// What the golden files hold can be written again, for both Pythons, and
// writing that again changes nothing.
func TestRewriteGolden(t *testing.T) {
	t.Parallel()
	for _, f := range goldenFiles(t, "golden") {
		r := NewReader(bytes.NewReader(f.data), int64(len(f.data)), 0)
		for range 2 {
			doc, err := r.Next()
			if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			for _, target := range []Target{Python2, Python3} {
				once := reread(t, doc.Value, Options{Target: target})
				twice := reread(t, once, Options{Target: target})
				if graphOf(once) != graphOf(twice) {
					t.Errorf("%s: %d: %s\nbecame\n%s", f.name, target, graphOf(once), graphOf(twice))
				}
				if target == Python2 && doc.Protocol <= 2 && graphOf(once) != graphOf(doc.Value) {
					t.Errorf("%s: %s\nbecame\n%s", f.name, graphOf(doc.Value), graphOf(once))
				}
			}
		}
	}
}

// A tuple that contains itself through a list, and calls that do.
func TestLoops(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"]q\x00h\x00a.",
		"(]q\x00tq\x01h\x00h\x01a0.",
		"]q\x00h\x00\x85q\x01ah\x01.",
		"cm\nf\n]q\x00\x85Rq\x01h\x00h\x01a0.",
		"(cm\nf\n]q\x00oq\x01h\x00h\x01a0.",
		"cm\nf\n]q\x00\x85\x81q\x01h\x01b.",
	} {
		doc, err := decodeString(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		for _, target := range []Target{Python2, Python3} {
			got := reread(t, doc.Value, Options{Target: target})
			if g, w := graphOf(got), graphOf(doc.Value); g != w {
				t.Errorf("%q: %s\nbecame\n%s", in, w, g)
			}
		}
	}
	s := &Set{}
	s.Items = []Value{&Object{How: "REDUCE", Callable: &Global{"m", "f"}, Args: &Tuple{}, State: s}}
	for _, target := range []Target{Python2, Python3} {
		if got := reread(t, s, Options{Target: target}); got == nil {
			t.Error("set that contains itself")
		}
	}
}

// The exact opcodes: these are what Mailman is going to read.
func TestAppend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		got  []byte
		want string
	}{
		{AppendByteString(nil, "a\xff"), "U\x02a\xff"},
		{AppendByteString(nil, strings.Repeat("a", 256))[:6], "T\x00\x01\x00\x00a"},
		{AppendUnicode(nil, "é"), "X\x02\x00\x00\x00é"},
		{AppendEscaped(nil, "a\x80\xe9\xff"), "a\xed\xb2\x80\xed\xb3\xa9\xed\xb3\xbf"},
		{AppendInt(nil, 5), "K\x05"},
		{AppendInt(nil, 256), "M\x00\x01"},
		{AppendInt(nil, -1), "J\xff\xff\xff\xff"},
		{AppendInt(nil, 1<<31), "I2147483648\n"},
		{AppendLong(nil, big.NewInt(0)), "\x8a\x00"},
		{AppendLong(nil, big.NewInt(-128)), "\x8a\x01\x80"},
		{AppendLong(nil, big.NewInt(128)), "\x8a\x02\x80\x00"},
		{AppendFloat(nil, 1.5), "G?\xf8\x00\x00\x00\x00\x00\x00"},
		{AppendBool(nil, true), "I01\n"},
		{AppendBool(nil, false), "I00\n"},
		{AppendNone(nil), "N"},
		{AppendTuple(AppendMark(nil)), "(t"},
		{AppendItems(AppendMark(AppendList(nil))), "](e"},
		{AppendPairs(AppendMark(AppendDict(nil))), "}(u"},
		{AppendRestoreTail(nil, "_bak_count", 2), "U\x0a_bak_countK\x02s."},
	} {
		if string(tt.got) != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

// How values of one Python are written for the other.
func TestAppendValueTarget(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in               string
		python2, python3 string
	}{
		{"U\x01a.", "U\x01a", "X\x01\x00\x00\x00a"},
		{"U\x01\xe9.", "U\x01\xe9", "X\x03\x00\x00\x00\xed\xb3\xa9"},
		{"C\x01\xe9.", "U\x01\xe9", "C\x01\xe9"},
		{"X\x02\x00\x00\x00é.", "X\x02\x00\x00\x00é", "X\x02\x00\x00\x00é"},
		{"\x96\x01\x00\x00\x00\x00\x00\x00\x00a.", "c__builtin__\nbytearray\n(U\x01atR", "c__builtin__\nbytearray\n(C\x01atR"},
		{"L5L\n.", "L5L\n", "K\x05"},
		{"\x8f(K\x01\x90.", "c__builtin__\nset\n(](K\x01etR", "\x8f(K\x01\x90"},
		{"(K\x01\x91.", "c__builtin__\nfrozenset\n(](K\x01etR", "(K\x01\x91"},
		{"cbuiltins\nset\n)R.", "c__builtin__\nset\n)R", "cbuiltins\nset\n)R"},
		{"\x8c\x07copyreg\x8c\x01f\x93.", "ccopy_reg\nf\n", "ccopyreg\nf\n"},
		{"cdatetime\ndate\n(U\x04\x07\xe7\x0b\x0etR.", "cdatetime\ndate\n(U\x04\x07\xe7\x0b\x0etR", "cdatetime\ndate\n(C\x04\x07\xe7\x0b\x0etR"},
		{"U\x04abcdq\x00h\x00\x86.", "(U\x04abcdq\x00h\x00t", "(X\x04\x00\x00\x00abcdq\x00h\x00t"},
	} {
		doc, err := decodeString(tt.in)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		for target, want := range []string{tt.python2, tt.python3} {
			if got, err := AppendValue(nil, doc.Value, Options{Target: Target(target)}); string(got) != want || err != nil {
				t.Errorf("%q: %q, %v, want %q", tt.in, got, err, want)
			}
		}
	}
}

func TestAppendValueRefuses(t *testing.T) {
	t.Parallel()
	long := &List{}
	for range 100 {
		long.Items = append(long.Items, NewString(Unicode, bytes.Repeat([]byte("a"), 100)))
	}
	deep := &List{}
	for range 3 * depthLimit {
		deep = &List{Items: []Value{deep}}
	}
	for name, tt := range map[string]struct {
		v Value
		o Options
	}{
		"limit":        {long, Options{Limit: 5000}},
		"string limit": {NewString(Unicode, make([]byte, 5000)), Options{Limit: 4000}},
		"depth":        {deep, Options{}},
		"newline":      {&Global{"m", "a\nb"}, Options{Target: Python3}},
		"nested class": {&Global{"m", "a.b"}, Options{Target: Python3}},
		"empty name":   {&Global{"", "a"}, Options{}},
		"kwargs":       {&Object{How: "NEWOBJ_EX", Callable: &Global{"m", "f"}, Args: &Tuple{}, Kwargs: &Dict{}}, Options{Target: Python2}},
		"no arguments": {&Object{How: "REDUCE", Callable: &Global{"m", "f"}}, Options{}},
		"unknown how":  {&Object{Callable: &Global{"m", "f"}, Args: &Tuple{}}, Options{}},
		"nothing":      {nil, Options{}},
		"bare moment":  {&Moment{}, Options{}},
	} {
		if out, err := AppendValue([]byte("x"), tt.v, tt.o); !errors.Is(err, ErrUnwritable) || string(out) != "x" {
			t.Errorf("%s: %q %v", name, out, err)
		}
	}
}

// Shared things are written once: a bomb stays as small as it was.
func TestSharing(t *testing.T) {
	t.Parallel()
	in := "(lp0\n"
	for i := range 40 {
		in += fmt.Sprintf("0(lp%d\n(%se", i+1, strings.Repeat(fmt.Sprintf("g%d\n", i), 10))
	}
	doc, err := decodeString(in + ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []Target{Python2, Python3} {
		out, err := AppendValue(nil, doc.Value, Options{Target: target})
		if err != nil || len(out) > len(in) {
			t.Errorf("%d bytes became %d, %v", len(in), len(out), err)
		}
	}
}
