package message

import (
	"fmt"
	"math"
	"time"

	"switchboard/pkg/pickle"
)

// HandOn returns the metadata of c as Mailman's re-enqueue keeps it, for an entry
// of dialect d: without the keys that begin with an underscore, and with values
// converted that the Python of d cannot load. Between the Pythons text and bytes
// change their type, Header objects become their text, an aware datetime becomes
// one in UTC for Mailman 2.1, whose Python has no time zones, and received_time
// becomes a datetime for Mailman 3. No key is renamed. An error names the key.
func (c *Content) HandOn(d Dialect) ([]Item, error) {
	conv := converter{three: d == Mailman3, from3: c.python3}
	loads := loader{python3: conv.three, proto: 2, left: 4 * (c.MetaEnd - c.MsgEnd)}
	var items []Item
	for _, p := range c.meta.Pairs {
		key, ok := p.Key.(*pickle.String)
		if !ok || key.Len() > textLimit {
			return nil, fmt.Errorf("%w: metadata has a key that is not a short text", ErrMalformed)
		}
		name, err := stringBytes(key, textLimit)
		if err != nil {
			return nil, err
		}
		if len(name) > 0 && name[0] == '_' {
			continue
		}
		item := Item{Key: string(name), Value: p.Value}
		if t, ok := p.Value.(pickle.Float); ok && item.Key == "received_time" && conv.three && c.dialect == Mailman2 {
			item.Value = receivedTime(float64(t))
		} else if c.python3 != conv.three || !loads.loads(p.Value) {
			if item.Value, err = conv.value(p.Value, 0); err != nil {
				return nil, fmt.Errorf("metadata %s: %w", name, err)
			}
		}
		items = append(items, item)
	}
	return items, nil
}

// converter makes values of the one Python into such of the other. What is
// shared stays shared.
type converter struct {
	three, from3 bool
	done         map[pickle.Value]pickle.Value
}

func (c *converter) value(v pickle.Value, depth int) (pickle.Value, error) {
	if depth > valueDepth {
		return nil, fmt.Errorf("nested too deeply")
	}
	switch v := v.(type) {
	case *pickle.String:
		return c.str(v)
	case *pickle.Tuple:
		// A tuple can only contain itself by way of a list.
		out := &pickle.Tuple{}
		return c.container(v, out, depth, func() (err error) {
			out.Items, err = c.values(v.Items, depth)
			return err
		})
	case *pickle.List:
		out := &pickle.List{}
		return c.container(v, out, depth, func() (err error) {
			out.Items, err = c.values(v.Items, depth)
			return err
		})
	case *pickle.Set:
		out := &pickle.Set{Frozen: v.Frozen}
		return c.container(v, out, depth, func() (err error) {
			out.Items, err = c.values(v.Items, depth)
			return err
		})
	case *pickle.Dict:
		out := &pickle.Dict{}
		return c.container(v, out, depth, func() error {
			for _, p := range v.Pairs {
				key, err := c.value(p.Key, depth+1)
				if err != nil {
					return err
				}
				value, err := c.value(p.Value, depth+1)
				if err != nil {
					return err
				}
				out.Pairs = append(out.Pairs, pickle.Pair{Key: key, Value: value})
			}
			return nil
		})
	case *pickle.Object:
		if made, ok := c.done[v]; ok {
			return made, nil
		}
		out, err := c.object(v, depth)
		if err == nil {
			c.note(v, out)
		}
		return out, err
	case *pickle.Global:
		return nil, fmt.Errorf("cannot hand on %s.%s", v.Module, v.Name)
	}
	return v, nil
}

func (c *converter) note(v, out pickle.Value) {
	if c.done == nil {
		c.done = make(map[pickle.Value]pickle.Value)
	}
	c.done[v] = out
}

func (c *converter) container(v, out pickle.Value, depth int, fill func() error) (pickle.Value, error) {
	if made, ok := c.done[v]; ok {
		return made, nil
	}
	c.note(v, out)
	return out, fill()
}

func (c *converter) values(items []pickle.Value, depth int) ([]pickle.Value, error) {
	out := make([]pickle.Value, len(items))
	for i, v := range items {
		var err error
		if out[i], err = c.value(v, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// str converts to Python 2: text that stands for bytes becomes these. The
// other way pickle.AppendValue does it.
func (c *converter) str(s *pickle.String) (pickle.Value, error) {
	if c.three || s.Kind != pickle.Unicode {
		return s, nil
	}
	if made, ok := c.done[s]; ok {
		return made, nil
	}
	content, whole, err := s.Text(convertLimit)
	if err != nil {
		return nil, err
	}
	if !whole {
		return nil, fmt.Errorf("text of more than %d bytes", convertLimit)
	}
	raw := unescape(content)
	if pickle.IsASCII(content) || len(raw) != len(content) {
		out := pickle.NewString(pickle.ByteString, raw)
		c.note(s, out)
		return out, nil
	}
	return s, nil
}

// convertLimit is the longest text in metadata that is converted, in bytes.
const convertLimit = 64 << 20

func (c *converter) object(o *pickle.Object, depth int) (pickle.Value, error) {
	if h, ok := headerOf(o); ok {
		text := pickle.NewString(pickle.Unicode, unicodeContent(h.decoded(c.from3)))
		return c.str(text)
	}
	switch v := pickle.Simplify(o).(type) {
	case *pickle.String, pickle.Delta:
		return v, nil
	case *pickle.Set:
		return c.value(v, depth+1)
	case *pickle.Moment:
		return c.moment(v, o)
	}
	class, ok := o.Class()
	args, isTuple := o.Args.(*pickle.Tuple)
	if ok && isTuple && o.State == nil && o.How == "REDUCE" && (class.Name == "struct_time" || class.Name == "complex") {
		converted, err := c.values(args.Items, depth)
		if err != nil {
			return nil, err
		}
		return &pickle.Object{Callable: class, Args: &pickle.Tuple{Items: converted}, How: "REDUCE"}, nil
	}
	if ok {
		return nil, fmt.Errorf("cannot hand on a %s.%s", class.Module, class.Name)
	}
	return nil, fmt.Errorf("cannot hand on an object")
}

// moment writes a datetime anew: Python 2 has it in a str, Python 3 in bytes.
func (c *converter) moment(m *pickle.Moment, o *pickle.Object) (pickle.Value, error) {
	if m.Aware && m.Kind != pickle.DateTime {
		return nil, fmt.Errorf("cannot hand on a time with a time zone")
	}
	t := time.Date(m.Year, time.Month(m.Month), m.Day, m.Hour, m.Minute, m.Second, m.Microsecond*1000, time.UTC)
	if m.Aware {
		east := time.Duration(m.Offset.Days*86400+m.Offset.Seconds)*time.Second + time.Duration(m.Offset.Microseconds)*time.Microsecond
		t = t.Add(-east)
	}
	if m.Kind != pickle.Clock && (t.Year() < 1 || t.Year() > 9999) {
		return nil, fmt.Errorf("cannot hand on a datetime of the year %d", t.Year())
	}
	var name string
	var b []byte
	switch m.Kind {
	case pickle.DateTime:
		name, b = "datetime", append(dateBytes(t), clockBytes(t)...)
	case pickle.Date:
		name, b = "date", dateBytes(t)
	default:
		name, b = "time", clockBytes(time.Date(2000, 1, 1, m.Hour, m.Minute, m.Second, m.Microsecond*1000, time.UTC))
	}
	made := timeObject(name, b)
	if m.Aware && c.three {
		args := made.Args.(*pickle.Tuple)
		args.Items = append(args.Items, utc())
	}
	return made, nil
}

// utc is Python 3's datetime.timezone.utc.
func utc() pickle.Value {
	zero := &pickle.Object{
		Callable: &pickle.Global{Module: "datetime", Name: "timedelta"},
		Args:     &pickle.Tuple{Items: []pickle.Value{pickle.Int{}, pickle.Int{}, pickle.Int{}}},
		How:      "REDUCE",
	}
	return &pickle.Object{
		Callable: &pickle.Global{Module: "datetime", Name: "timezone"},
		Args:     &pickle.Tuple{Items: []pickle.Value{zero}},
		How:      "REDUCE",
	}
}

func dateBytes(t time.Time) []byte {
	return []byte{byte(t.Year() >> 8), byte(t.Year()), byte(t.Month()), byte(t.Day())}
}

func clockBytes(t time.Time) []byte {
	us := t.Nanosecond() / 1000
	return []byte{byte(t.Hour()), byte(t.Minute()), byte(t.Second()), byte(us >> 16), byte(us >> 8), byte(us)}
}

// timeObject is how Python pickles the classes of datetime.
func timeObject(name string, b []byte) *pickle.Object {
	return &pickle.Object{
		Callable: &pickle.Global{Module: "datetime", Name: name},
		Args:     &pickle.Tuple{Items: []pickle.Value{pickle.NewString(pickle.Bytes, b)}},
		How:      "REDUCE",
	}
}

// receivedTime is Mailman 2.1's received_time, in seconds, as Mailman 3 has it:
// a naive datetime in UTC.
func receivedTime(t float64) pickle.Value {
	seconds, fraction := math.Modf(t)
	if math.IsNaN(t) || seconds < -62e9 || seconds > 253e9 {
		return pickle.Float(t)
	}
	at := time.Unix(int64(seconds), 0).Add(time.Duration(math.Round(fraction*1e6)) * time.Microsecond).UTC()
	return timeObject("datetime", append(dateBytes(at), clockBytes(at)...))
}
