package cmdline

import (
	"sort"
	"strconv"
)

// Object is a flat JSON object: strings, ints and bools.
type Object map[string]any

// Object prints an object as one line, its members sorted by name.
func (c *Context) Object(o Object) error {
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	sort.Strings(names)
	w := jsonLine{c: c, buf: []byte("{")}
	for _, name := range names {
		switch v := o[name].(type) {
		case string:
			w.text(name, v)
		case int:
			w.name(name)
			w.buf = strconv.AppendInt(w.buf, int64(v), 10)
		case bool:
			w.name(name)
			w.buf = strconv.AppendBool(w.buf, v)
		}
	}
	return c.Line(append(w.buf, '}'))
}
