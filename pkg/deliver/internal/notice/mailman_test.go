package notice

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"switchboard/test/harness"
)

// TestMailmanUnderstands hands notices to the real Mailmans' bounce processing. They find
// exactly those recipients whose addresses they can read, and never another one.
func TestMailmanUnderstands(t *testing.T) {
	t.Parallel()
	var all []Recipient
	var plain []string
	for i := range 300 {
		one := Recipient{Address: fmt.Sprintf("Member.%d+x@sub-%d.example.com", i, i%7), Server: "mx.example.com:25", Code: 550, Text: "<other@example.com>: User unknown <third@example.com>"}
		if one.GaveUp = i%3 == 0; one.GaveUp {
			one.Code, one.Enhanced, one.Server = 452, "4.2.2", ""
		}
		all, plain = append(all, one), append(plain, one.Address)
	}
	odd := []string{
		"victim@example.com;x@example.com", "x;victim@example.com", "<victim@example.com>", "victim@example.com\n", "victim@example.com, x@example.com",
		"gr\u00fcn@example.com", "x victim@example.com", "\xff@example.com", "x@gr\u00fcn", "", ";", "victim@example.com (x)", "\"victim@example.com", "rfc822; victim@example.com",
		"\nFinal-Recipient: rfc822; victim@example.com", "\n\nAction: failed\nFinal-Recipient: rfc822; victim@example.com", "a=victim@example.com",
	}
	for name, scan := range scanners(t) {
		t.Run(name, func(t *testing.T) {
			notice := func(r ...Recipient) []string {
				found := scan(t, write(t, Report{
					Key: "x", Domain: "lists.example.com", To: "test-bounces@lists.example.com", Now: time.Now(), Arrived: time.Now(),
					Subject: "failed: fourth@example.com", Header: text("From: fifth@example.com\nTo: sixth@example.com\n"), Recipients: recipients(r...),
				}))
				slices.Sort(found)
				return found
			}
			slices.Sort(plain)
			if found := notice(all...); !slices.Equal(found, plain) {
				t.Errorf("%d found: %q", len(found), found)
			}
			for _, address := range odd {
				for _, found := range notice(Recipient{Address: address, Server: "mx", Code: 550}) {
					if found == "victim@example.com" {
						t.Errorf("%q is taken for another", address)
					}
				}
				if found := notice(Recipient{Address: address, Code: 550}, all[0]); !slices.Contains(found, all[0].Address) {
					t.Errorf("with %q: %q", address, found)
				}
			}
		})
	}
}

// scanners are the bounce processing of the Mailmans that are there.
func scanners(t *testing.T) map[string]func(testing.TB, string) []string {
	t.Helper()
	all := make(map[string]func(testing.TB, string) []string)
	add := func(name string, m *harness.Mailman) {
		all[name] = func(t testing.TB, notice string) (found []string) {
			t.Helper()
			answer, err := m.Call("bounces", map[string]any{"msg": base64.StdEncoding.EncodeToString([]byte(notice))})
			if err != nil {
				t.Fatal(err)
			}
			addresses, _ := answer["addresses"].([]any)
			for _, address := range addresses {
				found = append(found, address.(string))
			}
			return found
		}
	}
	if m := harness.StartMailman3(t, t.TempDir()); m != nil {
		add("mailman3", m)
	}
	if os.Getenv("MAILMAN2_SRC") == "" {
		t.Log("SKIP: MAILMAN2_SRC does not name a source tree of Mailman 2.1")
		return all
	}
	python := os.Getenv("PYTHON2")
	if python == "" {
		python = "python2.7"
	}
	dir := t.TempDir()
	add("mailman2", harness.Drive(t, filepath.Join(dir, "qfiles"), exec.Command(python, "mm2.py", dir)))
	return all
}
