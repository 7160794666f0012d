package message

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"switchboard/pkg/jsonline"
	"switchboard/pkg/pickle"
)

// member is a key of a dictionary with its value, as JSON names it.
type member struct {
	// name is the part of the name that comes from the key, suffix the part that
	// comes from the value. A moment has a second member, whose suffix is
	// jsonline.UnixSuffix.
	name, suffix string
	value        pickle.Value
	isText       bool
	moment       *pickle.Moment
	// plain says that the key is text, and that name is exactly this text.
	plain bool
}

// names returns the names that the member takes.
func (m *member) names(name string) []string {
	if m.moment != nil {
		return []string{name, name + jsonline.UnixSuffix}
	}
	return []string{name + m.suffix}
}

// members gives each pair of a dictionary different names. Text comes first, so
// that its names do not depend on what else is in the dictionary.
func (w *jsonWriter) members(pairs []pickle.Pair, depth int) []member {
	members := make([]member, len(pairs))
	length, unlike := 0, false
	for i, p := range pairs {
		m := &members[i]
		m.value = p.Value
		if m.name, m.plain = w.key(p.Key, depth); w.err != nil {
			return nil
		}
		// The text is read again when it is written, so that a dictionary of long
		// texts is not in memory twice.
		text, isText := w.text(p.Value)
		if m.isText = isText; isText && !utf8.Valid(text) {
			m.suffix = jsonline.Base64Suffix
		}
		if length += len(m.name) + len(text); length > w.limit-len(w.out) {
			w.full(jsonDepth + 1)
			return nil
		}
		if v, ok := pickle.Simplify(p.Value).(*pickle.Moment); ok && v.Kind == pickle.DateTime {
			m.moment = v
		}
		unlike = unlike || !m.plain || m.suffix != "" || m.moment != nil
	}
	if !unlike && len(members) < 2 {
		return members
	}
	taken := make(map[string]bool, len(members))
	again := make(map[string]int)
	for _, turn := range []func(m *member) bool{
		func(m *member) bool { return m.plain && m.suffix == "" && m.moment == nil },
		func(m *member) bool { return m.plain && (m.suffix != "" || m.moment != nil) },
		func(m *member) bool { return !m.plain },
	} {
		for i := range members {
			if m := &members[i]; turn(m) {
				m.choose(taken, again)
			}
		}
	}
	return members
}

// choose takes the first names that are free. again counts the tries for each name,
// so that a thousand keys with the same name do not take a million steps.
func (m *member) choose(taken map[string]bool, again map[string]int) {
	name := m.name
	for first := m.name + m.suffix; ; {
		names := m.names(name)
		free := true
		for _, n := range names {
			free = free && !taken[n]
		}
		if free {
			for _, n := range names {
				taken[n] = true
			}
			m.name = name
			return
		}
		again[first]++
		name = m.name + "_" + strconv.Itoa(again[first]+1)
	}
}

// key returns the part of a member's name that comes from the key, and whether the
// key is exactly this text.
func (w *jsonWriter) key(v pickle.Value, depth int) (name string, plain bool) {
	if s, ok := pickle.Simplify(v).(*pickle.String); ok {
		b, ok := w.bytes(s)
		if !ok {
			return "", false
		}
		if utf8.Valid(b) {
			return string(b), s.Kind != pickle.Bytes
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
		return out.String(), false
	}
	if m, ok := pickle.Simplify(v).(*pickle.Moment); ok {
		// Keys may differ only in their fractions of a second.
		return string(jsonline.AppendString(nil, m.String())), false
	}
	inner := jsonWriter{limit: w.limit - len(w.out), py3: w.py3}
	inner.value(v, depth+1)
	w.limit = inner.limit + len(w.out)
	if w.err == nil {
		w.err = inner.err
	}
	return string(inner.out), false
}
