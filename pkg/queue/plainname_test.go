package queue

import (
	"strings"
	"testing"
)

// TestPlainName checks that plainName, the fast path, handles the names that queues are
// full of.
func TestPlainName(t *testing.T) {
	t.Parallel()
	const digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	for name, want := range map[string]struct {
		state   State
		seconds int64
		ok      bool
	}{
		"1700000000.25+" + digest + ".pck":                  {Ready, 1700000000, true},
		"1700000000.123456+" + digest + ".bak":              {InFlight, 1700000000, true},
		"1.0+" + strings.ToUpper(digest) + ".psv":           {Preserved, 1, true},
		"0.5+" + digest + ".pck":                            {Ready, 0, true},
		"99999999999.5+" + digest + ".pck":                  {Ready, 99999999999, true},
		"100000000000.5+" + digest + ".pck":                 {}, // left to SplitName
		"1700000000+" + digest + ".pck":                     {},
		"-5.5+" + digest + ".pck":                           {},
		"1.7e9+" + digest + ".pck":                          {},
		"17.0x+" + digest + ".pck":                          {},
		".5+" + digest + ".pck":                             {},
		"1700000000.25+" + digest + ".pck.tmp":              {},
		"1700000000.25+" + digest + ".txt":                  {},
		"1700000000.25 " + digest + ".pck":                  {},
		"1700000000.25+" + digest[1:] + ".pck":              {},
		"1700000000.25+0" + digest + ".pck":                 {},
		"1." + strings.Repeat("0", 208) + digest + ".pck":   {},
		"+" + digest + ".pck":                               {},
		".pck":                                              {},
		"":                                                  {},
		"1700000000.25+" + digest[:39] + "g.pck":            {},
		"1700000000.25+" + strings.Repeat("é", 20) + ".pck": {},
	} {
		state, seconds, ok := plainName([]byte(name))
		if ok != want.ok || state != want.state || seconds != want.seconds {
			t.Errorf("%q: %v, %d, %v", name, state, seconds, ok)
		}
		checkName(t, name)
	}
}
