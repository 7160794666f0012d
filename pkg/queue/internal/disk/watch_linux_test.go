package disk

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTells checks that a waiter looks at the queue only for events that may make an
// entry ready.
func TestTells(t *testing.T) {
	t.Parallel()
	event := func(name string, pad int) []byte {
		b := make([]byte, unix.SizeofInotifyEvent, 128)
		if name != "" {
			b = append(append(b, name...), make([]byte, pad)...)
		}
		binary.NativeEndian.PutUint32(b[12:], uint32(len(b)-unix.SizeofInotifyEvent))
		return b
	}
	base := "1700000000.0+da39a3ee5e6b4b0d3255bfef95601890afd80709"
	for _, test := range []struct {
		what   string
		events []byte
		want   bool
	}{
		{"none", nil, false},
		{"being written", event(base+".pck.tmp", 3), false},
		{"claimed", event(base+".bak", 1), false},
		{"ready", event(base+".pck", 7), true},
		{"ready behind others", append(append(event(base+".bak", 1), event("x", 15)...), event(base+".pck", 1)...), true},
		{"the queue itself, or lost events", event("", 0), true},
		{"cut off", event(base+".bak", 1)[:20], true},
	} {
		if got := tells(test.events, ".pck"); got != test.want {
			t.Errorf("%s: %v", test.what, got)
		}
	}
}
