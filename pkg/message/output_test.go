package message

import (
	"io"
	"runtime"
	"strings"
	"testing"
)

// TestOutputAllocations writes one message after the other, as a delivery does. Each used to
// leave a buffer of four times its length to the collector.
func TestOutputAllocations(t *testing.T) {
	c := mustRead(t, entry(t, Mailman2, []byte("Subject: hello\n\n"+strings.Repeat("A line of a message.\n", 200)), []Item{{"_parsemsg", true}}))
	const runs = 200
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		if err := c.WriteMail(io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if size := (after.TotalAlloc - before.TotalAlloc) / runs; size > 4<<10 {
		t.Errorf("%d bytes for each message", size)
	}
}
