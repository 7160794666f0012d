package pickle

import "testing"

func TestSimplify(t *testing.T) {
	t.Parallel()
	const (
		stamp  = "\x07\xe7\x0b\x0e\x16\x0d\x14\x01\xe2\x40"
		latin1 = "X\x06\x00\x00\x00latin1"
	)
	for _, tt := range []struct{ in, want string }{
		{"c__builtin__\nset\n((lI1\naI2\natR.", "set{1, 2}"},
		{"cbuiltins\nfrozenset\n](K\x01e\x85R.", "frozen{1}"},
		{"c__builtin__\nset\n)R.", "set{}"},
		{"c__builtin__\nset\n)R}U\x01aNsb.", "<REDUCE __builtin__.set() state={s\"a\": None}>"},
		{"c__builtin__\nset\n(}tR.", "<REDUCE __builtin__.set({})>"},
		{"c__builtin__\nset\n(]]tR.", "<REDUCE __builtin__.set([], [])>"},
		{"c__builtin__\nset\n)\x81.", "<NEWOBJ __builtin__.set()>"},
		{"c_codecs\nencode\n(X\x03\x00\x00\x00a\xc3\xa9" + latin1 + "tR.", `b"a\xe9"`},
		{"c_codecs\nencode\n(Va\xe9\nVlatin1\ntR.", `b"a\xe9"`},
		{"c_codecs\nencode\n(V\\u20ac\nVlatin1\ntR.", `<REDUCE _codecs.encode(u"€", u"latin1")>`},
		{"c_codecs\nencode\n(Va\nVutf-8\ntR.", `<REDUCE _codecs.encode(u"a", u"utf-8")>`},
		{"c__builtin__\nbytes\n)R.", `b""`},
		{"c__builtin__\nbytearray\n)R.", `a""`},
		{"c__builtin__\nbytearray\n(Va\xe9\nVlatin-1\ntR.", `a"a\xe9"`},
		{"cbuiltins\nbytearray\nC\x02ab\x85R.", `a"ab"`},
		{"c__builtin__\nbytearray\n(c_codecs\nencode\n(Va\xe9\nVlatin1\ntRtR.", `a"a\xe9"`},
		{"c__builtin__\nbytes\n(K\x05tR.", "<REDUCE __builtin__.bytes(5)>"},
		{"c__builtin__\neval\n(U\x01atR.", `<REDUCE __builtin__.eval(s"a")>`},

		{"cdatetime\ndatetime\nC\x0a" + stamp + "\x85R.", "2023-11-14T22:13:20.123456"},
		{"cdatetime\ndatetime\n(U\x0a" + stamp + "tR.", "2023-11-14T22:13:20.123456"},
		{"cdatetime\ndatetime\n(c_codecs\nencode\n(V" + stamp[:5] + "\r\x14\x01\xe2@\nVlatin1\ntRtR.", "2023-11-14T22:13:20.123456"},
		{"cdatetime\ndatetime\nC\x0a\x07\xd5\x88\x06\x07\x31\x17\x00\x00\x00\x85R.", "2005-08-06T07:49:23"},
		{"cdatetime\ndatetime\nC\x0a" + stamp + "cmailman.utilities.datetime\nUTC\n)R\x86R.", "2023-11-14T22:13:20.123456+00:00"},
		{"cdatetime\ndatetime\nC\x0a" + stamp + "cdatetime\ntimezone\ncdatetime\ntimedelta\n(K\x00MXMK\x00tR\x85R\x86R.", "2023-11-14T22:13:20.123456+05:30"},
		{"cdatetime\ndatetime\nC\x0a" + stamp + "cdatetime\ntimezone\ncdatetime\ntimedelta\n(J\xff\xff\xff\xffJ\x7f\x51\x01\x00K\x05tR\x85R\x86R.", "2023-11-14T22:13:20.123456-00:00:00.999995"},
		{"cdatetime\ndatetime\nC\x0a" + stamp + "cpytz\nUTC\n)R\x86R.", "<REDUCE datetime.datetime(b\"\\a\\xe7\\v\\x0e\\x16\\r\\x14\\x01\\xe2@\", <REDUCE pytz.UTC()>)>"},
		{"cdatetime\ndate\nC\x04\x07\xe7\x0b\x0e\x85R.", "2023-11-14"},
		{"cdatetime\ndate\nC\x04\x07\xe7\x02\x1e\x85R.", "<REDUCE datetime.date(b\"\\a\\xe7\\x02\\x1e\")>"},
		{"cdatetime\ntime\nC\x06\x01\x02\x03\x00\x00\x04\x85R.", "01:02:03.000004"},
		{"cdatetime\ntime\nC\x06\x18\x02\x03\x00\x00\x04\x85R.", "<REDUCE datetime.time(b\"\\x18\\x02\\x03\\x00\\x00\\x04\")>"},
		{"cdatetime\ntimedelta\n(K\x03K\x05K\x07tR.", "delta(3,5,7)"},
		{"cdatetime\ntimedelta\n(K\x00J\xff\xff\xff\xffK\x00tR.", "delta(-1,86399,0)"},
		{"cdatetime\ntimedelta\n(K\x00K\x00L9223372036854775807L\ntR.", "<REDUCE datetime.timedelta(0, 0, 9223372036854775807L)>"},
		{"K\x05.", "5"},
	} {
		doc, err := decodeString(tt.in)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		if got := shown(Simplify(doc.Value)); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestDeltaTotalSeconds(t *testing.T) {
	t.Parallel()
	for d, want := range map[Delta]float64{
		{3, 5, 7}:           259205.000007,
		{-1, 86399, 999999}: -0.000001,
		{999999999, 0, 0}:   86399999913600,
	} {
		if got := d.TotalSeconds(); got != want {
			t.Errorf("%v: %v, want %v", d, got, want)
		}
	}
}

func TestClass(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"(cm\nC\no.":     "m.C",
		"(im\nC\n.":      "m.C",
		"cm\nC\n)\x81.":  "m.C",
		"cm\nC\n)R.":     "m.C",
		"cm\nC\n)}\x92.": "m.C",
		"K\x01)R.":       "",
		"ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR.": "m.C",
		"ccopyreg\n__newobj__\n(cm\nC\ntR.":                             "m.C",
		"ccopyreg\n__newobj__\n(K\x01tR.":                               "",
		"ccopyreg\n__newobj__\n)R.":                                     "copyreg.__newobj__",
	} {
		doc, err := decodeString(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		g, ok := doc.Value.(*Object).Class()
		if got := ""; ok && shown(g) != want || !ok && want != got {
			t.Errorf("%q: %v %v, want %q", in, g, ok, want)
		}
	}
}
