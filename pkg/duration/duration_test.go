package duration

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

const day = 24 * time.Hour

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "15m": 15 * time.Minute, "2h": 2 * time.Hour, "7d": 7 * day, "2w": 14 * day,
		"0": 0, "0s": 0, "007d": 7 * day,
		"1h30m": 90 * time.Minute, "1w2d3h4m5s": 9*day + 3*time.Hour + 4*time.Minute + 5*time.Second, "1d1s": day + time.Second,
		"1.5h": 90 * time.Minute, "0.1s": 100 * time.Millisecond, "1h0.5m": time.Hour + 30*time.Second, "0.25d": 6 * time.Hour,
		"90m": 90 * time.Minute, "100d": 100 * day, "36500d": 36500 * day,
		"9223372036s": 9223372036 * time.Second,
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for text, fix := range map[string]string{
		"5": "for seconds write 5s", "1.5": "for seconds write 1.5s", "00": "for seconds write 00s",
		"": "write it like", "s": "write it like", "-5s": "write it like", "+5s": "write it like", "-1": "write it like",
		"1h30": "write it like", "30m1h": "write it like", "1h1h": "write it like", "1s1s": "write it like",
		"1.5h30m": "write it like", "1.h": "write it like", ".5h": "write it like", "1..5h": "write it like",
		"100ms": "write it like", "5y": "write it like", "5M": "write it like", "5 m": "write it like", " 5m": "write it like", "5m ": "write it like",
		"nan": "write it like", "inf": "write it like", "1e3s": "write it like", "0x1s": "write it like", "1_000s": "write it like",
		"\u0665m": "write it like", "P1D": "write it like",
		"9223372037s": "290 years", "15251w": "290 years", "99999999999999999999s": "290 years",
		"15250w9999d": "290 years", "9223372036854775807s": "290 years",
	} {
		if d, err := Parse(text); err == nil || !strings.Contains(err.Error(), fix) {
			t.Errorf("%q is %v, %v", text, d, err)
		}
	}
}

// grammar is what a duration looks like, without a fraction and with one.
var (
	grammar    = regexp.MustCompile(`^(?:0|(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?)$`)
	fractional = regexp.MustCompile(`^(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+\.\d+[wdhms])$`)
)

// FuzzParse checks the reader against its grammar, and against Go's own reader
// for the durations that both accept.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"90s", "1h30m", "2w", "0", "5", "1.5h", "9223372036s", "15250w1d", "1m1m", "-1s", "0.9999999999999999999s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if d < 0 {
			t.Errorf("%q is %v", s, d)
		}
		if err == nil && !grammar.MatchString(s) && !fractional.MatchString(s) {
			t.Errorf("%q passes for %v", s, d)
		}
		if err != nil && s != "" && grammar.MatchString(s) && !strings.Contains(err.Error(), "too long") {
			t.Errorf("%q: %v", s, err)
		}
		if go1, goErr := time.ParseDuration(s); err == nil && goErr == nil && (go1-d).Abs() > time.Microsecond {
			t.Errorf("%q is %v, Go says %v", s, d, go1)
		}
	})
}
