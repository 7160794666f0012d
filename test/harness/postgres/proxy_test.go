package postgres

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// through runs a statement with psql through a proxy.
func through(t *testing.T, p *Proxy, d *Database, text string) (string, error) {
	t.Helper()
	out, err := exec.Command(Bin(t)+"/psql", "-XAtq", "-d", p.DSN(d), "-c", text).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func TestProxy(t *testing.T) {
	t.Parallel()
	s := Shared(t)
	d := s.Database(t)
	p := StartProxy(t, s, nil)
	if got, err := through(t, p, d, "CREATE TABLE t (n int)"); err != nil {
		t.Fatal(got, err)
	}
	var kinds []string
	// psql ends before the proxy has read its last message.
	for deadline := time.Now().Add(time.Minute); !slices.Contains(kinds, "Terminate") && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		kinds = nil
		for _, m := range p.Messages() {
			if m.Kind != "ParameterStatus" {
				kinds = append(kinds, m.Kind)
			}
		}
	}
	want := []string{"Startup", "Authentication", "BackendKeyData", "ReadyForQuery", "Query", "CommandComplete", "ReadyForQuery", "Terminate"}
	if !slices.Equal(kinds, want) {
		t.Errorf("%q", kinds)
	}

	// A statement is not carried out if it is cut off, and is if only its answer is.
	for _, test := range []struct {
		kind string
		fate Fate
		rows string
	}{{"Query", CutBefore, "0"}, {"Query", CutAfter, "1"}, {"CommandComplete", CutBefore, "2"}} {
		p.Decide(func(m Message) Fate {
			if m.Kind == test.kind {
				return test.fate
			}
			return Pass
		})
		if got, err := through(t, p, d, "INSERT INTO t VALUES (1)"); err == nil {
			t.Errorf("%v: %s", test, got)
		}
		d.Settle(t)
		if got := d.SQL(t, "SELECT count(*) FROM t"); got != test.rows {
			t.Errorf("%v: %s rows", test, got)
		}
	}
}
