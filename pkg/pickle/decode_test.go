package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// decodeString decodes a pickle that fills s.
func decodeString(s string) (*Document, error) {
	return Decode(strings.NewReader(s), int64(len(s)), 0)
}

// shown writes a value so that it can be compared, with its objects and what it
// shares.
func shown(v Value) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case None:
		return "None"
	case Bool:
		return fmt.Sprint(bool(v))
	case Int:
		if v.Long {
			return v.String() + "L"
		}
		return v.String()
	case Float:
		return fmt.Sprintf("%vf", float64(v))
	case *String:
		b, ok := v.Short()
		if !ok {
			return "long string"
		}
		kind := []string{"s", "u", "b"}[v.Kind]
		if v.Array {
			kind = "a"
		}
		return fmt.Sprintf("%s%q", kind, b)
	case *Tuple:
		return "(" + shownAll(v.Items) + ")"
	case *List:
		return "[" + shownAll(v.Items) + "]"
	case *Set:
		if v.Frozen {
			return "frozen{" + shownAll(v.Items) + "}"
		}
		return "set{" + shownAll(v.Items) + "}"
	case *Dict:
		return "{" + shownPairs(v.Pairs) + "}"
	case *Global:
		return v.Module + "." + v.Name
	case *Object:
		s := v.How + " " + shown(v.Callable) + shown(v.Args)
		if v.Kwargs != nil {
			s += " kwargs=" + shown(v.Kwargs)
		}
		if v.State != nil {
			s += " state=" + shown(v.State)
		}
		if v.Items != nil {
			s += " items=" + shownAll(v.Items)
		}
		if v.Pairs != nil {
			s += " pairs=" + shownPairs(v.Pairs)
		}
		return "<" + s + ">"
	case *Moment:
		return v.String()
	case Delta:
		return fmt.Sprintf("delta(%d,%d,%d)", v.Days, v.Seconds, v.Microseconds)
	}
	return fmt.Sprintf("%T", v)
}

func shownAll(in []Value) string {
	var all []string
	for _, v := range in {
		all = append(all, shown(v))
	}
	return strings.Join(all, ", ")
}

func shownPairs(in []Pair) string {
	var all []string
	for _, p := range in {
		all = append(all, shown(p.Key)+": "+shown(p.Value))
	}
	return strings.Join(all, ", ")
}

// decodeTests has every opcode that makes a value, and the value that CPython loads.
var decodeTests = []struct{ in, want string }{
	{"N.", "None"},
	{"I01\n.", "true"},
	{"I00\n.", "false"},
	{"I1\n.", "1"},
	{"I 7\n.", "7"},
	{"I 1\n.", "true"},
	{"I0L\n.", "0"},
	{"I0x10\n.", "16"},
	{"I-0x10\n.", "-16"},
	{"I010\n.", "8"},
	{"I+5\n.", "5"},
	{"I4294967296\n.", "4294967296"},
	{"I9223372036854775808\n.", "9223372036854775808"},
	{"J\xff\xff\xff\xff.", "-1"},
	{"J\x00\x00\x00\x80.", "-2147483648"},
	{"K\xff.", "255"},
	{"M\xff\xff.", "65535"},
	{"L5L\n.", "5L"},
	{"L5\n.", "5L"},
	{"L-170141183460469231731687303715884105728L\n.", "-170141183460469231731687303715884105728L"},
	{"\x80\x02\x8a\x00.", "0L"},
	{"\x80\x02\x8a\x01\xff.", "-1L"},
	{"\x80\x02\x8a\x02\xff\x00.", "255L"},
	{"\x80\x02\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.", "-9223372036854775808L"},
	{"\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.", "9223372036854775808L"},
	{"\x80\x02\x8a\x09\xff\xff\xff\xff\xff\xff\xff\x7f\xff.", "-9223372036854775809L"},
	{"\x8b\x01\x00\x00\x00\x05.", "5L"},
	{"F1\n.", "1f"},
	{"F-0\n.", "-0f"},
	{"F0.10000000000000001\n.", "0.1f"},
	{"F1e-05\n.", "1e-05f"},
	{"Fnan\n.", "NaNf"},
	{"F-nan\n.", "NaNf"},
	{"F-inf\n.", "-Inff"},
	{"G?\xf8\x00\x00\x00\x00\x00\x00.", "1.5f"},
	{"\x88.", "true"},
	{"\x89.", "false"},

	{"S'a\\'b\"\\x41\\101\\n\\\\'\n.", `s"a'b\"AA\n\\"`},
	{`S"it's"` + "\n.", `s"it's"`},
	{"S'a'b'\n.", `s"a'b"`},
	{"S'\\q\\8\\1\\18\\777'\n.", "s\"\\\\q\\\\8\\x01\\x018\\xff\""},
	{"S'\\a\\b\\f\\r\\t\\v'\n.", `s"\a\b\f\r\t\v"`},
	{"S'x' \t\r\n.", `s"x"`},
	{"S''\n.", `s""`},
	{"S'\xe9'\n.", `s"\xe9"`},
	{"U\x03a\xff\n.", `s"a\xff\n"`},
	{"T\x03\x00\x00\x00a\xff\n.", `s"a\xff\n"`},
	{"C\x02\xff..", `b"\xff."`},
	{"B\x02\x00\x00\x00\xff..", `b"\xff."`},
	{"\x8e\x02\x00\x00\x00\x00\x00\x00\x00\xff..", `b"\xff."`},
	{"\x96\x02\x00\x00\x00\x00\x00\x00\x00\xff..", `a"\xff."`},
	{"V\n.", `u""`},
	{"Va\\u00e9\xe9\\U0001f600\n.", `u"aéé😀"`},
	{"V\\ud83d\\ude00\n.", `u"\xed\xa0\xbd\xed\xb8\x80"`},
	{"V\\udc80\n.", `u"\xed\xb2\x80"`},
	{"V\\\\u0041 \\\\\\u0041 \\x0a \\\n.", `u"\\\\u0041 \\\\A \\x0a \\"`},
	{"X\x03\x00\x00\x00\xed\xb2\x80.", `u"\xed\xb2\x80"`},
	{"\x8c\x02\xc3\xa9.", `u"é"`},
	{"\x8d\x02\x00\x00\x00\x00\x00\x00\x00\xc3\xa9.", `u"é"`},

	{"(t.", "()"},
	{").", "()"},
	{"(NK\x01t.", "(None, 1)"},
	{"N\x85.", "(None)"},
	{"NK\x01\x86.", "(None, 1)"},
	{"NK\x01K\x02\x87.", "(None, 1, 2)"},
	{"(l.", "[]"},
	{"(NNl.", "[None, None]"},
	{"]Na(K\x01K\x02e.", "[None, 1, 2]"},
	{"(d.", "{}"},
	{"(U\x01aNd.", `{s"a": None}`},
	{"}U\x01aNs(U\x01bK\x01U\x01aK\x02u.", `{s"a": 2, s"b": 1}`},
	{"\x8f(K\x01K\x02K\x01\x90.", "set{1, 2}"},
	{"(K\x01N\x91.", "frozen{1, None}"},

	// Equal keys, and keys that only look equal.
	{"}(U\x01aK\x01X\x01\x00\x00\x00aK\x02u.", `{s"a": 2}`},
	{"}(C\x01aK\x01X\x01\x00\x00\x00aK\x02u.", `{b"a": 1, u"a": 2}`},
	{"}(U\x01\xe9K\x01V\\u00e9\nK\x02u.", `{s"\xe9": 1, u"é": 2}`},
	{"}(K\x01K\x01\x88K\x02G?\xf0\x00\x00\x00\x00\x00\x00K\x03I1\nK\x04\x8a\x01\x01K\x05u.", "{1: 5}"},
	{"}(NK\x01NK\x02K\x00K\x03\x89K\x04u.", "{None: 2, 0: 4}"},
	{"}(FnanK\x01\nK\x01FnanK\x01\nK\x02u.", ""},
	{"}(Fnan\nK\x01Fnan\nK\x02u.", "{NaNf: 1, NaNf: 2}"},
	{"}(K\x01\x85K\x01K\x01\x85K\x02u.", "{(1): 1, (1): 2}"},
	{"}(K\x01\x85q\x00K\x01h\x00K\x02u.", "{(1): 2}"},

	{"NK\x01.", "1"},
	{"NK\x010.", "None"},
	{"N(K\x01K\x021.", "None"},
	{"N(0.", "None"},
	{"K\x012\x86.", "(1, 1)"},
	{"(N.", "None"},
	{"Np0\n0g0\n.", "None"},
	{"Nq\x010h\x01.", "None"},
	{"Nr\x00\x01\x00\x000j\x00\x01\x00\x00.", "None"},
	{"K\x01\x94K\x02\x9400h\x00h\x01\x86.", "(1, 2)"},
	{"K\x05q\x05K\x06\x9400h\x05h\x01\x86.", "(5, 6)"},

	{"cos\nsystem\n.", "os.system"},
	{"\x8c\x02os\x8c\x06a.b\nc.\x93.", "os.a.b\nc."},
	{"U\x02osU\x06system\x93.", "os.system"},
	{"cm\nf\n(K\x01tR.", "<REDUCE m.f(1)>"},
	{"(K\x01im\nC\n.", "<INST m.C(1)>"},
	{"(cm\nC\nK\x01o}b.", "<OBJ m.C(1) state={}>"},
	{"cm\nC\n)\x81Nb.", "<NEWOBJ m.C() state=None>"},
	{"cm\nC\nK\x01\x85}U\x01kK\x02s\x92.", `<NEWOBJ_EX m.C(1) kwargs={s"k": 2}>`},
	{"cm\nC\n)R(K\x01K\x02eU\x01kNs}b.", `<REDUCE m.C() state={} items=1, 2 pairs=s"k": None>`},
	{"]]R.", ""},

	{"\x80\x00N.", "None"},
	{"\x80\x05\x95\x02\x00\x00\x00\x00\x00\x00\x00N..", "None"},
	{"\x95\x00\x00\x00\x00\x00\x00\x00\x00N.", "None"},
}

func TestDecode(t *testing.T) {
	t.Parallel()
	seen := make(map[byte]bool)
	for _, tt := range decodeTests {
		doc, err := decodeString(tt.in)
		if tt.want == "" {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%q: %v, want an error", tt.in, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		if got := shown(doc.Value); got != tt.want || doc.End > int64(len(tt.in)) {
			t.Errorf("%q: %s, want %s", tt.in, got, tt.want)
		}
		for code := range opcodes {
			if bytes.IndexByte([]byte(tt.in), byte(code)) >= 0 {
				seen[byte(code)] = true
			}
		}
		// The same through a small window that ends anywhere.
		in := strings.Repeat("\n", windowSize-2) + tt.in + strings.Repeat(".", windowSize)
		far, err := Decode(strings.NewReader(in), int64(len(in)), windowSize-2)
		if err != nil || shown(far.Value) != tt.want || far.End-far.Start != doc.End {
			t.Errorf("%q in a large file: %v %v", tt.in, far, err)
		}
	}
	for code, op := range opcodes {
		switch op.name {
		case "", "PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4", "NEXT_BUFFER", "READONLY_BUFFER":
		default:
			if !seen[byte(code)] {
				t.Errorf("no test has %s", op.name)
			}
		}
	}
}

func TestLastSet(t *testing.T) {
	t.Parallel()
	const tail = "U\x0a_bak_countK\x07s."
	for _, tt := range []struct {
		in   string
		want bool
	}{
		{"}" + tail, true},
		{"\x80\x04}\x94" + tail, true},
		{"}U\x0a_bak_countI7\ns.", false},
		{"}X\x0a\x00\x00\x00_bak_countK\x07s.", false},
		// The same bytes inside strings and arguments.
		{"}U\x01aU\x10" + tail + "s.", false},
		{"}X\x0f\x00\x00\x00U\x0a_bak_countK\x07sK\x07s.", false},
		{"}U\x01aJK\x07s.s.", false},
		{"}U\x01aMK\x07s.", false},
		// Not in the dictionary that is the value.
		{"}q\x00}U\x01a}U\x0a_bak_countK\x07ss0h\x00.", false},
		{"}U\x01k}U\x0a_bak_countK\x07ss.", false},
		{"cm\nC\n)R" + tail, false},
		{"}U\x01kK\x07q\x00s.", false},
	} {
		doc, err := decodeString(tt.in)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		if !tt.want {
			if doc.LastSet != -1 || doc.LastKey != "" {
				t.Errorf("%q: last set at %d", tt.in, doc.LastSet)
			}
			continue
		}
		if doc.LastSet != int64(len(tt.in))-3 || doc.LastKey != "_bak_count" || tt.in[doc.LastSet] != 7 {
			t.Errorf("%q: last set %q at %d", tt.in, doc.LastKey, doc.LastSet)
		}
	}
}

func TestProtocol(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"(dp0\n.": 0, "}.": 1, "N\x85.": 2, "\x80\x02N.": 2, "C\x00.": 3, "\x8c\x00.": 4, "\x80\x05N.": 5} {
		doc, err := decodeString(in)
		if err != nil || doc.Protocol != want {
			t.Errorf("%q: %v %v, want protocol %d", in, doc, err, want)
		}
	}
}
