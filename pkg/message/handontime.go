package message

import (
	"fmt"
	"math"
	"time"

	"switchboard/pkg/pickle"
)

// moment converts a datetime: Python 2 holds it in a str, Python 3 in bytes.
func (c *converter) moment(m *pickle.Moment, o *pickle.Object) (pickle.Value, error) {
	if m.Aware && m.Kind != pickle.DateTime {
		return nil, fmt.Errorf("cannot hand on a time with a time zone")
	}
	t, _ := m.Time()
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
	if m.Aware && c.toPy3 {
		args := made.Args.(*pickle.Tuple)
		args.Items = append(args.Items, utc())
	}
	return made, nil
}

// utc returns Python 3's datetime.timezone.utc.
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

// timeObject returns an object of a class of datetime, as Python pickles it.
func timeObject(name string, b []byte) *pickle.Object {
	return &pickle.Object{
		Callable: &pickle.Global{Module: "datetime", Name: name},
		Args:     &pickle.Tuple{Items: []pickle.Value{pickle.NewString(pickle.Bytes, b)}},
		How:      "REDUCE",
	}
}

// receivedTime returns Mailman 2.1's received_time, which is in seconds, as Mailman
// 3 has it: a naive datetime in UTC.
func receivedTime(t float64) pickle.Value {
	seconds, fraction := math.Modf(t)
	if math.IsNaN(t) || seconds < -62e9 || seconds > 253e9 {
		return pickle.Float(t)
	}
	at := time.Unix(int64(seconds), 0).Add(time.Duration(math.Round(fraction*1e6)) * time.Microsecond).UTC()
	return timeObject("datetime", append(dateBytes(at), clockBytes(at)...))
}
