package interop

import (
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"
)

// TestSlices checks that both sides have the same slices: what Mailman lists for each is
// what our commands list and claim.
func TestSlices(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		for i := range 64 {
			m.enqueue("in", fmt.Appendf(nil, "Subject: %d\n\n", i), true, nil)
		}
		for _, n := range m.slices {
			for i := range n {
				slice := fmt.Sprintf("%d/%d", i, n)
				var want strings.Builder
				for _, base := range m.files(object{"queue": "in", "slice": i, "slices": n}) {
					want.WriteString(base + "\n")
				}
				if listed := m.bases(m.done(nil, "qstat", "-e", "-s", slice, m.queue("in"))); listed != want.String() {
					m.Errorf("qstat -e -s %s:\n%swant\n%s", slice, listed, want.String())
				}
				r := m.ours(nil, "qdequeue", "-a", "-s", slice, m.queue("in"))
				if claimed := m.bases(r.Out); claimed != want.String() || (r.Status != 0) != (want.String() == "") {
					m.Errorf("qdequeue -a -s %s: status %d\n%swant\n%s", slice, r.Status, claimed, want.String())
				}
				// Mailman must find everything again.
				m.done([]byte(r.Out), "qfinish", "--requeue", "-")
			}
		}
	})
}

// TestSliceBounds checks that a digest at the bound of a slice is in one slice, and in the
// same one as with Mailman 2.1. (Mailman 3 computes with floats and has the smallest digest
// of a slice in two slices; ours is the upper one.)
func TestSliceBounds(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		base := m.enqueue("in", []byte("Subject: x\n\n"), true, nil)
		all := new(big.Int).Lsh(big.NewInt(1), 160)
		for _, n := range m.slices[1:] {
			for i := 1; i < n; i++ {
				bound := new(big.Int).Mul(all, big.NewInt(int64(i)))
				bound.Div(bound, big.NewInt(int64(n)))
				for _, below := range []int64{0, 1} {
					digest := fmt.Sprintf("%040x", new(big.Int).Sub(bound, big.NewInt(below)))
					next := "1700000000.5+" + digest
					if err := os.Rename(m.path("in", base, ".pck"), m.path("in", next, ".pck")); err != nil {
						m.Fatal(err)
					}
					base = next
					for s := range n {
						ours := m.done(nil, "qstat", "-e", "-s", fmt.Sprintf("%d/%d", s, n), m.queue("in"))
						want := s == i-int(below)
						if (ours != "") != want {
							m.Errorf("%s in slice %d/%d: %v", digest, s, n, !want)
						}
						theirs := m.files(object{"queue": "in", "slice": s, "slices": n})
						if len(theirs) == 0 && want {
							m.Errorf("%s is not in Mailman's slice %d/%d", digest, s, n)
						}
						if len(theirs) > 0 && !want && m.format == "mailman2" {
							m.Errorf("%s is in Mailman's slice %d/%d", digest, s, n)
						}
					}
				}
			}
		}
	})
}
