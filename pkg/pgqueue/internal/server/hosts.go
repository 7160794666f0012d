package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// host is a host that may be the server. Its config has no fallbacks.
type host struct {
	config *pgconn.Config
	name   string
}

// hosts returns the hosts of the connection string.
func (s *Server) hosts(context.Context) ([]host, error) {
	conf := s.parsed
	all := []host{{one(conf, conf.Host, conf.Port, conf), address(conf.Host, conf.Port)}}
	for _, f := range conf.Fallbacks {
		c := conf.Copy()
		c.Host, c.Port, c.TLSConfig, c.Fallbacks = f.Host, f.Port, f.TLSConfig, nil
		all = append(all, host{c, address(f.Host, f.Port)})
	}
	return all, nil
}

func one(conf *pgconn.Config, name string, port uint16, _ *pgconn.Config) *pgconn.Config {
	c := conf.Copy()
	c.Host, c.Port, c.Fallbacks = name, port, nil
	return c
}

// address names a host in errors.
func address(name string, port uint16) string {
	if strings.HasPrefix(name, "/") {
		return fmt.Sprintf("%s/.s.PGSQL.%d", name, port)
	}
	return net.JoinHostPort(name, fmt.Sprint(port))
}

// failed makes a failure of an error in connecting.
func (h host) failed(err error) error {
	f, _ := errors.AsType[*failure](classify(err))
	named := *f
	named.text = h.name + ": " + f.text
	return &named
}

// parse reads the connection string.
func parse(c Config) (*pgconn.Config, error) {
	conf, err := pgconn.ParseConfig(c.DSN)
	if err != nil {
		return nil, failed(ErrConfiguration, "the connection string is not valid")
	}
	conf.ConnectTimeout = 0
	return conf, nil
}
