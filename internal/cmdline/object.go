package cmdline

import (
	"maps"
	"slices"
	"time"

	"switchboard/pkg/jsonline"
)

// Object is a flat JSON object: strings, ints, bools and times.
type Object map[string]any

// Object prints an object as one line.
func (c *Context) Object(o Object) error { return c.Line(o.Append(nil)) }

// Append appends an object to b, its members sorted by name.
func (o Object) Append(b []byte) []byte {
	line := jsonline.NewObject(b)
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
	return line.End()
}
