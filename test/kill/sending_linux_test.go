package kill

import (
	"errors"
	"fmt"
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

// sending is a scenario of qdeliver: entries of several transactions, or several entries, of whose
// recipients some are refused and some are put off.
type sending struct {
	scenario
	server smtpd.Options
	format message.Dialect
	// to are the recipients of each entry.
	to [][]string
	// most is how many recipients a transaction has at most, and so how many copies too many
	// one kill may cause.
	most int
}

// mixed are recipients for three transactions of two, with refused ones between them.
var mixed = []string{"a@x.example", "550.b@x.example", "c@x.example", "d@x.example", "450.e@x.example", "f@x.example", "550.g@x.example", "h@x.example"}

func sendings() []*sending {
	two := smtpd.Options{MaxRecipients: 2}
	lmtp := smtpd.Options{MaxRecipients: 2, LMTP: true}
	small := [][]string{mixed, {"zoe@x.example"}}
	all := []*sending{
		{scenario: scenario{name: "several transactions"}, server: two, to: small, most: 2},
		{scenario: scenario{name: "several transactions of Mailman 3"}, server: two, to: small, most: 2, format: message.Mailman3},
		{scenario: scenario{name: "LMTP"}, server: lmtp, to: small, most: 2},
		{scenario: scenario{name: "side by side"}, server: two, to: [][]string{mixed, {"y@x.example"}, {"550.z@x.example"}, {"450.q@x.example"}}, most: 8},
		{scenario: scenario{name: "one after the other"}, to: [][]string{{"a@x.example"}, {"b@x.example"}, {"550.c@x.example"}, {"d@x.example"}, {"450.e@x.example"}, {"f@x.example"}, {"g@x.example"}}, most: 1},
		{scenario: scenario{name: "all refused"}, to: [][]string{{"550.a@x.example", "550.b@x.example"}}},
		{scenario: scenario{name: "all put off"}, to: [][]string{{"450.a@x.example", "450.b@x.example"}}},
		{scenario: scenario{name: "many recipients", calls: 90}, to: [][]string{numbered(1001)}, most: 500},
	}
	for _, s := range all {
		s.command, s.mails = "qdeliver", none
	}
	return all
}

// numbered returns n recipients, some of whom are refused or put off.
func numbered(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("r%d@x.example", i)
		switch i % 200 {
		case 50:
			all[i] = "550." + all[i]
		case 150:
			all[i] = "450." + all[i]
		}
	}
	return all
}

// post is a world with a mail server.
type post struct {
	*world
	*sending
	server *smtpd.Server
	texts  [][]byte
}

// newPost makes the queues, with the entries in in, and starts the server.
func (b *bench) newPost(t *testing.T, s *sending) *post {
	t.Helper()
	p := &post{world: b.world(t, &s.scenario), sending: s, server: smtpd.Start(t, s.server)}
	p.sockets = true
	for i, to := range s.to {
		list := make([]any, len(to))
		for j := range to {
			list[j] = to[j]
		}
		key := map[bool]string{false: "recips", true: "recipients"}[s.format == message.Mailman3]
		e := harness.Entry{Base: harness.Base(i), Format: s.format, Text: text(i), Metadata: []message.Item{
			{Key: key, Value: list}, {Key: "nodecorate", Value: true},
		}}
		if _, err := e.Write(p.dir("in"), ".pck"); err != nil {
			t.Fatal(err)
		}
		p.texts = append(p.texts, e.Text)
	}
	return p
}

func (p *post) close() {
	p.server.Close()
	p.remove()
}

// deliver runs qdeliver over the queue.
func (p *post) deliver(t *testing.T, judge func(*call) verdict) (harness.Result, []string) {
	t.Helper()
	args := []string{"--server", p.server.URL, "--domain", "lists.example.com", p.dir("in")}
	if p.name == "side by side" {
		args = append([]string{"-j", "4"}, args...)
	}
	return p.run(t, &p.scenario, args, judge)
}

// copies returns how many copies of which mail each recipient got, as "MAIL RECIPIENT".
func (p *post) copies() (map[string]int, error) {
	got := map[string]int{}
	for _, m := range p.server.Mails() {
		i := slices.IndexFunc(p.texts, func(text []byte) bool { return string(text) == m.Text() })
		if i < 0 {
			return nil, fmt.Errorf("the server got a part or something else: %q", m.Text())
		}
		for _, to := range m.To {
			got[fmt.Sprint(i, " ", to)]++
		}
	}
	return got, nil
}

// waiting returns, for each queue, who waits in it for which mail. It checks that the files are
// whole entries with the bytes of their messages.
func (p *post) waiting() (map[string][]string, error) {
	all := map[string][]string{}
	for _, name := range []string{"in", "retry", "shunt", "bad"} {
		files, err := os.ReadDir(p.dir(name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		for _, f := range files {
			switch _, state := queue.SplitName(f.Name()); {
			case strings.HasPrefix(f.Name(), "switchboard."), state == queue.Temporary:
				continue
			case state == queue.Stray:
				return nil, fmt.Errorf("stray: %s/%s", name, f.Name())
			}
			held, err := harness.Read(filepath.Join(p.dir(name), f.Name()))
			if err != nil {
				return nil, err
			}
			i := slices.IndexFunc(p.texts, func(text []byte) bool { return string(text) == string(held.Text) })
			if i < 0 {
				return nil, fmt.Errorf("%s/%s: not a message's bytes", name, f.Name())
			}
			for _, to := range recipients(held.Metadata) {
				all[name] = append(all[name], fmt.Sprint(i, " ", to))
			}
		}
	}
	return all, nil
}

// recipients returns who waits for an entry, by its list or by the record of those who failed.
func recipients(metadata map[string]any) (all []any) {
	for _, key := range []string{"recips", "recipients"} {
		list, _ := metadata[key].([]any)
		all = append(all, list...)
	}
	for key, value := range metadata {
		if list, _ := value.([]any); strings.HasPrefix(key, "_switchboard_failed_") {
			for i := 2; i < len(list); i += 3 {
				all = append(all, list[i])
			}
		}
	}
	return all
}

// check checks that nobody is forgotten, and that after so many kills nobody got more copies than
// they may. If the work is done, it checks who is where.
func (p *post) check(done bool, kills int) error {
	got, err := p.copies()
	if err != nil {
		return err
	}
	waiting, err := p.waiting()
	if err != nil {
		return err
	}
	more := 0
	for who, n := range got {
		if n > 1+kills {
			return fmt.Errorf("%s got %d copies after %d kills", who, n, kills)
		}
		more += n - 1
	}
	if more > kills*p.most {
		return fmt.Errorf("%d copies too many after %d kills", more, kills)
	}
	var later, refused []string
	for i, to := range p.to {
		for _, one := range to {
			who := fmt.Sprint(i, " ", one)
			code, _, _ := strings.Cut(one, ".")
			switch {
			case code == "450":
				later = append(later, who)
			case code == "550":
				refused = append(refused, who)
			case got[who] == 0 && done:
				return fmt.Errorf("%s got nothing", who)
			case got[who] > 0:
				continue
			}
			if !slices.ContainsFunc([]string{"in", "retry", "shunt", "bad"}, func(name string) bool { return slices.Contains(waiting[name], who) }) {
				return fmt.Errorf("%s is forgotten: %v", who, waiting)
			}
		}
	}
	for who := range got {
		if slices.Contains(later, who) || slices.Contains(refused, who) {
			return fmt.Errorf("%s got a copy", who)
		}
	}
	if done {
		if kills > 0 {
			// The entry says that it is not due before it moves to retry. After a kill
			// between the two it waits where it is.
			for _, who := range later {
				if i := slices.Index(waiting["in"], who); i >= 0 {
					waiting["in"] = slices.Delete(waiting["in"], i, i+1)
					waiting["retry"] = append(waiting["retry"], who)
				}
			}
		}
		for name, want := range map[string][]string{"in": nil, "retry": later, "shunt": refused, "bad": nil} {
			is := slices.Sorted(slices.Values(waiting[name]))
			if !slices.Equal(is, slices.Sorted(slices.Values(want))) {
				return fmt.Errorf("%s has %q, not %q", name, is, want)
			}
		}
	} else if twice := double(waiting["shunt"]); twice != "" {
		return fmt.Errorf("%s is in shunt twice", twice)
	}
	return nil
}

// double returns a member that a list has twice, or "".
func double(list []string) string {
	list = slices.Sorted(slices.Values(list))
	for i := range list[min(1, len(list)):] {
		if list[i] == list[i+1] {
			return list[i]
		}
	}
	return ""
}

// heal runs qdeliver until only those wait whom the server puts off. A lost connection may have
// put off others.
func (p *post) heal(t *testing.T) (runs []harness.Result) {
	t.Helper()
	for range 4 {
		r, _ := p.deliver(t, nil)
		runs = append(runs, r)
		waiting, err := p.waiting()
		if err != nil || !slices.ContainsFunc(slices.Concat(waiting["in"], waiting["retry"]), func(who string) bool { return !strings.Contains(who, " 450.") }) {
			break
		}
	}
	return runs
}

// undisturbedDeliver delivers without an injection, and returns the calls: the fewest of several
// runs, because the network decides in how many parts an answer comes.
func (b *bench) undisturbedDeliver(t *testing.T, s *sending) []*call {
	t.Helper()
	var fewest []*call
	for range 3 {
		p := b.newPost(t, s)
		if made := p.undisturbed(t); fewest == nil || len(made) < len(fewest) {
			fewest = made
		}
		p.close()
	}
	return fewest
}

// undisturbed delivers without an injection, and returns the calls.
func (p *post) undisturbed(t *testing.T) []*call {
	t.Helper()
	var made []*call
	r, _ := p.deliver(t, func(c *call) verdict {
		made = append(made, c)
		return verdict{}
	})
	if err := p.check(true, 0); err != nil || len(made) < 20 {
		t.Fatalf("undisturbed, %d calls: %v\n%+v", len(made), err, r)
	}
	if c := p.server.Complaints(); c != nil {
		t.Errorf("the server complains: %q", c)
	}
	return made
}
