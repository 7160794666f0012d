package queue

import "time"

// ClockSkew is how far a file's time may be ahead of the clock and still mean now: the
// clocks of a server and its clients differ by seconds, and a corrected clock may step
// back by seconds. A time further ahead came from a wrong clock and does not tell the
// file's age.
const ClockSkew = time.Minute

// olderThan reports whether a file's time is at least age ago. A time too far in the
// future counts as old: otherwise an entry would stay in flight, or a forgotten file
// would stay, until that date.
//
// Before olderThan takes a time for wrong, it asks the filesystem's own clock. A file
// server's clock may always be hours ahead, and the ages of its files are by that clock.
func (d *Dir) olderThan(t time.Time, age time.Duration, mayWrite bool) bool {
	since := d.sys.Now().Sub(t)
	if since < -ClockSkew && mayWrite {
		since += d.diskAhead()
	}
	return since < -ClockSkew || since >= age
}

// diskAhead returns how far the filesystem's clock is ahead of this machine's. It makes a
// temporary file to find out, and only once: every file of a queue may have a wrong time.
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
