package queue

import "time"

// ClockSkew is how far a file's time may be ahead of the clock and still mean now:
// a server's clock and its clients' differ by seconds, and a clock that is set right
// goes back by as much. A time that is further ahead was set by a clock that was
// wrong, and says nothing of when.
const ClockSkew = time.Minute

// olderThan says whether a file's time is at least age ago. A wrong time is: it
// would keep an entry in flight, or a forgotten file, until its date has come.
//
// Before a time is taken for wrong, the filesystem's own clock is asked. That of a
// server may be hours ahead for good, and then tells best how old its files are.
func (d *Dir) olderThan(t time.Time, age time.Duration, mayWrite bool) bool {
	since := d.sys.Now().Sub(t)
	if since < -ClockSkew && mayWrite {
		since += d.diskAhead()
	}
	return since < -ClockSkew || since >= age
}

// diskAhead is how far the filesystem's clock is ahead of this machine's. A new
// temporary file tells. It is asked once: all of a queue may have wrong times.
func (d *Dir) diskAhead() time.Duration {
	if d.ahead != nil {
		return *d.ahead
	}
	var ahead time.Duration
	if f, name, err := d.createTemporary(0); err == nil {
		if st, err := f.Stat(); err == nil {
			ahead = st.ChangeTime.Sub(d.sys.Now())
		}
		f.Close()
		d.dir.Unlink(name)
	}
	d.ahead = &ahead
	return ahead
}
