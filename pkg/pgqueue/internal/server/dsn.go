package server

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// parseDSN reads a connection string or URL. Its errors have nothing of the values in them,
// because one may be a password.
func parseDSN(text string) (settings, error) {
	if strings.ContainsRune(text, 0) {
		return nil, errors.New("has a NUL in it")
	}
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if rest, ok := strings.CutPrefix(text, scheme); ok {
			return parseURL(rest)
		}
	}
	return parseKeywords(text)
}

const blanks = " \t\n\r\v\f"

// parseKeywords reads KEYWORD=VALUE pairs. A value may be in single quotes, and a backslash
// takes the next byte as it is.
func parseKeywords(text string) (settings, error) {
	s := settings{}
	for {
		text = strings.TrimLeft(text, blanks)
		if text == "" {
			return s, nil
		}
		key, rest, ok := strings.Cut(text, "=")
		key = strings.TrimRight(key, blanks)
		if !ok || key == "" || strings.ContainsAny(key, blanks) {
			return nil, errors.New("is not a list of KEYWORD=VALUE")
		}
		rest = strings.TrimLeft(rest, blanks)
		quoted := strings.HasPrefix(rest, "'")
		if quoted {
			rest = rest[1:]
		}
		var value strings.Builder
		i, closed := 0, false
		for ; i < len(rest) && !closed; i++ {
			switch b := rest[i]; {
			case b == '\\':
				if i++; i < len(rest) {
					value.WriteByte(rest[i])
				}
			case quoted && b == '\'', !quoted && strings.IndexByte(blanks, b) >= 0:
				closed = true
			default:
				value.WriteByte(b)
			}
		}
		if quoted && !closed {
			return nil, fmt.Errorf("the value of %s has no closing quote", key)
		}
		s[key] = value.String()
		text = rest[min(i, len(rest)):]
	}
}

// parseURL reads USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?KEYWORD=VALUE&…
func parseURL(text string) (settings, error) {
	s := settings{}
	text, query, _ := strings.Cut(text, "?")
	authority, database, _ := strings.Cut(text, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		name, secret, has := strings.Cut(authority[:at], ":")
		authority = authority[at+1:]
		if err := s.decode("user", name); err != nil {
			return nil, err
		}
		if has {
			if err := s.decode("password", secret); err != nil {
				return nil, err
			}
		}
	}
	var hosts, ports []string
	for host := range strings.SplitSeq(authority, ",") {
		name, port, err := splitHost(host)
		if err != nil {
			return nil, err
		}
		if name, err = url.PathUnescape(name); err != nil {
			return nil, errors.New("a host is not percent-encoded")
		}
		hosts, ports = append(hosts, name), append(ports, port)
	}
	if authority != "" {
		s["host"] = strings.Join(hosts, ",")
		if ports := strings.Join(ports, ","); strings.Trim(ports, ",") != "" {
			s["port"] = ports
		}
	}
	if database != "" {
		if err := s.decode("dbname", database); err != nil {
			return nil, err
		}
	}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		key, err := url.PathUnescape(key)
		if !ok || err != nil || key == "" {
			return nil, errors.New("what follows the ? is not KEYWORD=VALUE")
		}
		if key == "ssl" && value == "true" {
			key, value = "sslmode", "require"
		}
		if err := s.decode(key, value); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// decode stores a percent-encoded value.
func (s settings) decode(key, value string) error {
	plain, err := url.PathUnescape(value)
	if err != nil || strings.ContainsRune(plain, 0) {
		return fmt.Errorf("%s is not percent-encoded", key)
	}
	s[key] = plain
	return nil
}

// splitHost splits HOST:PORT, where HOST may be an IPv6 address in brackets.
func splitHost(text string) (name, port string, err error) {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		name, rest, closed := strings.Cut(inner, "]")
		if !closed || rest != "" && rest[0] != ':' {
			return "", "", errors.New("a host has no closing bracket")
		}
		return name, strings.TrimPrefix(rest, ":"), nil
	}
	name, port, _ = strings.Cut(text, ":")
	return name, port, nil
}
