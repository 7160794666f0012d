package pickle

import (
	"fmt"
	"time"
)

// MomentKind tells the three classes of datetime apart.
type MomentKind uint8

const (
	// DateTime is datetime.datetime, Date is datetime.date and Clock is
	// datetime.time.
	DateTime MomentKind = iota
	Date
	Clock
)

// Moment is an object of Python's datetime, date or time. Fields that the kind does
// not have are 0.
type Moment struct {
	Kind                                                MomentKind
	Year, Month, Day, Hour, Minute, Second, Microsecond int
	// Aware means that the moment has a time zone. Offset is how far that is east of UTC.
	Aware  bool
	Offset Delta
	// Fold is Python's bit for the second of two equal times, when clocks are set
	// back.
	Fold bool
	from *Object
}

// Delta is an object of Python's timedelta, normalised as Python does: 0 <=
// Seconds < 86400, 0 <= Microseconds < 1000000.
type Delta struct {
	Days, Seconds, Microseconds int64
}

func (*Moment) value() {}
func (Delta) value()   {}

// TotalSeconds returns the whole delta in seconds, as Python's method of that name
// does.
func (d Delta) TotalSeconds() float64 {
	seconds := d.Days*86400 + d.Seconds
	if seconds > 1<<42 || seconds < -1<<42 {
		return float64(seconds) + float64(d.Microseconds)/1e6
	}
	return float64(seconds*1000000+d.Microseconds) / 1e6
}

// String returns the moment as Python's isoformat does.
func (m *Moment) String() string {
	var b []byte
	if m.Kind != Clock {
		b = fmt.Appendf(b, "%04d-%02d-%02d", m.Year, m.Month, m.Day)
	}
	if m.Kind == DateTime {
		b = append(b, 'T')
	}
	if m.Kind != Date {
		b = fmt.Appendf(b, "%02d:%02d:%02d", m.Hour, m.Minute, m.Second)
		if m.Microsecond != 0 {
			b = fmt.Appendf(b, ".%06d", m.Microsecond)
		}
		if m.Aware {
			b = m.Offset.appendZone(b)
		}
	}
	return string(b)
}

// Time returns the moment of a datetime; one without a time zone is read as UTC. It
// returns false for dates and times of day.
func (m *Moment) Time() (time.Time, bool) {
	east := time.Duration(m.Offset.Days*86400+m.Offset.Seconds)*time.Second + time.Duration(m.Offset.Microseconds)*time.Microsecond
	return time.Date(m.Year, time.Month(m.Month), m.Day, m.Hour, m.Minute, m.Second, m.Microsecond*1000, time.UTC).Add(-east), m.Kind == DateTime
}

func (d Delta) appendZone(b []byte) []byte {
	micros := (d.Days*86400+d.Seconds)*1000000 + d.Microseconds
	if micros < 0 {
		b, micros = append(b, '-'), -micros
	} else {
		b = append(b, '+')
	}
	seconds := micros / 1000000
	b = fmt.Appendf(b, "%02d:%02d", seconds/3600, seconds/60%60)
	if seconds%60 != 0 || micros%1000000 != 0 {
		b = fmt.Appendf(b, ":%02d", seconds%60)
	}
	if micros%1000000 != 0 {
		b = fmt.Appendf(b, ".%06d", micros%1000000)
	}
	return b
}

// simplifyTime reads what CPython's _datetime puts into pickles: see
// datetime_getstate in Modules/_datetimemodule.c.
func simplifyTime(o *Object, name string, args []Value) Value {
	if name == "timedelta" {
		d, ok := delta(args)
		if !ok {
			return nil
		}
		return d
	}
	if len(args) == 0 || len(args) > 2 {
		return nil
	}
	s := bytesOf(args[0])
	if s == nil || s.ref != nil {
		return nil
	}
	b, m := s.held, &Moment{from: o}
	switch {
	case name == "datetime" && len(b) == 10:
	case name == "date" && len(b) == 4 && len(args) == 1:
		m.Kind = Date
	case name == "time" && len(b) == 6:
		m.Kind = Clock
	default:
		return nil
	}
	if m.Kind != Clock {
		// Python 3 marks the fold in the top bit of the month, or of the first byte if
		// it is a time alone.
		m.Fold = m.Kind == DateTime && b[2]&0x80 != 0
		m.Year, m.Month, m.Day = int(b[0])<<8|int(b[1]), int(b[2]&0x7F), int(b[3])
		if b[2]&0x80 != 0 && !m.Fold || m.Year < 1 || m.Year > 9999 || m.Month < 1 || m.Month > 12 || m.Day < 1 || m.Day > daysIn(m.Year, m.Month) {
			return nil
		}
		b = b[4:]
	}
	if m.Kind != Date {
		if m.Kind == Clock {
			m.Fold = b[0]&0x80 != 0
			m.Hour = int(b[0] & 0x7F)
		} else {
			m.Hour = int(b[0])
		}
		m.Minute, m.Second = int(b[1]), int(b[2])
		m.Microsecond = int(b[3])<<16 | int(b[4])<<8 | int(b[5])
		if m.Hour > 23 || m.Minute > 59 || m.Second > 59 || m.Microsecond > 999999 {
			return nil
		}
	}
	if len(args) == 2 {
		if _, none := args[1].(None); !none {
			var ok bool
			if m.Offset, ok = zone(args[1]); !ok {
				return nil
			}
			m.Aware = true
		}
	}
	return m
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// zone returns the offset of a time zone: datetime's timezone, or
// mailman.utilities.datetime's UTC. Mailman's files have no others.
func zone(v Value) (Delta, bool) {
	o, ok := v.(*Object)
	if !ok {
		return Delta{}, false
	}
	g, ok := o.Class()
	if !ok {
		return Delta{}, false
	}
	switch *g {
	case Global{"mailman.utilities.datetime", "UTC"}:
		return Delta{}, true
	case Global{"datetime", "timezone"}:
		args, ok := o.Args.(*Tuple)
		if !ok || len(args.Items) == 0 {
			return Delta{}, false
		}
		d, ok := Simplify(args.Items[0]).(Delta)
		// Python demands less than a day, and floors: -1 day and some seconds.
		return d, ok && (d.Days == 0 || d.Days == -1)
	}
	return Delta{}, false
}

// delta reads the arguments of a timedelta: days, seconds, microseconds.
func delta(args []Value) (Delta, bool) {
	var n [3]int64
	if len(args) > len(n) {
		return Delta{}, false
	}
	for i, v := range args {
		v, ok := v.(Int)
		// Python's limit is 999999999 days; beyond 2^40 sums could overflow.
		if !ok || v.Big != nil || v.Small > 1<<40 || v.Small < -1<<40 {
			return Delta{}, false
		}
		n[i] = v.Small
	}
	d := Delta{Days: n[0], Seconds: n[1], Microseconds: n[2]}
	carry(&d.Microseconds, &d.Seconds, 1000000)
	carry(&d.Seconds, &d.Days, 86400)
	return d, d.Days <= 999999999 && d.Days >= -999999999
}

// carry reduces *from to the range 0 to size-1, and adds the rest to the next unit.
func carry(from, to *int64, size int64) {
	n := *from / size
	if *from%size < 0 {
		n--
	}
	*from -= n * size
	*to += n
}
