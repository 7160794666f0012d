package message

import (
	"fmt"
	"switchboard/pkg/pickle"
)

// Dialect is the Mailman that a queue file is written for.
type Dialect uint8

const (
	// Unknown is the zero value: the dialect is not known.
	Unknown Dialect = iota
	// Mailman2 is Mailman 2.1 on Python 2, and its ports to Python 3.
	Mailman2
	// Mailman3 is Mailman 3.
	Mailman3
)

// ParseDialect reads "mailman2" or "mailman3".
func ParseDialect(s string) (Dialect, error) {
	switch s {
	case "mailman2":
		return Mailman2, nil
	case "mailman3":
		return Mailman3, nil
	}
	return Unknown, fmt.Errorf("%q is neither mailman2 nor mailman3", s)
}

// String returns what ParseDialect reads, or "unknown".
func (d Dialect) String() string {
	switch d {
	case Mailman2:
		return "mailman2"
	case Mailman3:
		return "mailman3"
	}
	return "unknown"
}

// findDialect goes by the class of the message, then by the keys that only one
// Mailman sets, then by the Python that wrote the keys which all entries have:
// Python 3 never writes byte strings. If none of these helps, as with text that another
// program stored, the kind of the text decides.
func (c *Content) findDialect(proto int) (d Dialect, py3 bool) {
	var py2List, py3List, keyed bool
	for _, p := range c.meta.Pairs {
		k, ok := p.Key.(*pickle.String)
		if !ok {
			continue
		}
		text, _ := k.Short()
		switch string(text) {
		case "listname":
			py2List = true
		case "listid":
			py3List = true
		case "version", "_parsemsg":
			keyed = true
			py3 = py3 || k.Kind == pickle.Unicode
		}
	}
	py3 = py3 || proto > 2
	var bytes []byte
	if o, ok := c.msg.(*pickle.Object); ok {
		py3 = flattensAsPy3(o)
		switch {
		case c.class.Module == "mailman.email.message":
			return Mailman3, py3 // its betas ran on Python 2
		case c.class.Module == "Mailman.Message" || !py3:
			return Mailman2, py3
		}
	} else if s := c.msg.(*pickle.String); s.Kind == pickle.ByteString {
		if !keyed && proto <= 2 && !py3List {
			return Mailman2, false
		}
		bytes, _ = s.Short()
	}
	d = Mailman3
	switch {
	case py3List && !py2List:
	case py2List && !py3List, keyed && !py3:
		d = Mailman2
	}
	// Python 3 could not read these bytes. Most entries need not be searched for them.
	if (d != Mailman2 || py3) && !pickle.IsASCII(bytes) {
		return Mailman2, false
	}
	return d, py3
}

// Dialect returns the Mailman that wrote the file, judged by what only that one writes or
// can read.
func (c *Content) Dialect() Dialect { return c.dialect }
