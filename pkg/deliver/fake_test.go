package deliver

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"switchboard/pkg/deliver/internal/client"
	"switchboard/pkg/message"
)

// names are a list of recipients.
type names []string

func (n names) Len() int                             { return len(n) }
func (n names) Recipients(from int) iter.Seq[string] { return slices.Values(n[from:]) }

// addresses returns n different addresses.
func addresses(n int) names {
	list := make(names, n)
	for i := range list {
		list[i] = fmt.Sprintf("user%d@example.com", i)
	}
	return list
}

// stored is the metadata of an entry.
type stored map[string]any

func (s stored) texts(key string) ([]string, error) {
	texts, _ := s[key].([]string)
	return texts, nil
}

func (s stored) whole(key string) (int, bool, error) {
	n, ok := s[key].(int)
	return n, ok, nil
}

// apply does what a patch of the entry does.
func (s stored) apply(set []message.Setting) {
	for _, one := range set {
		switch list := one.Value.(type) {
		case []string:
			one.Value = slices.Clone(list)
		case iter.Seq2[string, error]:
			texts := []string{}
			for text := range list {
				texts = append(texts, text)
			}
			one.Value = texts
		}
		s[one.Key] = one.Value
	}
}

func (s stored) recipients() names { return names(s["recips"].([]string)) }

// leftovers are the keys of a record that are not None.
func (s stored) leftovers() (keys []string) {
	for key, value := range s {
		if len(key) > 0 && key[0] == '_' && value != nil {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// relay is a server. Its function answers a transaction; got is who was taken.
type relay struct {
	answer func(mail client.Mail) ([]client.Answer, error)
	// down is the error of a new connection.
	down   func() error
	got    map[string]int
	dialed int
}

func (r *relay) dial(context.Context) (session, error) {
	r.dialed++
	if r.down != nil {
		if err := r.down(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *relay) Close() error { return nil }

func (r *relay) Send(_ context.Context, mail client.Mail) ([]client.Answer, error) {
	answers, err := r.answer(mail)
	if r.got == nil {
		r.got = map[string]int{}
	}
	for i, a := range answers {
		if a.Taken() {
			r.got[mail.To[i]]++
		}
	}
	return answers, err
}

// The answers of a server.
var (
	yes     = client.Answer{Code: 250, Text: "queued", Stage: client.StageEnd}
	notNow  = client.Answer{Code: 450, Enhanced: "4.2.0", Text: "greylisted", Stage: client.StageRcpt}
	never   = client.Answer{Code: 550, Enhanced: "5.1.1", Text: "no such user", Stage: client.StageRcpt}
	enough  = client.Answer{Code: 452, Enhanced: "4.5.3", Text: "too many recipients", Stage: client.StageNext}
	lost    = client.Answer{Text: "connection lost", Stage: client.StageRcpt}
	unknown = client.Answer{Text: "connection lost", Stage: client.StageUnknown}
)

var errLost = &client.Error{Kind: client.Lost, Server: "smtp://relay", Err: errors.New("connection lost")}

// send makes one attempt to send an entry. It returns the attempt, whose list may have
// recipients left.
func (r *relay) send(entry stored, each bool, limit int, note func([]message.Setting) error) (*attempt, error) {
	list := entry.recipients()
	a, err := resume(entry, list, each)
	if err != nil || a.left() == 0 {
		return a, err
	}
	d := &delivery{
		attempt: a, keys: listKeys{recipients: "recips"}, sender: func(string) string { return "list-bounces@example.com" },
		note:        func(set ...message.Setting) error { return note(set) },
		connections: &connections{dial: r.dial, limit: limit}, tell: func(string, []string, []client.Answer) {},
		restored: entry["restored"] != nil,
	}
	return a, d.send(context.Background())
}

var testFates = fates{keys: listKeys{recipients: "recips"}, giveUp: 5 * 24 * time.Hour, server: "relay:25", now: time.Unix(1_700_000_000, 0).UTC()}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
