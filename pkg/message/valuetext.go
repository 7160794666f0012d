package message

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"switchboard/pkg/pickle"
)

// valueText returns the text of a value that is not text, but stands where text should
// be: Python 2's str of it. Python 2's Generator writes that. Python 3's Generator
// fails on such a value, and this text is better than none. A memory address is left
// out. work is in bytes. If values that are shared or contain themselves use it up,
// valueText returns false.
func valueText(v pickle.Value, py3 bool, work *int64) (string, bool) {
	t := valueWriter{py3: py3, work: work}
	switch v := pickle.Simplify(v).(type) {
	case *pickle.String:
		b, _, err := v.Text(int(v.Len()))
		t.spend(len(b))
		return string(unescape(b)), err == nil && *work >= 0
	case pickle.Float:
		t.out.WriteString(py2FloatText(v))
	case pickle.Int:
		t.out.WriteString(v.String())
	default:
		t.repr(v, 0)
	}
	return t.out.String(), *work >= 0
}

// bytesText is Python 3's str of bytes.
func bytesText(s *pickle.String, work *int64) string {
	t := valueWriter{py3: true, work: work}
	t.str(s)
	return t.out.String()
}

type valueWriter struct {
	out  strings.Builder
	py3  bool
	work *int64
}

// spend takes n bytes of work, and reports whether there was enough.
func (t *valueWriter) spend(n int) bool {
	*t.work -= int64(n) + 16
	return *t.work >= 0
}

func (t *valueWriter) repr(v pickle.Value, depth int) {
	if !t.spend(0) {
		return
	}
	if depth > jsonDepth {
		t.out.WriteString("...")
		return
	}
	switch v := pickle.Simplify(v).(type) {
	case pickle.None, nil:
		t.out.WriteString("None")
	case pickle.Bool:
		if v {
			t.out.WriteString("True")
		} else {
			t.out.WriteString("False")
		}
	case pickle.Int:
		t.out.WriteString(v.String())
		if !t.py3 && (v.Long || v.Big != nil) {
			t.out.WriteByte('L')
		}
	case pickle.Float:
		t.out.WriteString(v.String())
	case *pickle.String:
		t.str(v)
	case *pickle.Tuple:
		t.items("(", v.Items, depth)
		if len(v.Items) == 1 {
			t.out.WriteByte(',')
		}
		t.out.WriteByte(')')
	case *pickle.List:
		t.items("[", v.Items, depth)
		t.out.WriteByte(']')
	case *pickle.Set:
		if v.Frozen {
			t.out.WriteString("frozen")
		}
		t.items("set([", v.Items, depth)
		t.out.WriteString("])")
	case *pickle.Dict:
		t.out.WriteByte('{')
		for i, p := range v.Pairs {
			if i > 0 {
				t.out.WriteString(", ")
			}
			t.repr(p.Key, depth+1)
			t.out.WriteString(": ")
			t.repr(p.Value, depth+1)
		}
		t.out.WriteByte('}')
	case *pickle.Moment:
		t.out.WriteString(strings.Replace(v.String(), "T", " ", 1))
	case pickle.Delta:
		t.out.WriteString(pickle.Float(v.TotalSeconds()).String())
	case *pickle.Global:
		t.out.WriteString("<" + v.Module + "." + v.Name + ">")
	case *pickle.Object:
		t.object(v)
	}
}

func (t *valueWriter) items(open string, items []pickle.Value, depth int) {
	t.out.WriteString(open)
	for i, v := range items {
		if i > 0 {
			t.out.WriteString(", ")
		}
		if t.repr(v, depth+1); *t.work < 0 {
			return
		}
	}
}

func (t *valueWriter) object(o *pickle.Object) {
	class, ok := o.Class()
	switch {
	case !ok:
		t.out.WriteString("<object>")
	case class.Name == "Charset":
		t.out.WriteString(charsetOf(o).name)
	default:
		t.out.WriteString("<" + class.Module + "." + class.Name + " instance>")
	}
}

// str writes the repr of a string.
func (t *valueWriter) str(s *pickle.String) {
	b, _, err := s.Text(int(s.Len()))
	if err != nil || !t.spend(len(b)) {
		return
	}
	if s.Kind == pickle.Unicode && !t.py3 {
		t.out.WriteByte('u')
	}
	if s.Kind == pickle.Bytes {
		t.out.WriteByte('b')
	}
	quote := byte('\'')
	if strings.ContainsRune(string(b), '\'') && !strings.ContainsRune(string(b), '"') {
		quote = '"'
	}
	t.out.WriteByte(quote)
	for len(b) > 0 {
		r, n := rune(b[0]), 1
		if s.Kind == pickle.Unicode && r >= utf8.RuneSelf {
			if c, ok := escapedAt(b); ok {
				r, n = 0xDC00|rune(c), 3
			} else {
				r, n = utf8.DecodeRune(b)
			}
		}
		b = b[n:]
		switch {
		case r == rune(quote) || r == '\\':
			t.out.WriteByte('\\')
			t.out.WriteRune(r)
		case r == '\n':
			t.out.WriteString(`\n`)
		case r == '\r':
			t.out.WriteString(`\r`)
		case r == '\t':
			t.out.WriteString(`\t`)
		case ' ' <= r && r < 0x7F:
			t.out.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&t.out, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&t.out, `\u%04x`, r)
		default:
			fmt.Fprintf(&t.out, `\U%08x`, r)
		}
	}
	t.out.WriteByte(quote)
}

// py2FloatText is Python 2's str of a float: at most 12 digits.
func py2FloatText(f pickle.Float) string {
	const digits = 12
	n := float64(f)
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return f.String()
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(n, 'e', digits-1, 64), "e")
	if e, _ := strconv.Atoi(exponent); -4 <= e && e < digits-1 {
		s := strings.TrimRight(strconv.FormatFloat(n, 'f', digits-1-e, 64), "0")
		if strings.HasSuffix(s, ".") {
			s += "0"
		}
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(mantissa, "0"), ".") + "e" + exponent
}
