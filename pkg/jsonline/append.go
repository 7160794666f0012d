package jsonline

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"switchboard/pkg/pickle"
)

// AppendName appends the name of a member and the colon after it.
func AppendName(dst []byte, name string) []byte { return append(AppendString(dst, name), ':') }

// AppendString appends s, which is UTF-8, as a JSON string.
func AppendString(dst []byte, s string) []byte {
	return append(appendEscaped(append(dst, '"'), []byte(s)), '"')
}

// AppendBase64 appends a JSON string with b as base64.
func AppendBase64(dst, b []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
}

// AppendText appends text that has no name to add a suffix to: a string, or, if
// text is not UTF-8, an object with the one member _base64.
func AppendText(dst, text []byte) []byte {
	if utf8.Valid(text) {
		return append(appendEscaped(append(dst, '"'), text), '"')
	}
	return append(AppendBase64(AppendName(append(dst, '{'), Base64Suffix), text), '}')
}

// AppendFloat appends f as Python's repr does. NaN and the infinities, for which
// JSON has no number, become strings.
func AppendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	return pickle.Float(f).AppendRepr(dst)
}

// AppendUnix appends the seconds from 1970 to t, exactly.
func AppendUnix(dst []byte, t time.Time) []byte {
	seconds, ns := t.Unix(), int64(t.Nanosecond())
	if seconds < 0 && ns > 0 {
		// 1.75 seconds before 1970 are -2 seconds and 250 million nanoseconds.
		seconds, ns = seconds+1, 1e9-ns
		if seconds == 0 {
			dst = append(dst, '-')
		}
	}
	dst = strconv.AppendInt(dst, seconds, 10)
	if ns == 0 {
		return dst
	}
	digits := strconv.AppendInt(nil, 1e9+ns, 10)[1:]
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return append(append(dst, '.'), digits...)
}

// FormatTime returns t as RFC 3339 in UTC and whole seconds, the form that jq's
// fromdate reads. It returns false for a year that RFC 3339 cannot write.
func FormatTime(t time.Time) (string, bool) {
	t = t.UTC()
	return t.Format("2006-01-02T15:04:05Z"), 0 <= t.Year() && t.Year() <= 9999
}
