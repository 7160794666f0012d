package message

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"switchboard/pkg/pickle"
)

// AppendMetadata appends the metadata as one line of JSON, without a newline:
// an object whose members are in the pickle's order.
//
//   - Text is a string. Where it stands for bytes (Python 2's str, Python 3's
//     bytes, surrogate escapes) and these are no UTF-8, it is base64, in a member
//     whose name has _base64 added; inside a list it is an object with the one
//     member _base64.
//   - A key that is no string is its value's JSON; bytes in it that are no
//     UTF-8 are written \xNN.
//   - Integers are exact, however large. Floats have a point or an exponent;
//     NaN, Infinity and -Infinity are strings.
//   - Tuples and sets are lists, a set sorted by its items' JSON. Times are
//     ISO 8601, with the offset if they have one: RFC 3339, then. A
//     timedelta is a number of seconds, a struct_time a list.
//   - A Header object is its decoded text. Other objects have a member class
//     and, where they were made with arguments, args.
//   - Control characters are escaped, the C1 ones and U+2028 and U+2029, too.
//
// It fails with ErrMalformed when the text would be out of proportion to the
// file: values that are shared many times, or contain themselves.
func (c *Content) AppendMetadata(dst []byte) ([]byte, error) {
	w := jsonWriter{
		out:     dst,
		limit:   len(dst) + int(min(jsonFactor*(c.MetaEnd-c.MsgEnd)+jsonBase, math.MaxInt32)),
		python3: c.python3,
	}
	w.dict(c.meta.Pairs, 0)
	if w.err != nil {
		return dst, w.err
	}
	return w.out, nil
}

const (
	// jsonFactor and jsonBase are how much longer than its pickle the JSON may
	// be. A control character takes six bytes for one.
	jsonFactor = 16
	jsonBase   = 64 << 10
	// jsonDepth is less than what readers of JSON put up with.
	jsonDepth = 5000
)

type jsonWriter struct {
	out     []byte
	limit   int
	python3 bool
	err     error
}

// full keeps the limits, and says whether to stop.
func (w *jsonWriter) full(depth int) bool {
	if w.err == nil && (len(w.out) > w.limit || depth > jsonDepth) {
		w.err = malformed("metadata out of proportion to the file")
	}
	return w.err != nil
}

func (w *jsonWriter) dict(pairs []pickle.Pair, depth int) {
	w.out = append(w.out, '{')
	for i, p := range pairs {
		if w.full(depth) {
			return
		}
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.member(w.key(p.Key, depth), p.Value, depth)
	}
	w.out = append(w.out, '}')
}

// key is a member's name.
func (w *jsonWriter) key(v pickle.Value, depth int) string {
	if s, ok := v.(*pickle.String); ok {
		b, ok := w.bytes(s)
		if !ok {
			return ""
		}
		if utf8.Valid(b) {
			return string(b)
		}
		var out strings.Builder
		for len(b) > 0 {
			c, n := utf8.DecodeRune(b)
			if c == utf8.RuneError && n == 1 {
				out.WriteString(`\x`)
				out.WriteString(strconv.FormatUint(uint64(b[0]), 16))
			} else {
				out.Write(b[:n])
			}
			b = b[n:]
		}
		return out.String()
	}
	inner := jsonWriter{limit: w.limit - len(w.out), python3: w.python3}
	inner.value(v, depth+1)
	w.limit = inner.limit + len(w.out)
	if w.err == nil {
		w.err = inner.err
	}
	return string(inner.out)
}

// bytes is a string's bytes, which may be UTF-8.
func (w *jsonWriter) bytes(s *pickle.String) ([]byte, bool) {
	if s.Len() > int64(w.limit-len(w.out)) {
		w.full(jsonDepth + 1)
		return nil, false
	}
	b, err := stringBytes(s, int(s.Len()))
	if err != nil && w.err == nil {
		w.err = contentError("metadata", err)
	}
	return b, w.err == nil
}

func (w *jsonWriter) member(name string, v pickle.Value, depth int) {
	text, isText := w.text(v)
	if isText && !utf8.Valid(text) {
		w.str(name + "_base64")
		w.out = append(w.out, ':', '"')
		w.out = base64.StdEncoding.AppendEncode(w.out, text)
		w.out = append(w.out, '"')
		return
	}
	w.str(name)
	w.out = append(w.out, ':')
	if isText {
		w.str(string(text))
		return
	}
	w.value(v, depth+1)
}

// text is the value of what is text.
func (w *jsonWriter) text(v pickle.Value) ([]byte, bool) {
	if h, ok := headerOf(v); ok {
		// Empty chunks take time and leave no text.
		w.limit -= len(h.chunks())
		return []byte(h.decoded(w.python3)), true
	}
	if s, ok := pickle.Simplify(v).(*pickle.String); ok {
		b, _ := w.bytes(s)
		return b, true
	}
	return nil, false
}

func (w *jsonWriter) value(v pickle.Value, depth int) {
	// Each value counts, though it be written as nothing but another.
	w.limit--
	if w.full(depth) {
		return
	}
	if text, ok := w.text(v); ok {
		if utf8.Valid(text) {
			w.str(string(text))
			return
		}
		w.out = append(w.out, `{"_base64":"`...)
		w.out = base64.StdEncoding.AppendEncode(w.out, text)
		w.out = append(w.out, `"}`...)
		return
	}
	switch v := pickle.Simplify(v).(type) {
	case pickle.None, nil:
		w.out = append(w.out, "null"...)
	case pickle.Bool:
		w.out = strconv.AppendBool(w.out, bool(v))
	case pickle.Int:
		w.out = append(w.out, v.String()...)
	case pickle.Float:
		w.out = appendFloat(w.out, float64(v))
	case *pickle.Moment:
		w.str(v.String())
	case pickle.Delta:
		w.out = appendFloat(w.out, v.TotalSeconds())
	case *pickle.Tuple:
		w.list(v.Items, depth)
	case *pickle.List:
		w.list(v.Items, depth)
	case *pickle.Set:
		w.set(v.Items, depth)
	case *pickle.Dict:
		w.dict(v.Pairs, depth)
	case *pickle.Global:
		w.out = append(w.out, `{"class":`...)
		w.class(v)
		w.out = append(w.out, '}')
	case *pickle.Object:
		w.object(v, depth)
	}
}

func (w *jsonWriter) list(items []pickle.Value, depth int) {
	w.out = append(w.out, '[')
	for i, v := range items {
		if w.full(depth) {
			return
		}
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.value(v, depth+1)
	}
	w.out = append(w.out, ']')
}

func (w *jsonWriter) set(items []pickle.Value, depth int) {
	start := len(w.out)
	texts := make([]string, 0, len(items))
	for _, v := range items {
		at := len(w.out)
		w.value(v, depth+1)
		if w.err != nil {
			return
		}
		texts = append(texts, string(w.out[at:]))
	}
	// Sets in sets are copied again and again.
	w.limit -= len(w.out) - start
	slices.Sort(texts)
	w.out = append(w.out[:start], '[')
	for i, text := range texts {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = append(w.out, text...)
	}
	w.out = append(w.out, ']')
}

func (w *jsonWriter) object(o *pickle.Object, depth int) {
	class, ok := o.Class()
	if !ok {
		class = &pickle.Global{Module: "unknown", Name: "object"}
	}
	args, _ := o.Args.(*pickle.Tuple)
	if *class == (pickle.Global{Module: "time", Name: "struct_time"}) && args != nil && len(args.Items) > 0 {
		w.value(args.Items[0], depth+1)
		return
	}
	w.out = append(w.out, `{"class":`...)
	w.class(class)
	if args != nil && len(args.Items) > 0 && o.Callable == pickle.Value(class) {
		w.out = append(w.out, `,"args":`...)
		w.list(args.Items, depth+1)
	}
	w.out = append(w.out, '}')
}

// class writes a class's name. Python 3 has Python 2's name for its own
// built-in ones in pickles of protocols 0 to 2.
func (w *jsonWriter) class(g *pickle.Global) {
	module := g.Module
	if w.python3 && module == "__builtin__" {
		module = "builtins"
	}
	w.str(module + "." + g.Name)
}

// appendFloat is Python's repr, but for what JSON has no number for.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	case f == 0 || 1e-4 <= math.Abs(f) && math.Abs(f) < 1e16:
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		if !slices.Contains(dst[start:], '.') {
			dst = append(dst, ".0"...)
		}
		return dst
	}
	return strconv.AppendFloat(dst, f, 'e', -1, 64)
}

// str appends a JSON string.
func (w *jsonWriter) str(s string) {
	const hex = "0123456789abcdef"
	w.out = append(w.out, '"')
	start := 0
	for i := 0; i < len(s); {
		c, n := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, n = utf8.DecodeRuneInString(s[i:])
		}
		if c >= ' ' && c != '"' && c != '\\' && !(0x7F <= c && c <= 0x9F) && c != 0x2028 && c != 0x2029 {
			i += n
			continue
		}
		w.out = append(w.out, s[start:i]...)
		switch c {
		case '"', '\\':
			w.out = append(w.out, '\\', byte(c))
		case '\n':
			w.out = append(w.out, `\n`...)
		case '\r':
			w.out = append(w.out, `\r`...)
		case '\t':
			w.out = append(w.out, `\t`...)
		default:
			w.out = append(w.out, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
		}
		i += n
		start = i
	}
	w.out = append(append(w.out, s[start:]...), '"')
}
