package message

import (
	"fmt"
	"math"
	"time"

	"switchboard/pkg/pickle"
)

// The methods in this file read metadata values that have to be of one type. Where a key
// is missing, or its value is None, they return false. The error for a value of another
// type names the key, and is [ErrMalformed].

// Truth reports whether Python takes the metadata value of key as true. It is false if
// there is none.
func (c *Content) Truth(key string) bool { return truth(c.Value(key)) }

// Text returns a metadata value that is a text of at most 64 KiB.
func (c *Content) Text(key string) (text string, ok bool, err error) {
	v, ok := c.given(key)
	if !ok {
		return "", false, nil
	}
	s, isText := v.(*pickle.String)
	if !isText || s.Kind == pickle.Bytes {
		return "", false, wrongType(key, v, "text")
	}
	if s.Len() > textLimit {
		return "", false, malformed("metadata %s: a text of %d bytes", key, s.Len())
	}
	b, err := stringBytes(s, textLimit)
	if err != nil {
		return "", false, fmt.Errorf("metadata %s: %w", key, err)
	}
	return string(b), true, nil
}

// Count returns a metadata value that is a number of things. One that is larger than an
// int32 is returned as the largest int32, and a negative one as 0.
func (c *Content) Count(key string) (n int, ok bool, err error) {
	v, _ := c.given(key)
	switch v := v.(type) {
	case nil:
		return 0, false, nil
	case pickle.Bool:
		if v {
			n = 1
		}
		return n, true, nil
	case pickle.Int:
		switch {
		case v.Big == nil:
			n = int(min(max(v.Small, 0), math.MaxInt32))
		case v.Big.Sign() > 0:
			n = math.MaxInt32
		}
		return n, true, nil
	}
	return 0, false, wrongType(key, v, "a number")
}

// Instant returns a metadata value that is a point in time: a number of seconds since
// 1970, as Mailman 2.1 writes it, or a datetime, as Mailman 3 does.
func (c *Content) Instant(key string) (t time.Time, ok bool, err error) {
	v, _ := c.given(key)
	seconds := math.NaN()
	switch v := v.(type) {
	case nil:
		return time.Time{}, false, nil
	case *pickle.Moment:
		if t, ok := v.Time(); ok {
			return t, true, nil
		}
	case pickle.Int:
		if v.Big != nil {
			return time.Time{}, false, malformed("metadata %s: not a time", key)
		}
		seconds = float64(v.Small)
	case pickle.Float:
		seconds = float64(v)
	}
	if math.IsNaN(seconds) {
		return time.Time{}, false, wrongType(key, v, "a time")
	}
	// Times beyond these cannot be written as a datetime.
	if seconds < minUnix || seconds > maxUnix {
		return time.Time{}, false, malformed("metadata %s: not a time", key)
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), true, nil
}

const (
	minUnix = -62135596800 // the year 1
	maxUnix = 253402300799 // the end of the year 9999
)

// given returns the metadata value of key. It returns false if there is none, or None.
func (c *Content) given(key string) (pickle.Value, bool) {
	v := c.Value(key)
	if _, none := v.(pickle.None); none || v == nil {
		return nil, false
	}
	return v, true
}

func wrongType(key string, v pickle.Value, want string) error {
	return malformed("metadata %s: %s, not %s", key, typeName(v), want)
}

// typeName names the type of a value for a person.
func typeName(v pickle.Value) string {
	switch v := v.(type) {
	case pickle.None:
		return "None"
	case pickle.Bool:
		return "a bool"
	case pickle.Int:
		return "an int"
	case pickle.Float:
		return "a float"
	case *pickle.String:
		if v.Kind == pickle.Bytes {
			return "bytes"
		}
		return "a text"
	case *pickle.Tuple:
		return "a tuple"
	case *pickle.List, *pickle.Groups:
		return "a list"
	case *pickle.Set:
		return "a set"
	case *pickle.Dict:
		return "a dictionary"
	case *pickle.Moment:
		return "a datetime"
	}
	return "an object"
}
