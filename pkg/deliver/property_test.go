package deliver

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"switchboard/pkg/deliver/internal/client"
	"switchboard/pkg/message"
)

// killed is a kill, as a panic.
type killed struct{}

// site is an entry on its way through the queues, with a server that answers as drawn and a
// process that is killed at any step.
type site struct {
	t     *rapid.T
	kills int
	relay relay
	// perhaps counts transactions that the server took without our knowing.
	perhaps map[string]int
	entry   stored
	// shunted has the entries of the shunt queue by their part, "" for the entry itself.
	shunted map[string][]string
	// gone means that the entry is finished, or in the shunt queue.
	gone          bool
	limit         int
	each, bounces bool
}

// step is a point at which the process may be killed.
func (s *site) step() {
	if rapid.IntRange(0, 9).Draw(s.t, "kill") == 0 {
		s.kills++
		panic(killed{})
	}
}

// note is a Note that is killed before it, after it, or not at all.
func (s *site) note(set []message.Setting) error {
	s.step()
	s.entry.apply(set)
	s.valid()
	s.step()
	return nil
}

// valid checks that a Mailman could go on with the entry: it names somebody, and nobody twice.
func (s *site) valid() {
	list := s.entry.recipients()
	different := map[string]bool{}
	for _, name := range list {
		different[name] = true
	}
	if len(list) == 0 || len(different) < len(list) {
		s.t.Fatalf("the entry is for %q", list)
	}
}

// answer draws the answers to a transaction.
func (s *site) answer(mail client.Mail) ([]client.Answer, error) {
	s.step()
	answers := make([]client.Answer, len(mail.To))
	fill := func(a client.Answer) {
		for i := range answers {
			answers[i] = a
		}
	}
	switch rapid.SampledFrom([]string{"each", "each", "all", "none", "later", "lost", "unknown", "too many"}).Draw(s.t, "transaction") {
	case "each":
		for i := range answers {
			answers[i] = rapid.SampledFrom([]client.Answer{yes, yes, yes, notNow, never, enough}).Draw(s.t, "answer")
		}
		if !slices.Contains(answers, yes) {
			fill(notNow)
		}
	case "all":
		fill(yes)
	case "none":
		fill(client.Answer{Code: 554, Text: "no", Stage: client.StageMail})
	case "later":
		fill(client.Answer{Code: 421, Text: "bye", Stage: client.StageMail})
		return answers, errLost
	case "lost":
		fill(lost)
		return answers, errLost
	case "unknown":
		fill(unknown)
		if rapid.Bool().Draw(s.t, "took it") {
			for _, to := range mail.To {
				s.perhaps[to]++
			}
		}
		return answers, errLost
	case "too many":
		fill(enough)
		for i := range rapid.IntRange(0, len(answers)).Draw(s.t, "taken") {
			answers[i] = yes
		}
	}
	for i, a := range answers {
		if a.Taken() {
			s.perhaps[mail.To[i]]++
		}
	}
	s.step()
	return answers, nil
}

// claim handles the entry once, as Handle and the runner do.
func (s *site) claim() {
	defer func() {
		if r := recover(); r != nil && r != any(killed{}) {
			panic(r)
		} else if r != nil {
			s.entry["restored"] = 1
		}
	}()
	s.step()
	a, err := s.relay.send(s.entry, s.each, s.limit, s.note)
	if err != nil {
		if !errors.Is(err, errLost) {
			s.t.Fatal(err)
		}
		return // requeued
	}
	f := testFates
	f.bounces = s.bounces
	f.lastCount, _ = s.entry["last_recip_count"].(int)
	x, err := f.decide(a, func(set ...message.Setting) error { return s.note(set) })
	must(s.t, err)
	if f.bounces && len(x.refused) > 0 {
		s.step()
	}
	if x.retry != nil && len(x.refused) > 0 {
		name := part(x.refused)
		if s.shunted[name] == nil {
			s.shunted[name] = slices.Collect(recipients(x.refused))
		}
		s.step()
	}
	switch {
	case x.retry != nil:
		s.entry.apply(x.retry)
		s.valid()
		if left := s.entry.leftovers(); left != nil {
			s.t.Fatalf("the retry queue gets %v", left)
		}
	case len(x.refused) > 0:
		s.entry.apply(x.shunt)
		s.valid()
		s.shunted[""], s.gone = s.entry.recipients(), true
	default:
		s.gone = true
	}
	s.step()
}

func must(t interface{ Fatal(...any) }, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// TestNobodyIsLost checks the promise: whatever the server answers and wherever the process is
// killed, each recipient is served, or in the retry queue, or in the shunt queue. Nobody is
// served twice, except once more for each kill and for each answer that was lost.
func TestNobodyIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &site{
			t: t, perhaps: map[string]int{}, shunted: map[string][]string{},
			limit: rapid.IntRange(1, 4).Draw(t, "limit"), each: rapid.Bool().Draw(t, "each"),
			bounces: rapid.Bool().Draw(t, "bounces"),
		}
		list := addresses(rapid.IntRange(1, 12).Draw(t, "recipients"))
		s.entry = stored{"recips": []string(list)}
		if rapid.IntRange(0, 3).Draw(t, "stale") == 0 {
			// The record of a list that somebody has changed since.
			s.entry[countKey], s.entry[settledKey] = 99, 50
			s.entry[failedKey+"1"] = []string{putOffMark, "450 no", "user1@example.com"}
			s.entry[failedKey+"2"] = []string{putOffMark, "450 no", "other@example.com"}
		}
		lostAnswers := 0
		s.relay.answer = func(mail client.Mail) ([]client.Answer, error) {
			answers, err := s.answer(mail)
			if len(answers) > 0 && answers[0].Stage == client.StageUnknown {
				lostAnswers++
			}
			return answers, err
		}
		s.relay.down = func() error {
			if rapid.IntRange(0, 9).Draw(t, "down") == 0 {
				return errLost
			}
			return nil
		}
		for range rapid.IntRange(1, 12).Draw(t, "claims") {
			if s.gone {
				break
			}
			s.claim()
		}
		waits := map[string]bool{}
		if !s.gone {
			for _, name := range s.entry.recipients() {
				waits[name] = true
			}
			a, err := resume(s.entry, s.entry.recipients(), s.each)
			must(t, err)
			for _, f := range a.failed {
				waits[f.recipient] = true
			}
		}
		for _, names := range s.shunted {
			for _, name := range names {
				waits[name] = true
			}
		}
		for _, name := range list {
			n := s.perhaps[name]
			if n == 0 && !waits[name] {
				t.Errorf("%s is lost", name)
			}
			if n > 1+s.kills+lostAnswers {
				t.Errorf("%s got %d copies after %d kills and %d lost answers", name, n, s.kills, lostAnswers)
			}
		}
		if s.gone && s.kills == 0 && lostAnswers == 0 {
			for name, n := range waits {
				if n && s.perhaps[name] > 0 {
					t.Errorf("%s was served and is in the shunt queue", name)
				}
			}
		}
		if len(s.perhaps) > len(list) {
			t.Errorf("served: %s", fmt.Sprint(sorted(s.perhaps)))
		}
	})
}

// TestFullDisk checks that a full disk repeats a transaction once, though it has room for short
// records and an entry is tried again and again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	r := &relay{answer: func(mail client.Mail) ([]client.Answer, error) {
		return slices.Repeat([]client.Answer{yes}, len(mail.To)), nil
	}}
	entry := stored{"recips": []string(addresses(1500))}
	for range 5 {
		_, err := r.send(entry, false, 500, func(set []message.Setting) error {
			for _, one := range set {
				if one.Key == "recips" {
					return full
				}
			}
			entry.apply(set)
			return nil
		})
		if !errors.Is(err, full) {
			t.Fatal(err)
		}
		entry["restored"] = 1
	}
	for name, n := range r.got {
		if n > 1 {
			t.Fatalf("%s got %d copies", name, n)
		}
	}
}
