package qdeliver

import (
	"cmp"
	"fmt"
	"os"

	"switchboard/internal/cmdline"
	"switchboard/pkg/config"
	"switchboard/pkg/deliver"
	"switchboard/pkg/queue"
)

// defaultServer is Mailman's: the mail server of this machine.
const defaultServer = "smtp://localhost"

// settings returns how to deliver, from the options and the configuration. The options win.
func (o *options) settings(c *cmdline.Context) (deliver.Options, error) {
	conf, err := c.Config()
	if err != nil {
		return deliver.Options{}, err
	}
	if o.domain != "" {
		if err := config.CheckDomain(o.domain); err != nil {
			return deliver.Options{}, cmdline.Usagef("option --domain: %v", err)
		}
	}
	set := deliver.Options{
		Domain: cmp.Or(o.domain, conf.Deliver.Domain), GiveUp: cmp.Or(o.giveUp.Value, conf.Deliver.GiveUp),
		Bounce: o.bounce || conf.Deliver.Bounce, MaxFailures: o.maxFailures.Value, Slice: o.Slice.Value,
	}
	set.Server, err = o.mailServer(conf.Deliver)
	return set, err
}

// mailServer returns the server. What the configuration says about TLS and the password
// belongs to the server that it names, and to no other, unless --server has the same user: a
// password must not go where nobody meant it to go.
func (o *options) mailServer(conf config.Deliver) (*deliver.Server, error) {
	url := cmp.Or(o.server, conf.Server, defaultServer)
	s, err := deliver.ParseServer(url)
	if err != nil {
		if o.server != "" {
			return nil, cmdline.Usagef("option --server: %v", err)
		}
		return nil, configError{fmt.Errorf("deliver.server: %w", err)}
	}
	s.Hello = conf.Hello
	theirs := conf.Server == "" || o.server == "" || o.server == conf.Server || s.User != "" && s.User == conf.User
	if theirs {
		if err := configure(s, conf); err != nil {
			return nil, err
		}
	}
	if s.User != "" && s.Password == "" {
		return nil, configError{&queue.Error{
			Path: s.String(), Err: fmt.Errorf("there is no password for %s", s.User),
			Remedy: "set user and password-file in the table [deliver] of switchboard.toml(5)",
		}}
	}
	return s, nil
}

// configure sets what the configuration says about its server.
func configure(s *deliver.Server, conf config.Deliver) (err error) {
	if conf.User != "" && (s.User == "" || s.User == conf.User) {
		s.User = conf.User
		if s.Password, err = conf.Password(); err != nil {
			return fmt.Errorf("deliver.password-file: %w", err)
		}
	}
	if conf.TLS != "" {
		if s.TLS, err = deliver.ParseTLS(conf.TLS); err != nil {
			return configError{err}
		}
	}
	if conf.CAFile == "" {
		return nil
	}
	pem, err := os.ReadFile(conf.CAFile)
	if err == nil {
		s.Roots, err = deliver.Roots(pem)
	}
	if err != nil {
		return configError{fmt.Errorf("deliver.ca-file: %w", err)}
	}
	return nil
}

// configError is an error in the configuration.
type configError struct{ error }

func (e configError) Unwrap() error        { return e.error }
func (e configError) Is(target error) bool { return target == config.Err }
