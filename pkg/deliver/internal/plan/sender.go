package plan

import (
	"errors"
	"fmt"
	"strings"

	"switchboard/pkg/message"
)

// ErrNeedsDomain is the error for an entry whose sender is an address of its list, if
// nobody says in which domain that is.
var ErrNeedsDomain = errors.New("the domain of its list is not known")

// siteList is the list that Mailman 2.1 takes for a message of no list.
const siteList = "mailman"

// sender returns the envelope sender without VERP. It is empty for the null sender.
func sender(c *message.Content, key, domain string) (string, error) {
	given := "envsender"
	if key == RecipientsKey {
		given = "sender" // its envsender is that of the post
	}
	address, ok, err := c.Text(given)
	switch {
	case err != nil:
		return "", err
	case !ok:
		if given, address, err = bounces(c, key, domain); err != nil {
			return "", err
		}
	case address == "" || address == "<>":
		return "", nil
	}
	if why := unsendable(address); why != "" {
		return "", fmt.Errorf("%w: metadata %s: no sender: %s", message.ErrMalformed, given, why)
	}
	return address, nil
}

// bounces returns the address of the list's bounce handler, and the metadata key that
// names the list.
func bounces(c *message.Content, key, domain string) (from, address string, err error) {
	keys := [2]string{"listname", "listid"}
	if key == RecipientsKey {
		keys = [2]string{"listid", "listname"}
	}
	for _, from := range keys {
		list, ok, err := c.Text(from)
		if err != nil {
			return from, "", err
		}
		if !ok || list == "" {
			continue
		}
		name, host := list, domain
		if n, h, ok := strings.Cut(list, "@"); ok {
			name, host = n, h // the betas of Mailman 3, and ports of 2.1
		} else if from == "listid" {
			name, host = splitID(c, list, domain)
		}
		if host == "" {
			host = domain
		}
		if host == "" {
			return from, "", fmt.Errorf("list %s: %w", list, ErrNeedsDomain)
		}
		return from, name + "-bounces@" + host, nil
	}
	if key == RecipientsKey {
		return "", "", fmt.Errorf("%w: metadata has neither sender nor listid", message.ErrMalformed)
	}
	if domain == "" {
		return "", "", fmt.Errorf("no list: %w", ErrNeedsDomain)
	}
	return "listname", siteList + "-bounces@" + domain, nil
}

// splitID splits a list's ID into its name and its domain. Both may have dots. The domain
// that is given decides, then what Mailman has written into the header. Else the name has
// no dot.
func splitID(c *message.Content, id, domain string) (name, host string) {
	if name, ok := strings.CutSuffix(id, "."+domain); ok && domain != "" && name != "" {
		return name, domain
	}
	for _, field := range [...]struct{ name, suffix string }{{"List-Post", ""}, {"List-Owner", "-owner"}} {
		value, _ := c.Decoded(field.name)
		address, isMail := strings.CutPrefix(value, "<mailto:")
		name, rest, _ := strings.Cut(address, "@")
		host, _, closed := strings.Cut(rest, ">")
		name, ofList := strings.CutSuffix(name, field.suffix)
		if isMail && closed && ofList && strings.Contains(host, ".") && name+"."+host == id {
			return name, host
		}
	}
	name, host, _ = strings.Cut(id, ".")
	return name, host
}

// specials are the ASCII characters that the local part of an address may have only inside
// quotes.
const specials = " \"(),:;<>@[\\]"

// Sender returns the envelope sender for a recipient. It is empty for the null sender.
// Unless the message is sent with VERP, it is the same for all.
func (p *Plan) Sender(recipient string) string {
	if !p.verp {
		return p.sender
	}
	from, to := p.sender, recipient
	if p.Key == RecipsKey {
		from, to = lower(from), lower(to)
	}
	mailbox, domain, ok1 := strings.Cut(from, "@")
	local, host, ok2 := strings.Cut(to, "@")
	// Mailman would make an address that no server takes.
	if !ok1 || !ok2 || local == "" || strings.ContainsAny(local+host, specials) {
		return p.sender
	}
	verp := mailbox + "+" + local + "=" + host + "@" + domain
	if unsendable(verp) != "" {
		return p.sender
	}
	return verp
}

// lower is Python 2's str.lower.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
