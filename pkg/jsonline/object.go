package jsonline

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// Object is a JSON object that is being written. The zero Object is empty.
type Object struct {
	buf   []byte
	comma bool
}

// NewObject returns an empty Object that is appended to b. End returns b, too.
func NewObject(b []byte) *Object { return &Object{buf: b} }

// Name begins a member. Its value is what AppendTo adds, or what the caller
// writes after the bytes that Take returns.
func (o *Object) Name(name string) {
	if o.comma {
		o.buf = append(o.buf, ',')
	} else {
		o.buf = append(o.buf, '{')
	}
	o.comma = true
	o.buf = AppendName(o.buf, name)
}

// AppendTo adds the value that fn appends.
func (o *Object) AppendTo(fn func([]byte) ([]byte, error)) (err error) {
	o.buf, err = fn(o.buf)
	return err
}

// Text adds a member with text, or with base64 if value is not UTF-8.
func (o *Object) Text(name, value string) {
	if !utf8.ValidString(value) {
		o.Name(name + Base64Suffix)
		o.buf = AppendBase64(o.buf, []byte(value))
		return
	}
	o.Name(name)
	o.buf = AppendString(o.buf, value)
}

// Texts adds a list, each item as [AppendText] writes it.
func (o *Object) Texts(name string, values []string) {
	o.Name(name)
	o.buf = append(o.buf, '[')
	for i, value := range values {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = AppendText(o.buf, []byte(value))
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

// Time adds two members: the time and its exact seconds since 1970.
func (o *Object) Time(name string, t time.Time) {
	o.rfc3339(name, t)
	o.Name(name + UnixSuffix)
	o.buf = AppendUnix(o.buf, t)
}

// Seconds adds the same two members as Time, for a time in seconds since 1970. The
// second one has the float unchanged.
func (o *Object) Seconds(name string, seconds float64) {
	whole := math.Floor(seconds)
	if math.Abs(whole) < 1<<53 {
		o.rfc3339(name, time.Unix(int64(whole), 0))
	}
	o.Name(name + UnixSuffix)
	o.buf = AppendFloat(o.buf, seconds)
}

// rfc3339 adds a time, except if RFC 3339 cannot write its year.
func (o *Object) rfc3339(name string, t time.Time) {
	if text, ok := FormatTime(t); ok {
		o.Text(name, text)
	}
}

// Take returns what was written so far, for a value that the caller streams. The
// next member continues after that value.
func (o *Object) Take() []byte {
	taken := o.buf
	o.buf = make([]byte, 0, 64)
	return taken
}

// End closes the object, and returns what Take has not returned.
func (o *Object) End() []byte {
	if !o.comma {
		o.buf = append(o.buf, '{')
	}
	return append(o.buf, '}')
}
