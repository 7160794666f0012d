package message

import (
	"bytes"
	"slices"
	"testing"

	"switchboard/pkg/pickle"
	"switchboard/test/golden"
)

// state returns the attributes of a message, except those named.
func state(without ...string) *pickle.Dict {
	d := &pickle.Dict{}
	add := func(key string, v pickle.Value) {
		if slices.Contains(without, key) {
			return
		}
		d.Pairs = append(d.Pairs, pickle.Pair{Key: pickle.NewString(pickle.ByteString, []byte(key)), Value: v})
	}
	for _, name := range []string{"_unixfrom", "preamble", "epilogue", "_charset"} {
		add(name, pickle.None{})
	}
	subject := pickle.NewString(pickle.ByteString, []byte("Subject"))
	add("_headers", &pickle.List{Items: []pickle.Value{&pickle.Tuple{Items: []pickle.Value{subject, subject}}}})
	add("_payload", pickle.NewString(pickle.ByteString, []byte("body\n")))
	add("_default_type", pickle.NewString(pickle.ByteString, []byte("text/plain")))
	add("defects", &pickle.List{})
	add("policy", &pickle.Object{How: "NEWOBJ", Callable: &pickle.Global{Module: "email._policybase", Name: "Compat32"}, Args: &pickle.Tuple{}})
	return d
}

// instance returns an object of Module.Message, made by the opcode how.
func instance(module, how string, state *pickle.Dict) *pickle.Object {
	class := &pickle.Global{Module: module, Name: "Message"}
	o := &pickle.Object{How: how, Callable: class, Args: &pickle.Tuple{}, State: state}
	if how == "reconstructor" {
		o.How, o.Callable = "REDUCE", &pickle.Global{Module: "copy_reg", Name: "_reconstructor"}
		o.Args = &pickle.Tuple{Items: []pickle.Value{class, &pickle.Global{Module: "__builtin__", Name: "object"}, pickle.None{}}}
	}
	return o
}

// TestFitsAs checks that an object is copied only if that Mailman loads it and can
// write it.
func TestFitsAs(t *testing.T) {
	t.Parallel()
	const mm2, mm3 = "Mailman.Message", "mailman.email.message"
	for _, test := range []struct {
		name         string
		root         *pickle.Object
		proto        int
		asPy2, asPy3 bool
	}{
		{"2.1", instance(mm2, "OBJ", state("policy")), 1, true, false},
		{"2.1, old email", instance(mm2, "INST", state("policy", "_charset", "_default_type", "defects")), 0, true, false},
		{"2.1, no payload", instance(mm2, "OBJ", state("policy", "_payload")), 1, false, false},
		{"2.1, no _unixfrom", instance(mm2, "OBJ", state("policy", "_unixfrom")), 1, false, false},
		{"port, protocol 1", instance(mm2, "reconstructor", state()), 1, false, false},
		{"port, protocol 2", instance(mm2, "NEWOBJ", state()), 2, false, false},
		{"port, protocol 4", instance(mm2, "NEWOBJ", state()), 4, false, false},
		{"2.1, protocol 3", instance(mm2, "OBJ", state("policy")), 3, false, false},
		{"3", instance(mm3, "NEWOBJ", state()), 4, false, true},
		{"3, protocol 1", instance(mm3, "reconstructor", state()), 1, false, true},
		{"3, builtins of Python 2 in protocol 4", instance(mm3, "reconstructor", state()), 4, false, false},
		{"3, no policy", instance(mm3, "NEWOBJ", state("policy")), 4, false, false},
		{"3.0 beta", instance(mm3, "OBJ", state("policy")), 2, false, false},
		{"email's own", instance("email.message", "OBJ", state("policy")), 1, false, false},
		{"email's own, Python 3", instance("email.message", "NEWOBJ", state()), 4, false, false},
		{"2.1 with Python 2's email", instance(mm2, "OBJ", with(state("policy"), instance("email.Message", "OBJ", state("policy")))), 1, true, false},
		{"3 with Python 2's email", instance(mm3, "NEWOBJ", with(state(), instance("email.Message", "NEWOBJ", state()))), 2, false, false},
		{"2.1, a part without a preamble", instance(mm2, "OBJ", with(state("policy"), instance("email.message", "OBJ", state("policy", "preamble")))), 1, false, false},
		{"2.1 with a defect of Python 3", instance(mm2, "OBJ", with(state("policy"), &pickle.Object{
			How: "OBJ", Callable: &pickle.Global{Module: "email.errors", Name: "InvalidBase64LengthDefect"}, Args: &pickle.Tuple{},
		})), 1, false, false},
	} {
		c := &Content{msg: test.root, msgProto: test.proto, MsgEnd: 1000}
		c.class, _ = test.root.Class()
		if asPy2, asPy3 := c.FitsAs(Mailman2), c.FitsAs(Mailman3); asPy2 != test.asPy2 || asPy3 != test.asPy3 {
			t.Errorf("%s: as mailman2 %v, as mailman3 %v", test.name, asPy2, asPy3)
		}
	}
}

// with adds a part to the attributes of a message.
func with(state *pickle.Dict, part pickle.Value) *pickle.Dict {
	state.Pairs = append(state.Pairs, pickle.Pair{
		Key: pickle.NewString(pickle.ByteString, []byte("_part")), Value: &pickle.List{Items: []pickle.Value{part}},
	})
	return state
}

// TestFitsAs8Bit checks text that is not ASCII. Python 3 reads a str of Python 2 as
// ASCII, and Mailman 3 cannot write characters that do not stand for bytes.
func TestFitsAs8Bit(t *testing.T) {
	t.Parallel()
	beta := instance("mailman.email.message", "NEWOBJ", state())
	beta.State.(*pickle.Dict).Pairs[0].Value = pickle.NewString(pickle.ByteString, []byte("caf\xe9"))
	for _, test := range []struct {
		msg  pickle.Value
		want bool
	}{
		{beta, false},
		{pickle.NewString(pickle.Unicode, []byte("caf\xed\xb3\xa9")), true},
		{pickle.NewString(pickle.Unicode, []byte("caf\xc3\xa9")), false},
		{pickle.NewString(pickle.Unicode, []byte("\xed\xb3\xa9\xc3\xa9\xed\xb3\xa9")), false},
		{pickle.NewString(pickle.Unicode, bytes.Repeat([]byte("\xed\xb3\xa9"), 99)), true},
		{pickle.NewString(pickle.ByteString, []byte("caf\xe9")), false},
		{pickle.NewString(pickle.ByteString, []byte("cafe")), true},
	} {
		c := &Content{msg: test.msg, msgProto: 2, MsgEnd: 1000}
		if o, ok := test.msg.(*pickle.Object); ok {
			c.class, _ = o.Class()
		}
		if got := c.FitsAs(Mailman3); got != test.want {
			t.Errorf("%v: %v", test.msg, got)
		}
	}
}

// TestBeta checks an entry that a beta of Mailman 3 wrote on Python 2, with a class of
// Mailman 3 that neither Mailman can use.
func TestBeta(t *testing.T) {
	t.Parallel()
	_, data := golden.CaseFile(t, "F9-beta30")
	c := mustRead(t, data)
	if c.Dialect() != Mailman3 || c.FitsAs(Mailman2) || c.FitsAs(Mailman3) {
		t.Errorf("dialect %v, fits as mailman2 %v, as mailman3 %v", c.Dialect(), c.FitsAs(Mailman2), c.FitsAs(Mailman3))
	}
}

// TestDialectAlwaysKnown checks that every file that can be read has a dialect.
func TestDialectAlwaysKnown(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]Dialect{
		"U\x01x.}.":                                 Mailman2,
		"X\x01\x00\x00\x00x.}.":                     Mailman3,
		"V\xe9\n.}.":                                Mailman3,
		"U\x01x.}U\x06listidU\x01as.":               Mailman3,
		"X\x01\x00\x00\x00x.}U\x08listnameU\x01as.": Mailman2,
		"X\x01\x00\x00\x00x.}X\x07\x00\x00\x00versionK\x03s.": Mailman3,
		"X\x01\x00\x00\x00x.}U\x07versionK\x03s.":             Mailman2,
	} {
		if got := mustRead(t, []byte(data)).Dialect(); got != want {
			t.Errorf("%q: %v, not %v", data, got, want)
		}
	}
	for _, g := range golden.All(t) {
		if got := mustRead(t, g.Data).Dialect(); got.String() != g.Dialect {
			t.Errorf("%s: %v, not %s", g.Name, got, g.Dialect)
		}
	}
}
