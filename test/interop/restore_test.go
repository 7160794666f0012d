package interop

import (
	"fmt"
	"strings"
	"testing"
)

// TestCountTogether checks that both sides count restores together, whoever enqueues, claims
// and restores, in every order. The third time the entry is preserved.
func TestCountTogether(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		for _, text := range []bool{true, false} {
			for _, order := range []string{"toT", "otO", "too", "ott", "oot", "tto", "ooo", "ttt"} {
				m.Run(fmt.Sprintf("%s,text=%v", order, text), func(t *testing.T) {
					m := m.with(t)
					data := []byte("Subject: x\n\ncaf\xe9\n")
					recipients := metadata()["recipients"]
					base := m.enqueue("in", data, text, recipients)
					before, _ := m.get(m.path("in", base, ".pck"))
					path := m.restoreBy(base, order)
					after, meta := m.get(path)
					differ(t, "message", after, before)
					equalJSON(t, "count", meta["_bak_count"], decode(t, `{"n":3}`)["n"])
					equalJSON(t, "recipients", meta["recips"], decode(t, marshal(t, recipients))["recips"])
					equalJSON(t, "qcat -m", m.metadata(path), meta)

					// A person has looked and releases the entry with our
					// command. It may crash twice again, whoever counts.
					args := []string{"--to", m.queue("in"), path}
					if strings.EqualFold(order[2:], "o") {
						args = args[2:] // our command noted the origin
					}
					back := m.path1(nil, "qrestore", args...)
					if back != m.path("in", base, ".pck") {
						t.Fatalf("released to %s", back)
					}
					m.holds("bad")
					m.restoreBy(base, "to"+order[2:])
				})
			}
		}
	})
}

// restoreBy lets an entry of "in" crash once for each letter, up to the third time. Mailman
// (t) or our commands (o) restore it; with a capital letter the other side claims it. It
// checks the counts, and returns the path where the entry ends.
func (m *mailman) restoreBy(base, order string) string {
	m.Helper()
	ready, bak, psv := m.path("in", base, ".pck"), m.path("in", base, ".bak"), m.path("bad", base, ".psv")
	for i, who := range strings.Split(order, "") {
		if who == "t" || who == "O" {
			m.call("dequeue", object{"queue": "in", "base": base})
		} else {
			m.path1(nil, "qdequeue", m.queue("in"))
		}
		m.holds("in", base+".bak")
		where := ready
		if i == 2 {
			where = psv
		}
		if strings.EqualFold(who, "t") {
			m.call("recover", object{"queue": "in"})
		} else if r := m.ours(nil, "qrestore", m.queue("in")); r.Status != 0 || r.Out != where+"\n" {
			m.Fatalf("qrestore of %s: status %d, printed %q, not %s: %s", bak, r.Status, r.Out, where, r.Err)
		}
		_, meta := m.get(where)
		equalJSON(m.T, "count after "+order[:i+1], meta["_bak_count"], decode(m.T, fmt.Sprintf(`{"n":%d}`, i+1))["n"])
	}
	if len(order) == 3 {
		m.holds("in")
		m.holds("bad", base+".psv")
		return psv
	}
	return ready
}

// TestOriginOfPreserved checks that an entry that we preserved says where it came from, as
// Mailman would say it, and goes back there without --to.
func TestOriginOfPreserved(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		for _, text := range []bool{true, false} {
			base := m.enqueue("in", []byte("Subject: x\n\n"), text, nil)
			bak := m.path1(nil, "qdequeue", m.queue("in"))
			m.done(nil, "qfinish", "--preserve", bak)
			psv := m.path("bad", base, ".psv")
			want := "in"
			if m.format == "mailman2" {
				want = m.queue("in")
			}
			if _, meta := m.get(psv); meta["whichq"] != want {
				m.Errorf("whichq %v, not %s", meta["whichq"], want)
			}
			m.done(nil, "qrestore", psv)
			m.call("dequeue", object{"queue": "in", "base": base})
			m.call("finish", object{"queue": "in", "base": base})
			m.holds("in")
			m.holds("bad")
		}
	})
}

// TestTheirLeftovers checks that we can continue with Mailman's claims and preserved entries.
func TestTheirLeftovers(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		one := m.enqueue("in", []byte("Subject: one\n\n"), false, nil)
		two := m.enqueue("in", []byte("Subject: two\n\n"), true, nil)
		for _, base := range []string{one, two} {
			m.call("dequeue", object{"queue": "in", "base": base})
		}
		m.done(nil, "qfinish", m.path("in", one, ".bak"))
		m.call("finish", object{"queue": "in", "base": two, "preserve": true})
		m.holds("in")
		m.holds("bad", two+".psv")
		differ(m.T, "qcat", []byte(m.done(nil, "qcat", m.path("bad", two, ".psv"))), []byte("Subject: two\n\n"))
		m.done(nil, "qrestore", "--to", m.queue("in"), m.path("bad", two, ".psv"))
		m.holds("in", two+".pck")
		m.holds("bad")
		// A requeue does not count as a crash.
		m.done(nil, "qfinish", "--requeue", m.path1(nil, "qdequeue", m.queue("in")))
		if _, meta := m.get(m.path("in", two, ".pck")); fmt.Sprint(meta["_bak_count"]) != "0" && meta["_bak_count"] != nil {
			m.Errorf("a count of %v", meta["_bak_count"])
		}
	})
}

// TestShunt checks that --origin releases a message that Mailman's runner shunts every
// night, and never counts this. Mailman's unshunt releases the same entries.
func TestShunt(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		failing := []byte("Subject: x\nX-Handler: fail\n\nbody\n")
		m.enqueue("in", failing, false, nil)
		for night := range 5 {
			if answer := m.call("run", object{"queue": "in"}); len(answer["handled"].([]any)) != 0 {
				m.Fatalf("Mailman's runner handled %v", answer)
			}
			m.holds("in")
			shunted := m.files(object{"queue": "shunt"})
			if len(shunted) != 1 {
				m.Fatalf("night %d: Mailman's shunt queue holds %q", night, shunted)
			}
			path := m.path("shunt", shunted[0], ".pck")
			differ(m.T, "qcat", []byte(m.done(nil, "qcat", path)), failing)
			if night == 4 {
				m.call("unshunt", nil)
			} else {
				m.done(nil, "qrestore", "--origin", m.queue("shunt"))
			}
			m.holds("shunt")
			m.holds("bad")
			if in := m.files(object{"queue": "in"}); len(in) != 1 {
				m.Fatalf("night %d: released to %q", night, in)
			}
		}
	})
}

// TestShuntedByOurs checks that Mailman's unshunt releases what qrun shunted.
func TestShuntedByOurs(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		for _, text := range []bool{true, false} {
			data := []byte("Subject: x\n\nbody\n")
			m.enqueue("in", data, text, nil)
			m.ours(nil, "qrun", m.queue("in"), "false")
			m.holds("in")
			if shunted := m.files(object{"queue": "shunt"}); len(shunted) != 1 {
				m.Fatalf("the shunt queue holds %q", shunted)
			}
			m.call("unshunt", nil)
			m.holds("shunt")
			in := m.files(object{"queue": "in"})
			if len(in) != 1 {
				m.Fatalf("released to %q", in)
			}
			answer := m.call("dequeue", object{"queue": "in", "base": in[0]})
			differ(m.T, "message", unbase64(m.T, answer["msg"]), data)
			m.call("finish", object{"queue": "in", "base": in[0]})
			m.holds("bad")
		}
	})
}
