package message

import (
	"math"
	"slices"
	"strconv"

	"switchboard/pkg/jsonline"
	"switchboard/pkg/pickle"
)

// AppendMetadata appends the metadata as one line of JSON, without a newline: an
// object whose members are in the order of the pickle.
//
//   - Every member has a different name. If two keys would have the same name, such as
//     1 and "1", keys that are text keep it, and the others get _2, _3 and so on added,
//     before _base64 and _unix.
//   - Text is a string. Text that stands for bytes (Python 2's str, Python 3's bytes,
//     surrogate escapes) which are not UTF-8 is base64, in a member whose name ends in
//     _base64; in a list it is an object with the one member _base64.
//   - A key that is not a string is the JSON of its value; bytes in it that are not
//     UTF-8 are written \xNN.
//   - Integers are exact, however large. Floats have a point or an exponent;
//     NaN, Infinity and -Infinity are strings.
//   - Tuples and sets are lists; a set is sorted by the JSON of its items. A datetime is
//     RFC 3339 in UTC and whole seconds, next to a member whose name ends in _unix and
//     which has the exact seconds. Without a time zone it is read as UTC, which is what
//     Mailman 3 writes. Dates and times of day are ISO 8601. A timedelta is a number of
//     seconds, a struct_time a list.
//   - A Header object is its decoded text. Other objects have a member class and, if
//     they were made with arguments, args.
//   - Characters that cannot be seen are escaped: see package switchboard/pkg/jsonline.
//
// If the text would be out of proportion to the file, because values are shared
// many times or contain themselves, the error is [ErrMalformed].
func (c *Content) AppendMetadata(dst []byte) ([]byte, error) {
	w := jsonWriter{
		out:   dst,
		limit: len(dst) + int(min(jsonFactor*(c.MetaEnd-c.MsgEnd)+jsonBase, math.MaxInt32)),
		py3:   c.py3,
	}
	w.dict(c.allMetadata(), 0)
	if w.err != nil {
		return dst, w.err
	}
	return w.out, nil
}

const (
	// jsonFactor and jsonBase limit how much longer than its pickle the JSON may
	// be. A control character takes six bytes for one.
	jsonFactor = 16
	jsonBase   = 64 << 10
	// jsonDepth is less than what readers of JSON accept.
	jsonDepth = 5000
)

type jsonWriter struct {
	out   []byte
	limit int
	py3   bool
	err   error
}

// full checks the limits, and reports whether to stop.
func (w *jsonWriter) full(depth int) bool {
	if w.err == nil && (len(w.out) > w.limit || depth > jsonDepth) {
		w.err = malformed("metadata out of proportion to the file")
	}
	return w.err != nil
}

func (w *jsonWriter) dict(pairs []pickle.Pair, depth int) {
	members := w.members(pairs, depth)
	w.out = append(w.out, '{')
	for i, m := range members {
		if w.full(depth) {
			return
		}
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.member(m, depth)
	}
	w.out = append(w.out, '}')
}

// bytes returns the bytes that a string stands for.
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

func (w *jsonWriter) member(m member, depth int) {
	w.out = jsonline.AppendName(w.out, m.name+m.suffix)
	switch {
	case m.isText:
		text, _ := w.text(m.value)
		if m.suffix == jsonline.Base64Suffix {
			w.out = jsonline.AppendBase64(w.out, text)
		} else {
			w.out = jsonline.AppendString(w.out, string(text))
		}
	case m.moment != nil:
		w.moment(m.moment)
		w.out = jsonline.AppendName(append(w.out, ','), m.name+jsonline.UnixSuffix)
		t, _ := m.moment.Time()
		w.out = jsonline.AppendUnix(w.out, t)
	default:
		w.value(m.value, depth+1)
	}
}

// moment writes a datetime, in UTC if that is possible.
func (w *jsonWriter) moment(m *pickle.Moment) {
	text := m.String()
	if t, ok := m.Time(); ok {
		if utc, ok := jsonline.FormatTime(t); ok {
			text = utc
		}
	}
	w.out = jsonline.AppendString(w.out, text)
}

// text returns the text of a value that is text.
func (w *jsonWriter) text(v pickle.Value) ([]byte, bool) {
	if h, ok := headerOf(v); ok {
		// Empty chunks take time and leave no text.
		w.limit -= len(h.chunks())
		return []byte(h.decoded(w.py3)), true
	}
	if s, ok := pickle.Simplify(v).(*pickle.String); ok {
		b, _ := w.bytes(s)
		return b, true
	}
	return nil, false
}

func (w *jsonWriter) value(v pickle.Value, depth int) {
	// Each value counts, even one that writes nothing of its own.
	w.limit--
	if w.full(depth) {
		return
	}
	if text, ok := w.text(v); ok {
		w.out = jsonline.AppendText(w.out, text)
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
		w.out = jsonline.AppendFloat(w.out, float64(v))
	case *pickle.Moment:
		w.moment(v)
	case pickle.Delta:
		w.out = jsonline.AppendFloat(w.out, v.TotalSeconds())
	case *pickle.Tuple:
		w.list(v.Items, depth)
	case *pickle.List:
		w.list(v.Items, depth)
	case *pickle.Set:
		w.set(v.Items, depth)
	case *pickle.Dict:
		w.dict(v.Pairs, depth)
	case *pickle.Global:
		w.out = jsonline.AppendName(append(w.out, '{'), "class")
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
	// Sets in sets are copied several times.
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
	w.out = jsonline.AppendName(append(w.out, '{'), "class")
	w.class(class)
	if args != nil && len(args.Items) > 0 && o.Callable == pickle.Value(class) {
		w.out = jsonline.AppendName(append(w.out, ','), "args")
		w.list(args.Items, depth+1)
	}
	w.out = append(w.out, '}')
}

// class writes the name of a class. In pickles of protocols 0 to 2, Python 3 writes
// Python 2's names of its own built-in classes.
func (w *jsonWriter) class(g *pickle.Global) {
	module := g.Module
	if w.py3 && module == "__builtin__" {
		module = "builtins"
	}
	w.out = jsonline.AppendString(w.out, module+"."+g.Name)
}
