package deliver

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/test/harness"
	"switchboard/test/harness/smtpd"
)

func TestMain(m *testing.M) { harness.Main(m) }

// site is a queue out and its siblings, and a mail server.
type site struct {
	*testing.T
	root   string
	server *smtpd.Server
	// url is that of the server, or of what is in front of it.
	url  string
	made int
}

func newSite(t *testing.T, opts smtpd.Options) *site {
	t.Helper()
	s := &site{T: t, root: t.TempDir(), server: smtpd.Start(t, opts)}
	s.url = s.server.URL
	if err := os.Mkdir(s.dir("out"), 0o770); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) dir(queue string) string { return filepath.Join(s.root, queue) }

// domain is the one that lists of Mailman 2.1 are in.
const domain = "lists.example.com"

// body is the message of most entries.
const body = "From: anne@example.com\nTo: staff@lists.example.com\nSubject: The roof leaks\n\nWater!\n.\n..two\nFrom here\n"

// put stores an entry in out, to be sent to the recipients, and returns its file base.
func (s *site) put(text string, recipients ...string) string {
	s.Helper()
	return s.putWith(message.Mailman2, text, message.Item{Key: "recips", Value: list(recipients)})
}

// putWith stores an entry with the given metadata. Mailman adds nothing to its message.
func (s *site) putWith(d message.Dialect, text string, items ...message.Item) string {
	s.Helper()
	e := harness.Entry{Base: harness.Base(s.made), Format: d, Text: []byte(text)}
	e.Metadata = append(items, message.Item{Key: "nodecorate", Value: true})
	s.made++
	if _, err := e.Write(s.dir("out"), ".pck"); err != nil {
		s.Fatal(err)
	}
	return e.Base
}

// list returns texts as a list for the metadata.
func list(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}

// send runs qdeliver over out. The options come after those for the server and the domain.
func (s *site) send(options ...string) harness.Result {
	s.Helper()
	args := append([]string{"--server", s.url, "--domain", domain}, options...)
	return harness.Run(s, nil, "qdeliver", append(args, s.dir("out"))...)
}

// again makes what waits in retry ready to be sent, whenever it would be due, and sends it.
func (s *site) again(options ...string) harness.Result {
	s.Helper()
	for _, e := range s.holds("retry") {
		path := filepath.Join(s.dir("out"), filepath.Base(e.path))
		if err := os.Rename(e.path, path); err != nil {
			s.Fatal(err)
		}
	}
	return s.send(options...)
}

// entry is what a queue has of an entry.
type entry struct {
	harness.Held
	path  string
	state queue.State
}

// recipients returns the recipients that the metadata has.
func (e entry) recipients() []string {
	var all []string
	for _, key := range []string{"recips", "recipients"} {
		some, _ := e.Metadata[key].([]any)
		for _, r := range some {
			all = append(all, fmt.Sprint(r))
		}
	}
	return all
}

// holds returns the entries of a queue. There may be no such queue.
func (s *site) holds(name string) []entry {
	s.Helper()
	files, err := os.ReadDir(s.dir(name))
	if err != nil && !os.IsNotExist(err) {
		s.Fatal(err)
	}
	var all []entry
	for _, f := range files {
		if strings.HasPrefix(f.Name(), "switchboard.") {
			continue
		}
		e := entry{path: filepath.Join(s.dir(name), f.Name())}
		_, e.state = queue.SplitName(f.Name())
		if e.Held, err = harness.Read(e.path); err != nil {
			s.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// waiting returns the recipients of all entries of a queue, sorted. It checks that the entries
// are ready, and have the text.
func (s *site) waiting(name, text string) []string {
	s.Helper()
	var all []string
	for _, e := range s.holds(name) {
		if e.state != queue.Ready || string(e.Text) != text {
			s.Errorf("%s is %v and has the text %q", e.path, e.state, e.Text)
		}
		all = append(all, e.recipients()...)
	}
	slices.Sort(all)
	return all
}

// refused returns the recipients of all entries of shunt or bad.
func (s *site) refused(name string) (all []string) {
	s.Helper()
	for _, e := range s.holds(name) {
		all = append(all, e.recipients()...)
	}
	return all
}

// got returns the recipients who got a message, each as often as they got it, sorted.
func (s *site) got() []string {
	var all []string
	for _, m := range s.server.Mails() {
		all = append(all, m.To...)
	}
	slices.Sort(all)
	return all
}

// intact checks that every message that the server took is the text, and that qdeliver has
// kept to the rules of SMTP.
func (s *site) intact(text string) {
	s.Helper()
	for _, m := range s.server.Mails() {
		if m.Text() != text {
			s.Errorf("the server got %q, not %q", m.Text(), text)
		}
	}
	if c := s.server.Complaints(); c != nil {
		s.Errorf("the server complains: %q", c)
	}
}

// same checks that two lists have the same members.
func (s *site) same(what string, got, want []string) {
	s.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		s.Errorf("%s: %q, want %q", what, got, want)
	}
}

// once checks that nobody is in a list twice.
func once(all []string) error {
	seen := map[string]int{}
	for _, r := range all {
		seen[r]++
	}
	maps.DeleteFunc(seen, func(_ string, n int) bool { return n == 1 })
	if len(seen) > 0 {
		return fmt.Errorf("more than once: %v", seen)
	}
	return nil
}
