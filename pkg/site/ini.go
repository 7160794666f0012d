package site

import "strings"

// parseINI reads a configuration file of Mailman 3: sections of NAME: VALUE or NAME
// = VALUE, where an indented line continues the value. It returns false for
// anything else, such as a file that includes other files. A package for the format
// would compile its patterns at every start.
func parseINI(text string) (map[string]map[string]string, bool) {
	ini := map[string]map[string]string{}
	var settings map[string]string
	last := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case trimmed[0] == '[' && line[0] == '[':
			name, _, ok := strings.Cut(trimmed[1:], "]")
			if !ok || name == "meta" {
				return nil, false
			}
			if ini[name] == nil {
				ini[name] = map[string]string{}
			}
			settings, last = ini[name], ""
		case settings == nil:
			return nil, false
		case line[0] == ' ' || line[0] == '\t':
			if last == "" {
				return nil, false
			}
			settings[last] += "\n" + trimmed
		default:
			i := strings.IndexAny(trimmed, ":=")
			if i < 0 {
				return nil, false
			}
			last = strings.ToLower(strings.TrimSpace(trimmed[:i]))
			settings[last] = strings.TrimSpace(trimmed[i+1:])
		}
	}
	return ini, true
}
