package message

import (
	"slices"
	"strings"

	"switchboard/pkg/pickle"
)

// kind is how a part's body is written.
type kind uint8

const (
	// leaf is text.
	leaf kind = iota
	multipart
	// embedded is a message in a message.
	embedded
	deliveryStatus
)

// kind goes by the content type as Python's Generator does: it looks for a
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

// contentType is get_content_type: what stands before the parameters, or
// text/plain if that is not a type.
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

// contentField is the value of the first Content-Type field, 8-bit bytes as
// they are.
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
				return h.decoded(g.three), true
			}
			return "", true
		}
	}
	return "", false
}

// strip is Python's str.strip: Python 3's knows four more blanks in ASCII.
func (g *generator) strip(s string) string { return strings.Trim(s, g.blanks()) }

func (g *generator) blanks() string {
	if g.three {
		return " \t\n\v\f\r\x1c\x1d\x1e\x1f"
	}
	return " \t\n\v\f\r"
}

// param is a parameter of a header field. text is as Python's
// _get_params_preserve gives it, that is, in quotes, unless it is the first.
type param struct {
	name, text string
	// extended says that RFC 2231's charset and language have been cut off.
	extended bool
}

// boundary is get_boundary, "" if there is none.
func (g *generator) boundary(p part) string {
	value, ok := g.contentField(p)
	if !ok {
		return ""
	}
	for _, param := range g.params(value) {
		if strings.EqualFold(param.name, "boundary") {
			text := unquote(param.text)
			if !param.extended || !g.three {
				// Once more, in collapse_rfc2231_value.
				text = unquote(text)
			}
			return strings.TrimRight(text, g.blanks())
		}
	}
	return ""
}

// params takes the value of a Content-Type field apart, as _parseparam and
// decode_params do. The first is the type itself.
func (g *generator) params(value string) []param {
	all := g.split(value)
	out := all[:1:1]
	type segment struct {
		number, text string
		encoded      bool
	}
	var names []string
	segments := make(map[string][]segment)
	for _, p := range all[1:] {
		text := unquote(p.text)
		name, number, ok := continuation(p.name)
		if !ok {
			out = append(out, param{name: p.name, text: quote(text)})
			continue
		}
		if _, ok := segments[name]; !ok {
			names = append(names, name)
		}
		segments[name] = append(segments[name], segment{number, text, strings.HasSuffix(p.name, "*")})
	}
	for _, name := range names {
		list := segments[name]
		slices.SortStableFunc(list, func(a, b segment) int {
			if n := len(a.number) - len(b.number); n != 0 {
				return n
			}
			if n := strings.Compare(a.number, b.number); n != 0 {
				return n
			}
			return strings.Compare(a.text, b.text)
		})
		var text strings.Builder
		extended := false
		for _, s := range list {
			if s.encoded {
				extended = true
				text.WriteString(unpercent(s.text))
			} else {
				text.WriteString(s.text)
			}
		}
		p := param{name: name, text: escapeQuoted(text.String()), extended: extended}
		if extended {
			if parts := strings.SplitN(p.text, "'", 3); len(parts) == 3 {
				p.text = parts[2]
			}
		}
		p.text = `"` + p.text + `"`
		out = append(out, p)
	}
	return out
}

// split cuts at semicolons that are not in quotes.
func (g *generator) split(value string) []param {
	var out []param
	for start, done := 0, false; !done; {
		end, odd := start, false
		for ; end < len(value); end++ {
			c := value[end]
			if c == '"' && (end == start || value[end-1] != '\\') {
				odd = !odd
			}
			if c == ';' && (!odd || end == start) {
				break
			}
		}
		done = end >= len(value)
		name, text, found := strings.Cut(value[start:end], "=")
		p := param{name: g.strip(name)}
		if found {
			p.name, p.text = lower(p.name), g.strip(text)
		}
		out = append(out, p)
		start = end + 1
	}
	return out
}

// continuation takes apart the name of an RFC 2231 parameter: NAME*, NAME*N or
// NAME*N*. The number has no leading zeros, so that it can be compared by
// length; it is "" if there is none, which sorts first.
func continuation(s string) (name, number string, ok bool) {
	name, number, ok = strings.Cut(s, "*")
	if !ok || name == "" {
		return "", "", false
	}
	for i := range len(name) {
		if c := name[i]; !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_') {
			return "", "", false
		}
	}
	if number == "" {
		return name, "", true
	}
	number = strings.TrimSuffix(number, "*")
	if number == "" {
		return "", "", false
	}
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return "", "", false
		}
	}
	if number = strings.TrimLeft(number, "0"); number == "" {
		number = "0"
	}
	return name, number, true
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

// unquote is email.utils.unquote.
func unquote(s string) string {
	if len(s) > 1 {
		if s[0] == '"' && s[len(s)-1] == '"' {
			s = strings.ReplaceAll(s[1:len(s)-1], `\\`, `\`)
			return strings.ReplaceAll(s, `\"`, `"`)
		}
		if s[0] == '<' && s[len(s)-1] == '>' {
			return s[1 : len(s)-1]
		}
	}
	return s
}

func quote(s string) string { return `"` + escapeQuoted(s) + `"` }

func escapeQuoted(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`)
}

// unpercent is urllib's unquote.
func unpercent(s string) string {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, ok1 := unhex(s[i+1])
			lo, ok2 := unhex(s[i+2])
			if ok1 && ok2 {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
