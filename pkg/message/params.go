package message

import (
	"slices"
	"strings"
)

// param is a parameter of a header field. text is what Python's
// _get_params_preserve returns: in quotes, unless the parameter is the first.
type param struct {
	name, text string
	// extended says that RFC 2231's charset and language were cut off.
	extended bool
}

// params splits the value of a Content-Type field as _parseparam and decode_params
// do. The first parameter is the type itself.
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

// split cuts at semicolons outside quotes.
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

// continuation splits the name of an RFC 2231 parameter: NAME*, NAME*N or NAME*N*.
// The number is "" if there is none, which sorts first. It has no leading zeros, so
// numbers can be compared by their length.
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
