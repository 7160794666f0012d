package cmdline

import (
	"maps"
	"slices"
	"time"

	"switchboard/pkg/jsonline"
)

// Object is a flat JSON object: strings, ints, bools and times.
type Object map[string]any

// Object prints an object as one line, its members sorted by name.
func (c *Context) Object(o Object) error {
	var line jsonline.Object
	for _, name := range slices.Sorted(maps.Keys(o)) {
		switch v := o[name].(type) {
		case string:
			line.Text(name, v)
		case int:
			line.Int(name, int64(v))
		case bool:
			line.Bool(name, v)
		case time.Time:
			line.Time(name, v)
		}
	}
	return c.Line(line.End())
}
