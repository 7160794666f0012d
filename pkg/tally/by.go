package tally

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// By says what the entries of a group have in common.
type By uint8

const (
	// List is the list that the entry is for.
	List By = iota
	// Sender is the address of [message.Content.Sender].
	Sender
	// SenderDomain is the domain of that address.
	SenderDomain
	// RecipientDomain is the domain of one of the addresses of
	// [message.Content.Recipients]. An entry can have several, and be in several groups.
	RecipientDomain
	// Origin is the queue that a preserved or shunted entry came from.
	Origin
	// Hour is the hour in which the entry was received, in UTC.
	Hour
)

var words = [...]string{"list", "sender", "sender-domain", "recipient-domain", "origin", "hour"}

// String returns the word for it in options.
func (b By) String() string { return words[b] }

// Parse parses a word that String returns.
func Parse(word string) (By, error) {
	if i := slices.Index(words[:], word); i >= 0 {
		return By(i), nil
	}
	last := len(words) - 1
	return 0, fmt.Errorf("GROUP must be %s or %s", strings.Join(words[:last], ", "), words[last])
}

// Reads reports whether the content of an entry is needed to tell its groups.
func (b By) Reads() bool { return b != Hour }

// mostName is how long the name of a group is at most, in bytes. Nobody has a longer
// address, and the names of groups must fit into memory.
const mostName = 1000

// Names returns the names of an entry's groups, each once. The name is "" for an entry that
// has none. Lists, addresses and domains are in lower case, because Mailman does not tell
// upper and lower case apart. content may be nil unless b reads it.
func (b By) Names(id queue.ID, content *message.Content) []string {
	switch b {
	case List:
		return one(lower(content.List()))
	case Sender:
		return one(lower(content.Sender()))
	case SenderDomain:
		return one(domain(content.Sender()))
	case RecipientDomain:
		return domains(content.Recipients())
	case Origin:
		return one(content.WhichQueue())
	}
	return one(id.Received().Truncate(time.Hour).Format(time.RFC3339))
}

func one(name string) []string { return []string{name[:min(len(name), mostName)]} }

// domains returns the domains of addresses, each once.
func domains(addresses []string) []string {
	var once []string
	seen := make(map[string]bool)
	for _, address := range addresses {
		name := one(domain(address))[0]
		if !seen[name] {
			seen[name] = true
			once = append(once, name)
		}
	}
	if len(once) == 0 {
		return []string{""}
	}
	return once
}

// domain returns the domain of an address, without a dot at its end, or "" if it has none.
func domain(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	return lower(strings.TrimRight(address[at+1:], "."))
}

// lower puts ASCII letters into lower case. It leaves bytes alone that are not UTF-8, which
// strings.ToLower replaces.
func lower(s string) string {
	if strings.IndexFunc(s, isUpper) < 0 {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if isUpper(rune(c)) {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

func isUpper(r rune) bool { return 'A' <= r && r <= 'Z' }
