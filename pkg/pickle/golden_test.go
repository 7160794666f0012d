package pickle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"switchboard/test/golden"
)

func TestGolden(t *testing.T) {
	t.Parallel()
	typed := 0
	for _, f := range golden.All(t) {
		r := NewReader(bytes.NewReader(f.Data), int64(len(f.Data)), 0)
		msg, err := r.Next()
		if err != nil {
			t.Errorf("%s: message: %v", f.Name, err)
			continue
		}
		meta, err := r.Next()
		if err != nil {
			t.Errorf("%s: metadata: %v", f.Name, err)
			continue
		}
		if msg.Start != 0 || msg.End != f.MsgPickleLen || meta.Start != msg.End {
			t.Errorf("%s: message at %d to %d, metadata from %d, want 0 to %d", f.Name, msg.Start, msg.End, meta.Start, f.MsgPickleLen)
		}
		if n := meta.End - meta.Start; n != f.MetaPickleLen {
			t.Errorf("%s: metadata is %d bytes, want %d", f.Name, n, f.MetaPickleLen)
		}
		if n := int64(len(f.Data)) - meta.End; n != f.Trailing {
			t.Errorf("%s: %d bytes trail, want %d", f.Name, n, f.Trailing)
		}
		if len(f.Typed) == 0 || string(f.Typed) == "null" {
			continue
		}
		typed++
		var want any
		dec := json.NewDecoder(bytes.NewReader(f.Typed))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		g, w := tagger{strings.Contains(string(f.Typed), `"str8"`)}.tagged(meta.Value), canonical(want)
		if g != w {
			t.Errorf("%s: metadata\n%s\nwant\n%s", f.Name, g, w)
		}
	}
	if typed == 0 {
		t.Error("no golden file has typed metadata")
	}
}

// canonical writes the tagged JSON of expected.json with sets sorted. Objects are
// compared by their class only, because their text is Python's.
func canonical(v any) string {
	m := v.(map[string]any)
	tag := m["t"].(string)
	switch tag {
	case "none":
		return tag
	case "object":
		return fmt.Sprintf("object %s", m["class"])
	case "dict":
		var all []string
		for _, p := range m["v"].([]any) {
			all = append(all, canonical(p.([]any)[0])+": "+canonical(p.([]any)[1]))
		}
		return joined(tag, all, true)
	case "list", "tuple", "set", "frozenset":
		var all []string
		for _, i := range m["v"].([]any) {
			all = append(all, canonical(i))
		}
		return joined(tag, all, strings.HasSuffix(tag, "set"))
	case "float":
		// Python and Go write the same float differently.
		f, _ := strconv.ParseFloat(m["v"].(string), 64)
		return fmt.Sprintf("float %v", f)
	}
	return fmt.Sprintf("%s %q", tag, fmt.Sprint(m["v"]))
}

func joined(tag string, all []string, any bool) string {
	if any {
		sort.Strings(all)
	}
	return tag + "(" + strings.Join(all, ", ") + ")"
}

// tagger writes values as canonical does. Python 2 has other names for some types.
type tagger struct{ python2 bool }

func (tg tagger) tagged(v Value) string {
	whole := v
	v = Simplify(v)
	items := func(tag string, in []Value) string {
		var all []string
		for _, i := range in {
			all = append(all, tg.tagged(i))
		}
		return joined(tag, all, strings.HasSuffix(tag, "set"))
	}
	switch v := v.(type) {
	case None:
		return "none"
	case Bool:
		return fmt.Sprintf("bool %q", fmt.Sprint(bool(v)))
	case Int:
		tag := "int"
		if v.Long && tg.python2 {
			tag = "long"
		}
		return fmt.Sprintf("%s %q", tag, v.String())
	case Float:
		return fmt.Sprintf("float %v", float64(v))
	case *String:
		return tg.text(v)
	case *Tuple:
		return items("tuple", v.Items)
	case *List:
		return items("list", v.Items)
	case *Set:
		if v.Frozen {
			return items("frozenset", v.Items)
		}
		return items("set", v.Items)
	case *Dict:
		var all []string
		for _, p := range v.Pairs {
			all = append(all, tg.tagged(p.Key)+": "+tg.tagged(p.Value))
		}
		return joined("dict", all, true)
	case *Moment:
		switch v.Kind {
		case Clock:
			return "object datetime.time"
		case Date:
			return fmt.Sprintf("date %q", v)
		}
		return fmt.Sprintf("datetime %q", v)
	case Delta:
		return fmt.Sprintf("timedelta %q", strconv.FormatFloat(v.TotalSeconds(), 'f', -1, 64))
	}
	class, _ := whole.(*Object).Class()
	if class.Module == "__builtin__" && !tg.python2 {
		return "object builtins." + class.Name
	}
	return fmt.Sprintf("object %s.%s", class.Module, class.Name)
}

// text writes surrogates as U+FFFD, as encoding/json does.
func (tg tagger) text(s *String) string {
	content, _, err := s.Text(1 << 20)
	if err != nil {
		return err.Error()
	}
	tag := "str"
	switch {
	case s.Array:
		tag = "bytearray"
	case s.Kind == Bytes:
		tag = "bytes"
	case s.Kind == ByteString && tg.python2:
		tag = "str8"
	case tg.python2:
		tag = "unicode"
	}
	var b []rune
	for len(content) > 0 {
		c, n := rune(content[0]), 1
		if s.Kind == Unicode {
			c, n = charAt(content)
			if c&^0x7FF == 0xD800 {
				c = utf8.RuneError
			}
		}
		b, content = append(b, c), content[n:]
	}
	return fmt.Sprintf("%s %q", tag, string(b))
}

// refusedCases has the prefixes of the names of the cases whose pickles must be refused. In
// the other cases the pickles are well formed, and only their values are wrong.
var refusedCases = []string{
	"badopcode", "bomb-hash", "deep-marks", "deep-reduce", "empty", "ext1", "gzip", "len-", "longdigits",
	"nextbuffer", "persid", "proto", "random", "rawmail", "stoponly", "trunc-", "xml", "zeros", "zerotail",
}

func TestGoldenBad(t *testing.T) {
	t.Parallel()
	refused := 0
	for _, c := range golden.Bad(t) {
		mustFail := slices.ContainsFunc(refusedCases, func(prefix string) bool { return strings.HasPrefix(c.Name, prefix) })
		if mustFail {
			refused++
		}
		for _, data := range c.Files {
			r := NewReader(bytes.NewReader(data), int64(len(data)), 0)
			_, err := r.Next()
			if err == nil {
				_, err = r.Next()
			}
			switch {
			case err != nil && !errors.Is(err, ErrMalformed), c.MustWork() && err != nil:
				t.Errorf("%s: %v", c.Name, err)
			case mustFail && err == nil:
				t.Errorf("%s: not refused", c.Name)
			}
			if _, err := Disassemble(io.Discard, bytes.NewReader(data), int64(len(data)), 0); err != nil && !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
	}
	if refused == 0 {
		t.Error("no case matches refusedCases")
	}
}
