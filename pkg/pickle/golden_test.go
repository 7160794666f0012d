package pickle

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// expected is what the golden files' makers noted about one.
type expected struct {
	FileBase      string            `json:"filebase"`
	Ext           string            `json:"ext"`
	Gzipped       bool              `json:"gzipped"`
	Stored        map[string]string `json:"stored_as"`
	Files         []string          `json:"files"`
	Error         *bool             `json:"error"`
	MsgPickleLen  int64             `json:"msg_pickle_len"`
	MetaPickleLen int64             `json:"meta_pickle_len"`
	Trailing      int64             `json:"trailing"`
	Typed         json.RawMessage   `json:"metadata_typed"`
}

// goldenFile is one queue file with what is known of it.
type goldenFile struct {
	name string
	data []byte
	want expected
}

// goldenDir finds the collection beside the checkout or, failing that, the
// smaller one that the project holds.
func goldenDir(t testing.TB, name string) string {
	t.Helper()
	for _, dir := range []string{"../../../shared/", "../message/testdata/"} {
		if m, _ := filepath.Glob(dir + name + "/*/expected.json"); len(m) > 0 {
			return dir + name
		}
	}
	t.Fatalf("no %s files", name)
	return ""
}

func goldenFiles(t testing.TB, name string) []goldenFile {
	t.Helper()
	dir := goldenDir(t, name)
	cases, err := filepath.Glob(dir + "/*/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []goldenFile
	for _, c := range cases {
		text, err := os.ReadFile(c)
		if err != nil {
			t.Fatal(err)
		}
		f := goldenFile{name: filepath.Base(filepath.Dir(c))}
		if err := json.Unmarshal(text, &f.want); err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		files := f.want.Files
		if len(files) == 0 {
			files = []string{f.want.FileBase + f.want.Ext}
		}
		for _, name := range files {
			if stored, ok := f.want.Stored[name]; ok {
				name = stored
			}
			path := filepath.Join(filepath.Dir(c), name)
			if f.data, err = readMaybeGzip(path); err != nil {
				// Some cases are links, devices and other files of no content.
				continue
			}
			all = append(all, f)
			break
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s: no files", dir)
	}
	return all
}

func readMaybeGzip(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err == nil && !strings.HasSuffix(path, ".gz") {
		return data, nil
	}
	f, err := os.Open(strings.TrimSuffix(path, ".gz") + ".gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func TestGolden(t *testing.T) {
	t.Parallel()
	typed := 0
	for _, f := range goldenFiles(t, "golden") {
		r := NewReader(bytes.NewReader(f.data), int64(len(f.data)), 0)
		msg, err := r.Next()
		if err != nil {
			t.Errorf("%s: message: %v", f.name, err)
			continue
		}
		meta, err := r.Next()
		if err != nil {
			t.Errorf("%s: metadata: %v", f.name, err)
			continue
		}
		if msg.Start != 0 || msg.End != f.want.MsgPickleLen || meta.Start != msg.End {
			t.Errorf("%s: message at %d to %d, metadata from %d, want 0 to %d", f.name, msg.Start, msg.End, meta.Start, f.want.MsgPickleLen)
		}
		if n := meta.End - meta.Start; n != f.want.MetaPickleLen {
			t.Errorf("%s: metadata is %d bytes, want %d", f.name, n, f.want.MetaPickleLen)
		}
		if n := int64(len(f.data)) - meta.End; n != f.want.Trailing {
			t.Errorf("%s: %d bytes trail, want %d", f.name, n, f.want.Trailing)
		}
		if len(f.want.Typed) == 0 || string(f.want.Typed) == "null" {
			continue
		}
		typed++
		var want any
		dec := json.NewDecoder(bytes.NewReader(f.want.Typed))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		g, w := tagger{strings.Contains(string(f.want.Typed), `"str8"`)}.tagged(meta.Value), canonical(want)
		if g != w {
			t.Errorf("%s: metadata\n%s\nwant\n%s", f.name, g, w)
		}
	}
	if typed == 0 {
		t.Error("no golden file has typed metadata")
	}
}

// canonical writes the tagged JSON of expected.json with sets sorted. Of
// objects only the class is compared: their text is Python's.
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
		// Python's digits and Go's differ in their dress.
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

// tagger writes values as canonical does. Python 2 calls some types otherwise.
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

// text writes surrogates as U+FFFD, which is what encoding/json makes of them.
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

// refusedCases begin the names of the cases in which the pickles themselves are
// wrong, as opposed to what is in them.
var refusedCases = []string{
	"badopcode", "bomb-hash", "deep-marks", "deep-reduce", "empty", "ext1", "gzip", "len-", "longdigits",
	"nextbuffer", "persid", "proto", "random", "rawmail", "stoponly", "trunc-", "xml", "zeros", "zerotail",
}

func TestGoldenBad(t *testing.T) {
	t.Parallel()
	refused := 0
	for _, f := range goldenFiles(t, "golden-bad") {
		r := NewReader(bytes.NewReader(f.data), int64(len(f.data)), 0)
		_, err := r.Next()
		if err == nil {
			_, err = r.Next()
		}
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", f.name, err)
		}
		if f.want.Error != nil && !*f.want.Error && err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
		for _, prefix := range refusedCases {
			if strings.HasPrefix(f.name, prefix) {
				refused++
				if err == nil {
					t.Errorf("%s: not refused", f.name)
				}
			}
		}
		var out strings.Builder
		if _, err := Disassemble(&out, bytes.NewReader(f.data), int64(len(f.data)), 0); err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", f.name, err)
		}
	}
	if refused == 0 {
		t.Error("no file that is to be refused")
	}
}
