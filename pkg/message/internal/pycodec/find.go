package pycodec

import "strings"

// Python is a generation of Python.
type Python byte

// Python2 is Python 2.7, Python3 is Python 3.13.
const (
	Python2 Python = '2'
	Python3 Python = '3'
)

// Codec is one of Python's codecs for text.
type Codec struct{ coder }

// Encode returns the bytes of text. For a character that the codec does not have,
// it writes a question mark if replace, and else returns false.
func (c Codec) Encode(text []rune, replace bool) ([]byte, bool) { return c.encode(text, replace) }

// Decode returns the characters of b, with U+FFFD for what is not valid. It returns
// false where Python fails even so.
func (c Codec) Decode(b []byte) ([]rune, bool) { return c.decode(b) }

type coder interface {
	encode(text []rune, replace bool) ([]byte, bool)
	decode(b []byte) ([]rune, bool)
}

// Found is what Find knows about a name.
type Found uint8

const (
	// Unknown: Python has no codec of that name, and its email package leaves the
	// text as it is.
	Unknown Found = iota
	// Fails: Python has a codec of that name, but it is not for text.
	Fails
	// Text: there is a Codec.
	Text
)

// Find looks a name up as Python's codecs.lookup does: in the table of aliases,
// then among the modules of the package encodings.
func Find(python Python, name string) (Codec, Found) {
	norm := normalize(name)
	if norm == "utf_8" {
		// The most common codec needs no table.
		return Codec{utf8codec{python}}, Text
	}
	module := lookup(python, norm).module
	switch module {
	case "":
		return Codec{}, Unknown
	case "-":
		return Codec{}, Fails
	}
	c := coderOf(python, module)
	if c == nil {
		return Codec{}, Fails
	}
	return Codec{c}, Text
}

// Name returns the name that a codec itself has, codecs.lookup(name).name, or "" if
// there is no codec.
func Name(python Python, name string) string { return lookup(python, normalize(name)).name }

func lookup(python Python, norm string) alias {
	if a, ok := aliases()[string(python)+norm]; ok {
		return a
	}
	if !strings.Contains(norm, ".") {
		return alias{}
	}
	// Without its dots, Python looks the name up only among the aliases, not among the
	// modules.
	norm = strings.ReplaceAll(norm, ".", "_")
	a := aliases()[string(python)+norm]
	if a.module == norm {
		return alias{}
	}
	return a
}

// normalize is encodings.normalize_encoding, and the conversion to lower case that
// Python does before it.
func normalize(name string) string {
	out := make([]byte, 0, len(name))
	gap := false
	for _, c := range []byte(name) {
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.':
		default:
			gap = true
			continue
		}
		if gap && len(out) > 0 {
			out = append(out, '_')
		}
		out = append(out, c)
		gap = false
	}
	return string(out)
}

// coderOf returns the codec of a module, or nil.
func coderOf(python Python, module string) coder {
	switch module {
	case "utf_8":
		return utf8codec{python}
	case "utf_8_sig":
		return utf8sig{utf8codec{python}}
	case "utf_7":
		return utf7codec{}
	case "utf_16":
		return utf16codec{python: python, mark: true}
	case "utf_16_le":
		return utf16codec{python: python}
	case "utf_16_be":
		return utf16codec{python: python, big: true}
	case "utf_32":
		return utf32codec{python: python, mark: true}
	case "utf_32_le":
		return utf32codec{python: python}
	case "utf_32_be":
		return utf32codec{python: python, big: true}
	case "unicode_internal":
		return internal{}
	case "unicode_escape":
		return escape{}
	case "raw_unicode_escape":
		return rawEscape{}
	case "punycode", "idna":
		switch {
		case python == Python2:
			// They fail on errors='replace', or on all bytes.
			return nil
		case module == "idna":
			return idna{}
		}
		return punycode{}
	case "hz":
		return hz{tableNamed("gb2312")}
	case "gb18030":
		return loadGB18030()
	}
	if name, ok := strings.CutPrefix(module, "iso2022_"); ok {
		return newISO2022(python, name)
	}
	if t := tableNamed(module); t != nil {
		return multibyte{t}
	}
	if s, ok := singles()[module]; ok {
		return s
	}
	return nil
}

// Runes decodes text as a pickle holds it: UTF-8 that may have surrogates.
func Runes(content []byte) []rune {
	text, _ := utf8codec{Python2}.decode(content)
	return text
}
