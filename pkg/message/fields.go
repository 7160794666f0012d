package message

import (
	"strings"

	"switchboard/pkg/pickle"
)

// fieldLimit is the longest value of a header field, in bytes as stored, that is
// taken into memory. Longer ones are written as they are. Python would fold
// them, at a million characters.
const fieldLimit = 900_000

// fields writes a part's header.
func (g *generator) fields(p part, plan plan) {
	typed := false
	if p.headers != nil {
		for _, item := range p.headers.Items {
			name, value, ok := fieldOf(item)
			if !ok {
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
		// Python fails. Without the boundary the parts could not be told apart.
		g.out.str("Content-Type: multipart/mixed; boundary=\"" + plan.boundary + "\"\n")
	}
}

// withBoundary is set_boundary: the Content-Type with another boundary.
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

// field writes one field, name, value and newline.
func (g *generator) field(name *pickle.String, value pickle.Value) {
	g.out.copy(name, false)
	g.out.str(": ")
	switch v := value.(type) {
	case *pickle.String:
		if g.three && v.Len() <= fieldLimit {
			content, _, err := v.Text(fieldLimit)
			if err != nil {
				g.out.err = contentError("message", err)
				return
			}
			if text, ok := encodeValue(content); ok {
				g.out.str(text)
				break
			}
		}
		g.out.copy(v, false)
	case pickle.Int:
		g.out.str(v.String())
	default:
		if h, ok := headerOf(value); ok {
			if g.three {
				g.out.str(h.encode3())
			} else {
				g.out.str(h.encode2())
			}
		}
	}
	g.out.str("\n")
}
