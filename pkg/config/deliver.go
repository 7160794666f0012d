package config

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/BurntSushi/toml"

	"switchboard/pkg/duration"
)

// Deliver is what the table [deliver] says about sending mail. A setting that the file does
// not have is "", 0 or false.
type Deliver struct {
	// Server is the URL of the mail server. This package does not read it.
	Server string
	// Domain is the domain of the lists whose metadata names none.
	Domain string
	// TLS is one of the constants below, or "".
	TLS string
	// CAFile is the path of the certificates that the server's is checked with.
	CAFile string
	// User is the name to log in with. PasswordFile has the password: see Password. Both
	// are set, or neither.
	User, PasswordFile string
	// Hello is the name that the server is greeted with.
	Hello string
	// GiveUp is how long a message is tried. It is more than 0 if it is set.
	GiveUp time.Duration
	// Bounce means that the sender is told about recipients that were refused.
	Bounce bool
}

// Values of Deliver.TLS.
const (
	TLSRequired = "required"
	TLSWanted   = "wanted"
	TLSOff      = "off"
)

// deliverTable is the name of the table.
const deliverTable = "deliver"

// setDeliver stores the value of a key: deliver or deliver.KEY.
func (p *parser) setDeliver(key toml.Key, value any) error {
	switch len(key) {
	case 1:
		if _, ok := value.(map[string]any); !ok {
			return errTable
		}
		return nil
	case 2:
		return p.config.delivery(strings.ToLower(key[1]), value)
	}
	return errUnknown
}

// delivery stores a setting of the table [deliver].
func (c *Config) delivery(name string, value any) error {
	d := &c.Deliver
	switch name {
	case "server":
		return setText(&d.Server, value, nil)
	case "domain":
		return setText(&d.Domain, value, CheckDomain)
	case "tls":
		return setText(&d.TLS, value, checkTLS)
	case "ca-file":
		return c.setPath(&d.CAFile, value)
	case "user":
		return setText(&d.User, value, checkPlain)
	case "password-file":
		return c.setPath(&d.PasswordFile, value)
	case "password": // not a key
		return errors.New("must not be here: put it into a file that only its owner and group can read, and name that with password-file")
	case "hello":
		return setText(&d.Hello, value, checkHello)
	case "give-up":
		return setDuration(&d.GiveUp, value)
	case "bounce":
		is, ok := value.(bool)
		if !ok {
			return errors.New("must be true or false")
		}
		d.Bounce = is
		return nil
	}
	return errUnknown
}

// pairDeliver checks that a name to log in with has a password, and the reverse.
func (p *parser) pairDeliver(key toml.Key) error {
	d := p.config.Deliver
	switch name := strings.ToLower(key[len(key)-1]); {
	case name == "user" && d.PasswordFile == "":
		return errors.New("needs password-file")
	case name == "password-file" && d.User == "":
		return errors.New("needs user")
	}
	return nil
}

// setText stores a string that check accepts.
func setText(to *string, value any, check func(string) error) error {
	s, err := text(value)
	if err == nil && check != nil {
		err = check(s)
	}
	if err != nil {
		return err
	}
	*to = s
	return nil
}

func setDuration(to *time.Duration, value any) error {
	s, err := text(value)
	if err != nil {
		return err
	}
	d, err := duration.Parse(s)
	if err == nil && d == 0 {
		err = errors.New("must be longer than 0")
	}
	if err != nil {
		return err
	}
	*to = d
	return nil
}

func checkTLS(s string) error {
	switch s {
	case TLSRequired, TLSWanted, TLSOff:
		return nil
	}
	return fmt.Errorf("%q is not %s, %s or %s", s, TLSRequired, TLSWanted, TLSOff)
}

// The limits of RFC 1035, 2.3.4, in bytes.
const (
	maxDomain = 253
	maxLabel  = 63
)

// CheckDomain returns what is wrong with the name of a domain. It becomes a part of
// addresses, so an @, a blank or a control character in it would make other addresses of
// them.
func CheckDomain(s string) error {
	if len(s) > maxDomain {
		return fmt.Errorf("a name of %d bytes is not a domain", len(s))
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, func(r rune) bool {
			return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
		}) {
			return fmt.Errorf("%q is not a domain", s)
		}
	}
	return nil
}

// checkHello accepts an address literal, such as [192.0.2.1], as well as a name.
func checkHello(s string) error {
	if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") &&
		strings.Trim(inner, "0123456789abcdefABCDEFIPv:.]") == "" {
		return nil
	}
	if CheckDomain(s) != nil {
		return fmt.Errorf("%q is not the name of a host", s)
	}
	return nil
}

func checkPlain(s string) error {
	if strings.ContainsFunc(s, unicode.IsControl) {
		return errors.New("has a control character in it")
	}
	return nil
}
