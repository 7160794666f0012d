package message

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"switchboard/pkg/pickle"
	"switchboard/test/golden"
)

// dictionary returns a Content with these pairs as metadata.
func dictionary(t *testing.T, pairs ...pickle.Value) *Content {
	t.Helper()
	dict := &pickle.Dict{}
	for i := 0; i < len(pairs); i += 2 {
		dict.Pairs = append(dict.Pairs, pickle.Pair{Key: pairs[i], Value: pairs[i+1]})
	}
	return &Content{meta: dict, MetaEnd: 10_000, py3: true}
}

// TestMetadataNames checks that no object has two members with the same name. Keys 1
// and "1" once became such members.
func TestMetadataNames(t *testing.T) {
	t.Parallel()
	str := func(s string) *pickle.String { return pickle.NewString(pickle.Unicode, []byte(s)) }
	byt := func(s string) *pickle.String { return pickle.NewString(pickle.Bytes, []byte(s)) }
	num := func(n int64) pickle.Value { return pickle.Int{Small: n} }
	tuple := func(v ...pickle.Value) pickle.Value { return &pickle.Tuple{Items: v} }
	moment := timeObject("datetime", []byte("\x07\xea\x0b\x1d\x09\x18\x23\x07\xa1\x20"))
	for _, test := range []struct {
		pairs []pickle.Value
		want  string
	}{
		{[]pickle.Value{num(1), str("int"), str("1"), str("str"), byt("1"), str("bytes")}, `{"1_2":"int","1":"str","1_3":"bytes"}`},
		{[]pickle.Value{pickle.None{}, num(1), str("null"), num(2), str("None"), num(3)}, `{"null_2":1,"null":2,"None":3}`},
		{[]pickle.Value{pickle.Bool(true), num(1), str("true"), num(2), str("True"), num(3)}, `{"true_2":1,"true":2,"True":3}`},
		{[]pickle.Value{pickle.Float(2.5), num(1), str("2.5"), num(2)}, `{"2.5_2":1,"2.5":2}`},
		{[]pickle.Value{str("x"), byt("\x80"), str("x_base64"), str("plain")}, `{"x_2_base64":"gA==","x_base64":"plain"}`},
		{[]pickle.Value{str("x"), byt("\x80"), byt("x"), byt("\x81")}, `{"x_base64":"gA==","x_2_base64":"gQ=="}`},
		{[]pickle.Value{byt("\x80"), num(1), str(`\x80`), num(2)}, `{"\\x80_2":1,"\\x80":2}`},
		{[]pickle.Value{tuple(num(1)), num(1), str("[1]"), num(2), &pickle.Set{Items: []pickle.Value{num(1)}, Frozen: true}, num(3)}, `{"[1]_2":1,"[1]":2,"[1]_3":3}`},
		{[]pickle.Value{num(1), num(1), str("1"), num(2), str("1_2"), num(3)}, `{"1_3":1,"1":2,"1_2":3}`},
		{[]pickle.Value{str("\xed\xb3\x83\xed\xb2\xa9"), num(1), str("\u00e9"), num(2)}, `{"é":1,"é_2":2}`},
		{[]pickle.Value{str("t"), moment, str("t_unix"), num(1)}, `{"t_2":"2026-11-29T09:24:35Z","t_2_unix":1795944275.5,"t_unix":1}`},
		{[]pickle.Value{str("t"), moment, str("u"), &pickle.List{Items: []pickle.Value{moment}}}, `{"t":"2026-11-29T09:24:35Z","t_unix":1795944275.5,"u":["2026-11-29T09:24:35Z"]}`},
		{[]pickle.Value{str("n"), &pickle.Dict{Pairs: []pickle.Pair{{Key: num(2), Value: num(1)}, {Key: str("2"), Value: num(0)}}}}, `{"n":{"2_2":1,"2":0}}`},
	} {
		got, err := dictionary(t, test.pairs...).AppendMetadata(nil)
		if err != nil || string(got) != test.want {
			t.Errorf("%s, %v; it should be %s", got, err, test.want)
		}
	}
	_, data := golden.CaseFile(t, "N11-json-dup")
	line, err := mustRead(t, data).AppendMetadata(nil)
	if err != nil {
		t.Fatal(err)
	}
	uniqueNames(t, line)
}

// TestManyNames checks that a thousand keys with the same name do not take a million
// steps.
func TestManyNames(t *testing.T) {
	t.Parallel()
	var pairs []pickle.Value
	for n := range 3000 {
		key := pickle.Value(&pickle.Tuple{Items: []pickle.Value{pickle.None{}}})
		if n%3 == 0 {
			key = pickle.NewString(pickle.Unicode, fmt.Appendf(nil, "[null]_%d", n))
		}
		pairs = append(pairs, key, pickle.None{})
	}
	c := dictionary(t, pairs...)
	line, err := c.AppendMetadata(nil)
	if err != nil {
		t.Fatal(err)
	}
	uniqueNames(t, line)
}

// uniqueNames checks that no object in a JSON text has two members with the same
// name.
func uniqueNames(t *testing.T, text []byte) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	var walk func()
	walk = func() {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		seen := map[json.Token]bool{}
		for open := token; d.More() && (open == json.Delim('{') || open == json.Delim('[')); {
			if open == json.Delim('{') {
				name, err := d.Token()
				if err != nil || seen[name] {
					t.Fatalf("%v twice in %s: %v", name, text, err)
				}
				seen[name] = true
			}
			walk()
		}
		if token == json.Delim('{') || token == json.Delim('[') {
			d.Token()
		}
	}
	walk()
}
