package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// host is a host that may have the server.
type host struct {
	// name says in errors which it is.
	name string
	// lookup is what its addresses are found by: a name, an address, or a directory with a
	// socket.
	lookup string
	// ways are how it is connected to: with TLS, without, or with one if the other is
	// refused. They have no fallbacks.
	ways []*pgconn.Config
}

// hosts returns the hosts of a connection string.
func (s settings) hosts() ([]*host, error) {
	list := func(key string) []string { return strings.Split(s[key], ",") }
	names, addresses, ports := list("host"), list("hostaddr"), list("port")
	if s["host"] == "" {
		names = addresses
	}
	if s["hostaddr"] != "" && len(addresses) != len(names) || len(ports) > 1 && len(ports) != len(names) {
		return nil, failed(ErrConfiguration, "the connection string: host, hostaddr and port do not have the same number of values")
	}
	var all []*host
	for i, name := range names {
		name = cmp.Or(name, defaultHost())
		port := cmp.Or(ports[min(i, len(ports)-1)], "5432")
		conf, err := pgconn.ParseConfig(s.text(name, port))
		if err != nil {
			// The text of the error repeats the connection string. Its cause does not.
			if err = errors.Unwrap(err); err == nil {
				err = errors.New("is not valid")
			}
			return nil, failed(ErrConfiguration, "the connection string: %w", err)
		}
		h := &host{name: net.JoinHostPort(name, port), lookup: name}
		if strings.HasPrefix(name, "/") {
			h.name = fmt.Sprintf("%s/.s.PGSQL.%s", name, port)
		} else if s["hostaddr"] != "" {
			h.lookup = cmp.Or(addresses[i], name)
		}
		for n := range len(conf.Fallbacks) + 1 {
			way := conf.Copy()
			if n > 0 {
				way.TLSConfig = way.Fallbacks[n-1].TLSConfig
			}
			way.Fallbacks = nil
			h.ways = append(h.ways, way)
		}
		all = append(all, h)
	}
	return all, nil
}

// addresses returns the addresses of a host.
func (h *host) addresses(ctx context.Context) ([]string, error) {
	if strings.HasPrefix(h.lookup, "/") {
		return []string{h.lookup}, nil
	}
	return net.DefaultResolver.LookupHost(ctx, h.lookup)
}

// each calls f with a context for each of n things that share the time until the deadline of
// ctx, until f returns true. One that uses up its share leaves the others theirs.
func each(ctx context.Context, n int, f func(ctx context.Context, i int) bool) {
	deadline, _ := ctx.Deadline()
	for i := range n {
		share, cancel := context.WithTimeout(ctx, time.Until(deadline)/time.Duration(n-i))
		done := f(share, i)
		cancel()
		if done || ctx.Err() != nil {
			return
		}
	}
}

// failed makes a failure of an error in connecting.
func (h *host) failed(err error) *failure {
	named := failure{kind: ErrUnreachable, text: err.Error()}
	if f, ok := errors.AsType[*failure](classify(err)); ok {
		named = *f
	}
	named.text = h.name + ": " + named.text
	return &named
}
