package jsonline

import (
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// Object is a JSON object that is being written.
type Object struct {
	buf   []byte
	comma bool
}

// Name begins a member, whose value AppendTo or the caller of Take adds.
func (o *Object) Name(name string) {
	switch {
	case o.comma:
		o.buf = append(o.buf, ',')
	case len(o.buf) == 0:
		o.buf = append(o.buf, '{')
	}
	o.comma = true
	o.buf = append(AppendString(o.buf, name), ':')
}

// AppendTo adds the value that fn appends.
func (o *Object) AppendTo(fn func([]byte) ([]byte, error)) (err error) {
	o.buf, err = fn(o.buf)
	return err
}

// Text adds text, as base64 if it is not UTF-8.
func (o *Object) Text(name, value string) {
	if !utf8.ValidString(value) {
		o.Name(name + "_base64")
		o.buf = AppendBase64(o.buf, []byte(value))
		return
	}
	o.Name(name)
	o.buf = AppendString(o.buf, value)
}

// Texts adds a list of texts. One that is not UTF-8 becomes an object with the one
// member _base64.
func (o *Object) Texts(name string, values []string) {
	o.Name(name)
	o.buf = append(o.buf, '[')
	for i, value := range values {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		if utf8.ValidString(value) {
			o.buf = AppendString(o.buf, value)
			continue
		}
		o.buf = append(AppendBase64(append(o.buf, `{"_base64":`...), []byte(value)), '}')
	}
	o.buf = append(o.buf, ']')
}

// Int adds a number.
func (o *Object) Int(name string, n int64) {
	o.Name(name)
	o.buf = strconv.AppendInt(o.buf, n, 10)
}

// Bool adds true or false.
func (o *Object) Bool(name string, b bool) {
	o.Name(name)
	o.buf = strconv.AppendBool(o.buf, b)
}

// Time adds a time, and its exact seconds since 1970.
func (o *Object) Time(name string, t time.Time) {
	o.rfc3339(name, t)
	o.Name(name + "_unix")
	o.buf = strconv.AppendInt(o.buf, t.Unix(), 10)
	if ns := t.Nanosecond(); ns != 0 {
		if t.Unix() < 0 {
			// -1.75 is 2 seconds before, and 250 million nanoseconds after that.
			o.buf = AppendFloat(o.buf[:len(o.buf)-len(strconv.FormatInt(t.Unix(), 10))], float64(t.Unix())+float64(ns)/1e9)
			return
		}
		digits := fmt.Appendf(nil, ".%09d", ns)
		for digits[len(digits)-1] == '0' {
			digits = digits[:len(digits)-1]
		}
		o.buf = append(o.buf, digits...)
	}
}

// Seconds adds a time in seconds since 1970, exactly as they are.
func (o *Object) Seconds(name string, seconds float64) {
	whole := math.Floor(seconds)
	if math.Abs(whole) < 1<<53 {
		o.rfc3339(name, time.Unix(int64(whole), 0))
	}
	o.Name(name + "_unix")
	o.buf = AppendFloat(o.buf, seconds)
}

// rfc3339 leaves out a year that RFC 3339 has no room for.
func (o *Object) rfc3339(name string, t time.Time) {
	if text, ok := FormatTime(t); ok {
		o.Text(name, text)
	}
}

// FormatTime is RFC 3339 in UTC and whole seconds, which jq's fromdate reads; false
// for years that it cannot write.
func FormatTime(t time.Time) (string, bool) {
	t = t.UTC()
	return t.Format("2006-01-02T15:04:05Z"), 0 <= t.Year() && t.Year() <= 9999
}

// Take returns what has been written so far, for a value that is streamed: the next
// member goes on behind it. The bytes are good until then.
func (o *Object) Take() []byte {
	taken := o.buf
	o.buf = make([]byte, 0, 64)
	return taken
}

// End returns the rest of the object.
func (o *Object) End() []byte {
	if !o.comma {
		o.buf = append(o.buf, '{')
	}
	return append(o.buf, '}')
}
