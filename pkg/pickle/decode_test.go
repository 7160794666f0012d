package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// decodeString decodes a pickle that is all of s.
func decodeString(s string) (*Document, error) {
	return Decode(strings.NewReader(s), int64(len(s)), 0)
}

// shown writes a value for comparing, objects and sharing included.
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

// Every opcode that yields something, as CPython loads it.
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

	// The same key, and not the same key.
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
		// Once more through a window that is not the whole file, and that ends
		// and is slow wherever it likes.
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

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"nothing":               "",
		"no opcode":             "\xfe.",
		"no stop":               "N",
		"empty stack":           ".",
		"mark on top":           "N(.",
		"tuple below mark":      "N(\x85.",
		"append to mark":        "](Na.",
		"protocol 6":            "\x80\x06N.",
		"persid":                "P123\n.",
		"binpersid":             "NQ.",
		"ext1":                  "\x82\x01.",
		"ext2":                  "\x83\x01\x00.",
		"ext4":                  "\x84\x01\x00\x00\x00.",
		"next buffer":           "\x97.",
		"readonly buffer":       "C\x00\x98.",
		"frame too long":        "\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00N.",
		"frame of 2^64-1":       "\x95\xff\xff\xff\xff\xff\xff\xff\xffN.",
		"byte string 2 GiB":     "T\xff\xff\xff\x7fabc.",
		"byte string negative":  "T\xff\xff\xff\xffabc.",
		"bytes 4 GiB":           "B\xff\xff\xff\xff.",
		"bytes8":                "\x8e\x00\x00\x00\x00\x00\x00\x00\x10.",
		"bytes8 2^64-1":         "\x8e\xff\xff\xff\xff\xff\xff\xff\xff.",
		"unicode8":              "\x8d\x00\x00\x00\x00\x00\x00\x00@.",
		"long4 negative":        "\x8b\xff\xff\xff\xff.",
		"long4 2 GiB":           "\x8b\xff\xff\xff\x7f.",
		"long4 beyond digits":   "\x8b\x00\x10\x00\x00" + strings.Repeat("\x01", 4096) + ".",
		"digits":                "L" + strings.Repeat("9", digitLimit+1) + "L\n.",
		"line":                  "I" + strings.Repeat("9", lineLimit+1) + "\n.",
		"int junk":              "Ijunk\n.",
		"int empty":             "I\n.",
		"int 0x":                "I0x\n.",
		"int signs":             "I+-5\n.",
		"int blank inside":      "I1 2\n.",
		"int underscore":        "I1_0\n.",
		"float junk":            "From: a@b.c\n.",
		"float hex":             "F0x1p4\n.",
		"float range":           "F1e400\n.",
		"float underscore":      "F1_0\n.",
		"string quotes":         "S'abc\n.",
		"string mixed quotes":   "S'abc\"\n.",
		"string one quote":      "S'\n.",
		"string none":           "S\n.",
		"string escape":         "S'\\x'\n.",
		"string escape 1":       "S'\\x4'\n.",
		"string backslash":      "S'abc\\'\n.",
		"string no line":        "S'abc'",
		"unicode escape":        "V\\uZZZZ\n.",
		"unicode escape short":  "V\\u123\n.",
		"unicode escape end":    "V\\u\n.",
		"unicode escape 8":      "V\\U0010fff\n.",
		"unicode escape range":  "V\\U00110000\n.",
		"utf-8":                 "X\x01\x00\x00\x00\xff.",
		"utf-8 overlong":        "X\x02\x00\x00\x00\xc0\x80.",
		"utf-8 cut":             "X\x02\x00\x00\x00\xe2\x82.",
		"utf-8 cut surrogate":   "X\x02\x00\x00\x00\xed\xb2.",
		"utf-8 range":           "X\x04\x00\x00\x00\xf4\x90\x80\x80.",
		"get missing":           "h\x07.",
		"get text missing":      "g7\n.",
		"get text junk":         "gx\n.",
		"put of nothing":        "q\x00N.",
		"put negative":          "Np-1\n.",
		"put 4 G":               "Nr\xff\xff\xff\xff.",
		"memoize of mark":       "N(\x94.",
		"tuple2 of 1":           "N\x86.",
		"setitem":               "}N s.",
		"setitem on list":       "]NNs.",
		"setitems odd":          "}(Nu.",
		"dict odd":              "(Nd.",
		"append on dict":        "}Na.",
		"additems on frozenset": "(\x91(N\x90.",
		"additems on list":      "](N\x90.",
		"list as key":           "}]Ns.",
		"dict as key":           "}}Ns.",
		"set as key":            "}\x8fNs.",
		"list in tuple as key":  "}]\x85\x85Ns.",
		"bytearray as key":      "}\x96\x00\x00\x00\x00\x00\x00\x00\x00Ns.",
		"list in set":           "\x8f(]\x90.",
		"key too long":          "}X\x01\x10\x00\x00" + strings.Repeat("a", 4097) + "Ns.",
		"reduce no tuple":       "cm\nf\nNR.",
		"newobj no tuple":       "cm\nf\n]\x81.",
		"newobj_ex no dict":     "cm\nf\n)N\x92.",
		"obj without class":     "(o.",
		"obj without mark":      "cm\nf\no.",
		"build on dict":         "}}b.",
		"build on class":        "cm\nf\n}b.",
		"build twice":           "cm\nf\n)R}b}b.",
		"global cut":            "cos\nsystem",
		"global empty":          "c\nsystem\n.",
		"global empty name":     "cos\n\n.",
		"stack_global int":      "K\x01\x8c\x01a\x93.",
		"stack_global bytes":    "C\x01aC\x01a\x93.",
	} {
		doc, err := decodeString(in)
		if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "offset ") {
			t.Errorf("%s: %v %v", name, doc, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%s: error of more than a line: %q", name, err)
		}
	}
}

// The deepest that is read, and what is one deeper, by every way there is.
func TestDepth(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(n int) string{
		"tuple": func(n int) string { return ")" + strings.Repeat("\x85", n-1) + "." },
		"list":  func(n int) string { return strings.Repeat("]", n) + strings.Repeat("a", n-1) + "." },
		"dict":  func(n int) string { return strings.Repeat("}N", n-1) + "}" + strings.Repeat("s", n-1) + "." },
		"object": func(n int) string {
			return strings.Repeat("cm\nf\n", n/2) + ")" + strings.Repeat("R\x85", n/2) + "."
		},
	} {
		for _, n := range []int{depthLimit + 2, 20 * depthLimit} {
			if _, err := decodeString(f(n)); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s %d: %v", name, n, err)
			}
		}
		for _, n := range []int{1, 100, depthLimit - 1} {
			if _, err := decodeString(f(n)); err != nil {
				t.Errorf("%s %d: %v", name, n, err)
			}
		}
	}
	// A chain of lists made from the outside in: each is reached by memo.
	b := []byte("]q\x00")
	for i := range depthLimit + 5 {
		from, to := uint32(2*i), uint32(2*i+2)
		if i == 0 {
			b = append(b, "r\x00\x00\x00\x00"...)
		}
		b = binary.LittleEndian.AppendUint32(append(b, "0j"...), from)
		b = binary.LittleEndian.AppendUint32(append(b, "]r"...), to)
		b = append(b, 'a')
		b = binary.LittleEndian.AppendUint32(append(b, "0j"...), to)
	}
	b = append(b, "0j\x00\x00\x00\x00."...)
	if _, err := decodeString(string(b)); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "deep") {
		t.Errorf("outside in: %v", err)
	}
}

func TestSelfReference(t *testing.T) {
	t.Parallel()
	doc, err := decodeString("]q\x00h\x00a.")
	if err != nil {
		t.Fatal(err)
	}
	if l := doc.Value.(*List); len(l.Items) != 1 || l.Items[0] != Value(l) {
		t.Error("list does not contain itself")
	}
	// Many times, and through another one: no depth.
	for _, in := range []string{
		"]q\x00(" + strings.Repeat("h\x00", 3*depthLimit) + "e.",
		"]q\x00]q\x01(" + strings.Repeat("h\x00", 3*depthLimit) + "ea(" + strings.Repeat("h\x01", 3*depthLimit) + "e.",
		"}q\x00U\x01ah\x00s.",
		"cm\nC\n)Rq\x00}U\x01ah\x00sb.",
	} {
		if _, err := decodeString(in); err != nil {
			t.Errorf("%.30q: %v", in, err)
		}
	}
}

// Keys beyond the first few are found by their hashes.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 15, 16, 17, 18, 1000} {
		m := []byte("}(")
		want := make(map[string]int64)
		for round := range 3 {
			for i := range n {
				key := fmt.Sprint("key", i)
				if round%2 == 0 {
					m = AppendByteString(m, key)
				} else {
					m = AppendUnicode(m, key)
				}
				m = AppendInt(m, int64(i+round))
				m = AppendInt(AppendInt(m, int64(i)), int64(i+round))
				want[key] = int64(i + round)
			}
		}
		doc, err := Decode(bytes.NewReader(append(m, "u."...)), int64(len(m)+2), 0)
		if err != nil {
			t.Fatal(err)
		}
		d := doc.Value.(*Dict)
		if len(d.Pairs) != 2*n {
			t.Fatalf("%d keys, want %d", len(d.Pairs), 2*n)
		}
		for key, w := range want {
			if got, ok := d.Get(key).(Int); !ok || got.Small != w {
				t.Errorf("%s: %v, want %d", key, got, w)
			}
		}
		for i, p := range d.Pairs {
			if s, ok := p.Key.(*String); ok && string(s.held) != fmt.Sprint("key", i/2) {
				t.Errorf("place %d has %s", i, s.held)
			}
		}
	}
}

func TestLastSet(t *testing.T) {
	t.Parallel()
	tail := string(AppendRestoreTail(nil, "_bak_count", 7))
	for _, tt := range []struct {
		in   string
		want bool
	}{
		{"}" + tail, true},
		{"\x80\x04}\x94" + tail, true},
		{"}U\x0a_bak_countI7\ns.", false},
		{"}X\x0a\x00\x00\x00_bak_countK\x07s.", false},
		// The same bytes as part of strings and arguments.
		{"}U\x01aU\x10" + tail + "s.", false},
		{"}X\x0f\x00\x00\x00U\x0a_bak_countK\x07sK\x07s.", false},
		{"}U\x01aJK\x07s.s.", false},
		{"}U\x01aMK\x07s.", false},
		// Not the dictionary that is the value.
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

func TestReader(t *testing.T) {
	t.Parallel()
	for _, pad := range []int{0, windowSize} {
		in := "xxK\x01.K\x02.rest" + strings.Repeat("x", pad)
		calls := 0
		r := NewReader(countReader{strings.NewReader(in), &calls}, int64(len(in)), 2)
		for i := range 2 {
			doc, err := r.Next()
			if err != nil || doc.Value != Value(Int{Small: int64(i + 1)}) || doc.Start != int64(2+3*i) || doc.End != doc.Start+3 {
				t.Errorf("%d: %v %v", i, doc, err)
			}
		}
		if pad == 0 && calls != 1 {
			t.Errorf("%d reads of a small file", calls)
		}
	}
}

type countReader struct {
	io.ReaderAt
	n *int
}

func (c countReader) ReadAt(p []byte, off int64) (int, error) {
	*c.n++
	return c.ReaderAt.ReadAt(p, off)
}

type errReader struct{ err error }

func (e errReader) ReadAt([]byte, int64) (int, error) { return 0, e.err }

// The reader's errors stay what they are; a file shorter than said is malformed.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{10, 1 << 20} {
		_, err := Decode(errReader{iotest.ErrTimeout}, size, 0)
		if err != iotest.ErrTimeout {
			t.Errorf("%v, want the reader's error", err)
		}
		if _, err = Decode(strings.NewReader("N."), size, 0); !errors.Is(err, ErrMalformed) {
			t.Errorf("short file: %v", err)
		}
	}
	if _, err := Decode(strings.NewReader("N."), 2, 5); !errors.Is(err, ErrMalformed) {
		t.Errorf("start behind the end: %v", err)
	}
}

// What hostile files make Decode allocate is in proportion to their size.
func TestMemoryBound(t *testing.T) {
	const n = 1 << 20
	for name, unit := range map[string]string{
		"lists":       "]",
		"dicts":       "}",
		"sets":        "\x8f",
		"tuples":      ")",
		"marks":       "(",
		"nones":       "N",
		"dups":        "N2222222",
		"ints":        "K\x01",
		"strings":     "U\x00",
		"globals":     "cm\nf\n",
		"objects":     "(im\nf\n",
		"memo":        "Nr\xff\x0f\x0f\x00",
		"memoize":     "N\x94",
		"unicode":     "V\\\n",
		"long tuples": ")\x85\x85\x85\x85\x850",
	} {
		in := "(" + strings.Repeat(unit, n/len(unit))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decodeString(in)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
		// What was allocated in all, garbage included.
		if got := after.TotalAlloc - before.TotalAlloc; got > 200*n {
			t.Errorf("%s: %d bytes for each byte", name, got/n)
		}
	}
}

func TestBigInts(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{1, 7, 8, 9, 15, 16, 31, 32, 63, 64, 65, 127, 128, 2039, 2040, 2041, 14000} {
		for _, off := range []int64{-1, 0, 1} {
			for _, sign := range []int64{1, -1} {
				n := new(big.Int).Lsh(big.NewInt(sign), uint(bits))
				n.Add(n, big.NewInt(off))
				doc, err := Decode(bytes.NewReader(AppendStop(AppendLong(nil, n))), int64(len(AppendLong(nil, n))+1), 0)
				if err != nil {
					t.Fatal(err)
				}
				if got := doc.Value.(Int); got.String() != n.String() {
					t.Errorf("%s became %s", n, got)
				}
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 1, -1, 255, 256, 65535, 65536, math.MaxInt32, math.MaxInt32 + 1, math.MinInt32, math.MinInt32 - 1, math.MaxInt64, math.MinInt64} {
		doc, err := decodeString(string(AppendStop(AppendInt(nil, n))))
		if err != nil || doc.Value != Value(Int{Small: n}) {
			t.Errorf("%d became %v, %v", n, doc, err)
		}
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 1.5, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1)} {
		for _, in := range []string{string(AppendFloat(nil, f)), "F" + strconv.FormatFloat(f, 'g', -1, 64) + "\n"} {
			doc, err := decodeString(in + ".")
			if err != nil || math.Float64bits(float64(doc.Value.(Float))) != math.Float64bits(f) {
				t.Errorf("%v became %v, %v", f, doc, err)
			}
		}
	}
}
