package queue

import (
	"maps"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"switchboard/pkg/queue/internal/claims"
	"switchboard/test/golden"
)

// badNames returns the file names of the bad cases that are about names, with their
// verdicts: true must be refused, false must be accepted, and nil may be either.
func badNames(t testing.TB) map[string]*bool {
	t.Helper()
	names := make(map[string]*bool)
	for _, c := range golden.Bad(t) {
		if strings.HasPrefix(c.Name, "name-") {
			for name := range c.Files {
				names[name] = c.Error
			}
		}
	}
	return names
}

// TestBadNames checks that names that kill or confuse Mailman's own listing are strays,
// and that names that Mailman can use are entries. The table repeats the most important
// names, so the test does not need a file.
func TestBadNames(t *testing.T) {
	t.Parallel()
	const digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	yes, no := true, false
	names := badNames(t)
	maps.Copy(names, map[string]*bool{
		"1700000000.25+" + digest + ".pck":                          &no,
		"1700000000+" + digest + ".bak":                             &no,
		"1.7e9+" + digest + ".psv":                                  &no,
		"1e-05+" + digest + ".pck":                                  &no,
		"-5.5+" + digest + ".pck":                                   &no,
		"1700000000.25+" + strings.ToUpper(digest) + ".pck":         &no,
		"1700000000.25+" + digest + ".pck.tmp":                      &no,
		"1." + strings.Repeat("0", 204) + "+" + digest + ".pck.tmp": &no, // 255 bytes
		"1." + strings.Repeat("0", 205) + "+" + digest + ".pck":     &yes,
		"1e+16+" + digest + ".pck":                                  &yes,
		"1e16+" + digest + ".pck":                                   &yes,
		"1099511627776.0+" + digest + ".pck":                        &yes,
		"inf+" + digest + ".pck":                                    &yes,
		"nan+" + digest + ".pck":                                    &yes,
		"0x10+" + digest + ".pck":                                   &yes,
		"1_0+" + digest + ".pck":                                    &yes,
		"1700000000L+" + digest + ".pck":                            &yes,
		"1.5\n+" + digest + ".pck":                                  &yes,
		" 1.5+" + digest + ".pck":                                   &yes,
		"1.5.5+" + digest + ".pck":                                  &yes,
		"1.5e+" + digest + ".pck":                                   &yes,
		"..+" + digest + ".pck":                                     &yes,
		".+" + digest + ".pck":                                      &yes,
		"+" + digest + ".pck":                                       &yes,
		"1.5+" + digest + "00.pck":                                  &yes,
		"1.5+" + digest[2:] + ".pck":                                &yes,
		"1.5+zz" + digest[2:] + ".pck":                              &yes,
		"1.5+" + digest + ".PCK":                                    &yes,
		"1.5+" + digest + ".pck~":                                   &yes,
		"1.5+" + digest + ".tmp":                                    &yes,
		"1.5+" + digest + ".bak.tmp":                                &yes,
		"1.5+" + digest:                                             &yes,
		"1.5+" + digest + "/x.pck":                                  &yes,
		"1.5+" + digest + ".pck.pck":                                &yes,
		".pck":                                                      &yes,
		"":                                                          &yes,
		"foo.pck":                                                   &yes,
		lockName:                                                    &yes,
		claims.Name:                                                 &yes,
	})
	for name, refuse := range names {
		_, s := SplitName(name)
		if refuse != nil && *refuse != (s == Stray) {
			t.Errorf("%q is %v", name, s)
		}
		checkName(t, name)
	}
	t.Logf("%d names", len(names))
}

// checkName checks what all other code relies on in an entry's name.
func checkName(t *testing.T, name string) {
	t.Helper()
	id, s := SplitName(name)
	if same, state := splitName([]byte(name), name); same != id || state != s {
		t.Errorf("%q is %v of %v, and split fast %v of %v", name, s, id, state, same)
	}
	if state, seconds, ok := plainName([]byte(name)); ok && (state != s || float64(seconds) > id.Seconds()) {
		t.Errorf("%q is plainly %v of %d, and %v of %v", name, state, seconds, s, id.Seconds())
	}
	if s == Stray {
		if id != (ID{}) {
			t.Errorf("%q is not an entry, and %v", name, id)
		}
		return
	}
	if id.Name(s) != name {
		t.Errorf("%q became %q", name, id.Name(s))
	}
	if strings.ContainsAny(name, "/\x00\n \t") || strings.Count(name, "+") != 1 || len(name) > 255 {
		t.Errorf("%q is a name", name)
	}
	if math.IsNaN(id.Seconds()) || math.Abs(id.Seconds()) >= maxTime {
		t.Errorf("%q has the time %v", name, id.Seconds())
	}
	base := id.String()
	text := base[:strings.IndexByte(base, '+')]
	if want, err := strconv.ParseFloat(text, 64); err != nil || want != id.Seconds() {
		t.Errorf("%q has the time %v", name, id.Seconds())
	}
	if id.Compare(id) != 0 || id.Received().IsZero() {
		t.Errorf("%q has no place", name)
	}
}

// nameSeeds returns the names of the golden files, good and bad.
func nameSeeds(t testing.TB) []string {
	t.Helper()
	var seeds []string
	for name := range badNames(t) {
		seeds = append(seeds, name)
	}
	for _, c := range golden.All(t) {
		seeds = append(seeds, c.FileBase+c.Ext)
	}
	return seeds
}

func TestNameSeeds(t *testing.T) {
	t.Parallel()
	entries := 0
	for _, name := range nameSeeds(t) {
		if _, s := SplitName(name); s != Stray {
			entries++
		}
	}
	if entries < 5 {
		t.Errorf("%d golden names", entries)
	}
}

func FuzzName(f *testing.F) {
	for _, name := range nameSeeds(f) {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) { checkName(t, name) })
}

func FuzzParseID(f *testing.F) {
	for _, name := range nameSeeds(f) {
		f.Add(strings.TrimSuffix(name, filepath.Ext(name)))
	}
	f.Fuzz(func(t *testing.T, base string) {
		id, err := ParseID(base)
		if err == nil && id.String() != base {
			t.Errorf("%q became %q", base, id)
		}
	})
}

func TestState(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]State{
		"ready": Ready, "inflight": InFlight, "preserved": Preserved, "temporary": Temporary, "stray": Stray,
	} {
		s, err := ParseState(text)
		if err != nil || s != want || s.String() != text {
			t.Errorf("%s is %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "Ready", "in flight", ".pck", "5"} {
		if s, err := ParseState(text); err == nil {
			t.Errorf("%q is %v", text, s)
		}
	}
	for s, want := range map[State]string{Ready: ".pck", InFlight: ".bak", Preserved: ".psv", Temporary: ".pck.tmp", Stray: ""} {
		if s.Ext() != want {
			t.Errorf("%v has %s", s, s.Ext())
		}
	}
}
