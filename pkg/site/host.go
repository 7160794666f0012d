package site

import (
	"os"
	"slices"
	"strings"
)

// isOurs reports whether the host name in a lock is that of this machine. Mailman
// 2.1 writes the host name. Mailman 3 writes what Python's getfqdn makes of it:
// often a name in /etc/hosts, on some machines "localhost".
func (m *machine) isOurs(host string) bool {
	own, err := m.hostname()
	if err != nil {
		return false
	}
	names := append(m.aliases(own), own)
	short := func(name string) string { name, _, _ = strings.Cut(name, "."); return name }
	return short(host) == "localhost" || slices.ContainsFunc(names, func(name string) bool {
		return strings.EqualFold(name, host) || strings.EqualFold(short(name), short(host)) && (short(name) == name || short(host) == host)
	})
}

// aliases returns the names in /etc/hosts of the addresses that have this name.
func (m *machine) aliases(name string) []string {
	text, err := os.ReadFile(m.root + "/etc/hosts")
	if err != nil {
		return nil
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if fields := strings.Fields(line); len(fields) > 1 && slices.Contains(fields[1:], name) {
			names = append(names, fields[1:]...)
		}
	}
	return names
}
