package deliver

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

// entries is how many entries the tests with many have.
func entries() int {
	if harness.CI() {
		return 2000
	}
	return 200
}

// letter is the message of an entry among many, which tells them apart.
func letter(i int) string { return fmt.Sprintf("Subject: letter %d\n\nThis is letter %d.\n.\n", i, i) }

// TestMany sends many entries over a few connections. Each arrives once.
func TestMany(t *testing.T) {
	t.Parallel()
	for _, lmtp := range []bool{false, true} {
		t.Run(fmt.Sprintf("LMTP %v", lmtp), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, smtpd.Options{LMTP: lmtp, MaxMails: 50})
			for i := range entries() {
				s.put(letter(i), fmt.Sprintf("r%d@x.example", i), fmt.Sprintf("q%d@x.example", i))
			}
			if r := s.send("-j", "8"); r.Status != 0 {
				t.Errorf("%+v", r)
			}
			s.arrived(0, 0)
			s.same("out", s.files("out"), nil)
			if c := s.server.Complaints(); c != nil {
				t.Errorf("the server complains: %q", c)
			}
			if n, most := s.server.Connections(), 8+entries()/50+8; n > most {
				t.Errorf("%d connections, more than %d", n, most)
			}
		})
	}
}

// arrived checks that each of the many letters arrived once, or up to more copies too many if
// qdeliver was killed so many times.
func (s *site) arrived(kills, more int) {
	s.Helper()
	copies := map[string]int{}
	for _, m := range s.server.Mails() {
		for _, to := range m.To {
			copies[m.Text()+to]++
		}
	}
	extra := 0
	for i := range s.made {
		for _, to := range []string{fmt.Sprintf("r%d@x.example", i), fmt.Sprintf("q%d@x.example", i)} {
			n := copies[letter(i)+to]
			delete(copies, letter(i)+to)
			if n < 1 || n > 1+kills {
				s.Errorf("%s got %d copies after %d kills", to, n, kills)
			}
			extra += n - 1
		}
	}
	if extra > more {
		s.Errorf("%d copies too many, the most is %d", extra, more)
	}
	for what := range copies {
		s.Errorf("somebody got something else: %q", what)
	}
}

// files returns the names of the entries that a queue holds.
func (s *site) files(name string) []string {
	s.Helper()
	var names []string
	for _, e := range s.holds(name) {
		names = append(names, e.path)
	}
	return names
}

// TestKilledOften kills qdeliver again and again, at any moment. At the end everybody has the
// message, and not more copies than there were recipients under way when it was killed.
func TestKilledOften(t *testing.T) {
	t.Parallel()
	const jobs = 4
	s := newSite(t, smtpd.Options{})
	for i := range entries() {
		s.put(letter(i), fmt.Sprintf("r%d@x.example", i), fmt.Sprintf("q%d@x.example", i))
	}
	kills := 0
	for {
		// An entry that is killed over and over is preserved, which is not what is tested.
		cmd := harness.Command(t, "qdeliver", "-j", fmt.Sprint(jobs), "--max-restores", "0", "--server", s.url, "--domain", domain, s.dir("out"))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		death := time.AfterFunc(time.Duration(20+rand.IntN(200))*time.Millisecond, func() { cmd.Process.Signal(syscall.SIGKILL) })
		cmd.Wait()
		death.Stop()
		if cmd.ProcessState.ExitCode() >= 0 {
			break
		}
		if kills++; kills == 40 {
			s.send("--max-restores", "0")
			break
		}
	}
	s.arrived(kills, 2*jobs*kills)
	s.same("out", s.files("out"), nil)
	s.same("shunt", s.files("shunt"), nil)
	s.same("retry", s.files("retry"), nil)
	t.Logf("%d kills", kills)
}

// TestStopped stops qdeliver with SIGTERM. What is under way is sent, and nothing twice.
func TestStopped(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	s := newSite(t, smtpd.Options{Script: at("DOT", 1, smtpd.Reply{Wait: gate})})
	for i := range 20 {
		s.put(letter(i), fmt.Sprintf("r%d@x.example", i), fmt.Sprintf("q%d@x.example", i))
	}
	cmd := harness.Command(t, "qdeliver", "-v", "--server", s.url, "--domain", domain, s.dir("out"))
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for s.server.Steps("DATA") == 0 {
		time.Sleep(time.Millisecond)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	// The server answers only once the signal has arrived.
	var said strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.HasSuffix(lines.Text(), "a second signal stops them") {
			close(gate)
		}
	}
	cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 75 {
		t.Errorf("status %d: %s", status, said.String())
	}
	if n := len(s.server.Mails()); n != 1 {
		t.Errorf("%d messages were sent", n)
	}
	if n := len(s.files("out")); n != 19 {
		t.Errorf("%d entries are left", n)
	}
	if r := s.send(); r.Status != 0 {
		t.Errorf("%+v", r)
	}
	s.arrived(0, 0)
}

// TestTogether runs two of them on one queue: one is refused, or both work on slices.
func TestTogether(t *testing.T) {
	t.Parallel()
	s := newSite(t, smtpd.Options{})
	for i := range 60 {
		s.putWith(message.Mailman2, letter(i), message.Item{Key: "recips", Value: list([]string{fmt.Sprintf("r%d@x.example", i), fmt.Sprintf("q%d@x.example", i)})})
	}
	done := make(chan harness.Result)
	// All entries are in these.
	for _, slice := range []string{"0/8", "1/8"} {
		go func() { done <- s.send("-s", slice) }()
	}
	for range 2 {
		if r := <-done; r.Status != 0 {
			t.Errorf("%+v", r)
		}
	}
	s.arrived(0, 0)
	s.same("out", s.files("out"), nil)
}
