package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"switchboard/test/golden"
)

// TestRewriteGolden checks that the values of the golden files can be written for both
// Pythons, and that writing the result again changes nothing.
func TestRewriteGolden(t *testing.T) {
	t.Parallel()
	for _, f := range golden.All(t) {
		r := NewReader(bytes.NewReader(f.Data), int64(len(f.Data)), 0)
		for range 2 {
			doc, err := r.Next()
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			for _, target := range []Target{Python2, Python3} {
				once := reread(t, doc.Value, Options{Target: target})
				twice := reread(t, once, Options{Target: target})
				if graphOf(once) != graphOf(twice) {
					t.Errorf("%s: %d: %s\nbecame\n%s", f.Name, target, graphOf(once), graphOf(twice))
				}
				if target == Python2 && doc.Protocol <= 2 && graphOf(once) != graphOf(doc.Value) {
					t.Errorf("%s: %s\nbecame\n%s", f.Name, graphOf(doc.Value), graphOf(once))
				}
			}
		}
	}
}

// TestLoops writes a tuple that contains itself through a list, and calls that contain
// themselves.
func TestLoops(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"]q\x00h\x00a.",
		"(]q\x00tq\x01h\x00h\x01a0.",
		"]q\x00h\x00\x85q\x01ah\x01.",
		"cm\nf\n]q\x00\x85Rq\x01h\x00h\x01a0.",
		"(cm\nf\n]q\x00oq\x01h\x00h\x01a0.",
		"cm\nf\n]q\x00\x85\x81q\x01h\x01b.",
		// A dropped value must not stay in the list around it.
		"](N(]q\x00tq\x01h\x00h\x01a0Ncm\nf\n]q\x02\x85Rq\x03h\x02h\x03a0N(cm\nf\n]q\x04oq\x05h\x04h\x05a0Ne.",
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

// TestAppend checks the exact opcodes, because Mailman will read them.
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
		{AppendList(nil), "]"},
		{AppendDict(nil), "}"},
	} {
		if string(tt.got) != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

// TestAppendValueTarget checks how values of one Python are written for the other.
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

// TestSharing checks that shared values are written once: a bomb stays as small as it
// was.
func TestSharing(t *testing.T) {
	t.Parallel()
	var in strings.Builder
	in.WriteString("(lp0\n")
	for i := range 40 {
		fmt.Fprintf(&in, "0(lp%d\n(%se", i+1, strings.Repeat(fmt.Sprintf("g%d\n", i), 10))
	}
	doc, err := decodeString(in.String() + ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []Target{Python2, Python3} {
		out, err := AppendValue(nil, doc.Value, Options{Target: target})
		if err != nil || len(out) > in.Len() {
			t.Errorf("%d bytes became %d, %v", in.Len(), len(out), err)
		}
	}
}
