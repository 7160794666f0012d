package message

import (
	"strings"
	"unicode/utf8"

	"switchboard/pkg/pickle"
)

// fieldLimit is the longest value of a header field, in bytes as stored, that is
// read into memory. Longer values are written as they are stored. Python would fold
// them at a million characters.
const fieldLimit = 900_000

// fields writes the header of a part.
func (g *generator) fields(p part, plan plan) {
	typed := false
	if p.headers != nil {
		for _, item := range p.headers.Items {
			name, value, ok := fieldOf(item)
			if !ok {
				g.oddField(item)
				continue
			}
			if plan.made && isNamed(name, "content-type") {
				typed = true
				value = g.withBoundary(p, plan.boundary)
			}
			g.field(name, value)
		}
	}
	if plan.made && !typed {
		// Python fails here. Without the boundary nobody could tell the parts
		// apart.
		g.out.str("Content-Type: multipart/mixed; boundary=\"" + plan.boundary + "\"\n")
	}
}

// withBoundary is set_boundary: it returns the Content-Type with another boundary.
func (g *generator) withBoundary(p part, boundary string) pickle.Value {
	value, _ := g.contentField(p)
	params := g.params(value)
	var parts []string
	found := false
	for _, param := range params {
		if strings.EqualFold(param.name, "boundary") {
			param.name, param.text, found = "boundary", `"`+boundary+`"`, true
		}
		if param.text == "" {
			parts = append(parts, param.name)
		} else {
			parts = append(parts, param.name+"="+param.text)
		}
	}
	if !found {
		parts = append(parts, `boundary="`+boundary+`"`)
	}
	return pickle.NewString(pickle.ByteString, []byte(strings.Join(parts, "; ")))
}

// oddField writes a field that is not a pair of a text and a value. Python writes a
// name of another type, and fails if there are not two items.
func (g *generator) oddField(item pickle.Value) {
	parts, _ := itemsOf(item)
	for i, part := range parts {
		if i == 1 {
			g.out.str(":")
		}
		if i > 0 {
			g.out.str(" ")
		}
		if i == 1 && len(parts) == 2 {
			g.value(part)
			continue
		}
		g.other(part)
	}
	switch len(parts) {
	case 0:
		return
	case 1:
		g.out.str(": ")
	}
	g.out.str("\n")
}

// field writes one field: name, value and newline.
func (g *generator) field(name *pickle.String, value pickle.Value) {
	if g.py3 && name.Kind == pickle.Bytes {
		g.out.str(bytesText(name, &g.work))
	} else {
		g.out.copy(name, false)
	}
	g.out.str(": ")
	g.value(value)
	g.out.str("\n")
}

func (g *generator) value(value pickle.Value) {
	v, ok := value.(*pickle.String)
	if !ok {
		if _, none := value.(pickle.None); !none || !g.py3 {
			g.other(value)
		}
		return
	}
	if v.Len() <= fieldLimit && (g.py3 || v.Kind == pickle.Unicode) {
		content, _, err := v.Text(fieldLimit)
		if err != nil {
			g.out.err = contentError("message", err)
			return
		}
		if text, ok := g.encoded(content); ok {
			g.out.str(text)
			return
		}
	}
	g.out.copy(v, false)
}

// encoded returns a value that is not written as it is stored.
func (g *generator) encoded(content []byte) (string, bool) {
	if g.py3 {
		return py3FieldValue(content)
	}
	if pickle.IsASCII(content) || !utf8.Valid(content) {
		return "", false
	}
	// Python 2 fails on unicode.
	return strings.Join(appendFallback(nil, content), "\n "), true
}

// other writes a value that is not text.
func (g *generator) other(v pickle.Value) {
	if h, ok := headerOf(v); ok {
		if g.py3 {
			g.out.str(h.py3Encode())
		} else {
			g.out.str(h.py2Encode(&g.work))
		}
		return
	}
	text, ok := valueText(v, g.py3, &g.work)
	if !ok && g.out.err == nil {
		g.out.err = malformed("the message's fields are out of proportion to the file")
	}
	g.out.str(text)
}
