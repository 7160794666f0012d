package interop

import (
	"os"
	"regexp"
	"testing"
)

// TestWhy lets Mailman shunt one entry and preserve another, and checks that qstat has
// the exceptions from Mailman's own log.
func TestWhy(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		m.enqueue("in", []byte("Subject: x\nX-Handler: fail\n\nbody\n"), false, nil)
		bad := m.enqueue("in", []byte("Subject: y\n\nbody\n"), false, nil)
		if err := os.WriteFile(m.path("in", bad, ".pck"), []byte("not a pickle"), 0o660); err != nil {
			m.Fatal(err)
		}
		m.call("run", object{"queue": "in"})
		shunted := m.files(object{"queue": "shunt"})
		if len(shunted) != 1 {
			m.Fatalf("Mailman's shunt queue holds %q", shunted)
		}
		for path, want := range map[string]string{
			m.path("shunt", shunted[0], ".pck"): `(?m)^why +RuntimeError: told to$`,
			m.path("bad", bad, ".psv"):          `(?m)^why +(_pickle\.)?UnpicklingError: invalid load key, 'n'\.$`,
		} {
			r := m.ours(nil, "qstat", path)
			if !regexp.MustCompile(want).MatchString(r.Out) {
				m.Errorf("qstat %s does not say %s:\n%s%s", path, want, r.Out, r.Err)
			}
			if !regexp.MustCompile(`(?m)^logged +[A-Z][a-z]{2} [0-9]{2} [0-9:]{8} 20[0-9]{2} \(local time\), /.*/logs/error(\.log)?$`).MatchString(r.Out) {
				m.Errorf("qstat %s does not say when:\n%s", path, r.Out)
			}
		}
	})
}
