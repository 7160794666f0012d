package message

import (
	"strings"

	"switchboard/pkg/pickle"
)

// kind is how the body of a part is written.
type kind uint8

const (
	// leaf is text.
	leaf kind = iota
	multipart
	// embedded is a message in a message.
	embedded
	deliveryStatus
)

// kind follows Python's Generator, which goes by the content type: it looks for a
// method named after main and sub type, then for one named after the main type.
func (g *generator) kind(p part) kind {
	main, sub, _ := strings.Cut(g.contentType(p), "/")
	main = strings.ReplaceAll(main, "-", "_")
	sub = strings.ReplaceAll(sub, "-", "_")
	for _, name := range []string{main + "_" + sub, main} {
		switch name {
		case "multipart", "multipart_signed":
			return multipart
		case "message_delivery_status":
			return deliveryStatus
		case "message":
			return embedded
		case "text":
			return leaf
		}
	}
	return leaf
}

// contentType does what get_content_type does: it returns what precedes the
// parameters, or text/plain if that is not a type.
func (g *generator) contentType(p part) string {
	value, ok := g.contentField(p)
	if !ok {
		if s, ok := p.defaultType.(*pickle.String); ok {
			if text, err := stringBytes(s, textLimit); err == nil {
				return string(text)
			}
		}
		return "text/plain"
	}
	value, _, _ = strings.Cut(value, ";")
	value = lower(g.strip(value))
	if strings.Count(value, "/") != 1 {
		return "text/plain"
	}
	return value
}

// contentField returns the value of the first Content-Type field, with 8-bit bytes.
func (g *generator) contentField(p part) (string, bool) {
	if p.headers == nil {
		return "", false
	}
	for _, item := range p.headers.Items {
		name, value, ok := fieldOf(item)
		if !ok || !isNamed(name, "content-type") {
			continue
		}
		switch value := value.(type) {
		case *pickle.String:
			text, err := stringBytes(value, fieldLimit)
			if err != nil {
				g.out.err = err
			}
			return string(text), true
		default:
			if h, ok := headerOf(value); ok {
				return h.decoded(g.py3), true
			}
			return "", true
		}
	}
	return "", false
}

// strip is Python's str.strip. Python 3 has four more blanks in ASCII.
func (g *generator) strip(s string) string { return strings.Trim(s, g.blanks()) }

func (g *generator) blanks() string {
	if g.py3 {
		return " \t\n\v\f\r\x1c\x1d\x1e\x1f"
	}
	return " \t\n\v\f\r"
}

// boundary does what get_boundary does. It returns "" if there is no boundary.
func (g *generator) boundary(p part) string {
	value, ok := g.contentField(p)
	if !ok {
		return ""
	}
	for _, param := range g.params(value) {
		if strings.EqualFold(param.name, "boundary") {
			text := unquote(param.text)
			if !param.extended || !g.py3 {
				// Python unquotes it again, in collapse_rfc2231_value.
				text = unquote(text)
			}
			return strings.TrimRight(text, g.blanks())
		}
	}
	return ""
}

// lower leaves bytes that are not ASCII alone: they need not be UTF-8.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}
