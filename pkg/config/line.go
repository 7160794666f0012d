package config

import (
	"strings"

	"github.com/BurntSushi/toml"
)

// lineOf finds the line in which a key is set, which the TOML reader does not
// tell for a key that it read well. 0 is not found.
func lineOf(text string, key toml.Key) int {
	table := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			end := strings.LastIndexByte(line, ']')
			if end < 0 {
				continue
			}
			table = plain(strings.Trim(line[:end], "[] \t"))
			if table == plain(key.String()) {
				return i + 1
			}
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		full := plain(name)
		if table != "" {
			full = table + "." + full
		}
		if want := plain(key.String()); full == want || strings.HasPrefix(want, full+".") {
			return i + 1
		}
	}
	return 0
}

// plain is a key as written, without quotes and blanks.
func plain(key string) string {
	return strings.NewReplacer(`"`, "", "'", "", " ", "", "\t", "").Replace(key)
}
