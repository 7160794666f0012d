package message

import (
	"fmt"

	"switchboard/pkg/pickle"
)

// HandOn returns the metadata of c for an entry of dialect d, as Mailman keeps it
// when it enqueues a message again: without the keys that begin with an underscore.
// Values that the Python of d cannot load are converted. No key is renamed. An
// error names the key.
//
// Between the two Pythons, text and bytes change their type, and Header objects
// become their text. An aware datetime becomes one in UTC for Mailman 2.1, whose
// Python has no time zones. received_time becomes a datetime for Mailman 3.
func (c *Content) HandOn(d Dialect) ([]Item, error) {
	conv := converter{toPy3: d == Mailman3, fromPy3: c.py3}
	loads := loader{py3: conv.toPy3, proto: 2, left: 4 * (c.MetaEnd - c.MsgEnd)}
	var items []Item
	for _, p := range c.allMetadata() {
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
		if t, ok := p.Value.(pickle.Float); ok && item.Key == "received_time" && conv.toPy3 && c.dialect == Mailman2 {
			item.Value = receivedTime(float64(t))
		} else if c.py3 != conv.toPy3 || !loads.loads(p.Value) {
			if item.Value, err = conv.value(p.Value, 0); err != nil {
				return nil, fmt.Errorf("metadata %s: %w", name, err)
			}
		}
		items = append(items, item)
	}
	return items, nil
}

// converter converts values between Python 2 and Python 3. A value that occurs several
// times is converted once, and stays shared.
type converter struct {
	toPy3, fromPy3 bool
	done           map[pickle.Value]pickle.Value
}

func (c *converter) value(v pickle.Value, depth int) (pickle.Value, error) {
	if depth > valueDepth {
		return nil, fmt.Errorf("nested too deeply")
	}
	switch v := v.(type) {
	case *pickle.String:
		return c.str(v)
	case *pickle.Tuple:
		// A tuple can contain itself only through a list.
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

// str converts text to Python 2: text that stands for bytes becomes bytes. For the other
// direction, pickle.AppendValue does the work.
func (c *converter) str(s *pickle.String) (pickle.Value, error) {
	if c.toPy3 || s.Kind != pickle.Unicode {
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

// convertLimit is the longest text in metadata, in bytes, that is converted.
const convertLimit = 64 << 20

func (c *converter) object(o *pickle.Object, depth int) (pickle.Value, error) {
	if h, ok := headerOf(o); ok {
		text := pickle.NewString(pickle.Unicode, unicodeContent(h.decoded(c.fromPy3)))
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
