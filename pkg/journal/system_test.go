package journal

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/pkg/syslog"
)

// daemon is a log daemon whose socket is full for some tries.
type daemon struct {
	full, tries int
	lines       []string
}

func (d *daemon) Log(_ syslog.Severity, line string) error {
	d.tries++
	if d.full > 0 {
		d.full--
		return unix.EAGAIN
	}
	d.lines = append(d.lines, line)
	return nil
}

func (d *daemon) Close() error { return nil }

// TestBusyDaemon checks that a line waits for a busy daemon, and that only the first one
// waits for a daemon that hangs.
func TestBusyDaemon(t *testing.T) {
	t.Parallel()
	d := &daemon{full: 3}
	j := &Journal{name: "syslog", line: line{command: "qrun", headless: true, user: "list"}, to: &system{log: d}}
	must(t, j.Log(event("1")))
	d.full = 1 << 30
	if err := j.Log(event("2")); err == nil || !strings.HasPrefix(err.Error(), "syslog: cannot log: ") {
		t.Error(err)
	}
	tries := d.tries
	if err := j.Log(event("3")); err == nil || d.tries != tries+1 {
		t.Errorf("%v after %d tries", err, d.tries-tries)
	}
	d.full = 0
	must(t, j.Log(event("4")))
	if got := strings.Join(d.lines, ", "); got != "finished user=list from=/q/1, finished user=list from=/q/4" {
		t.Error(got)
	}
}
