package cmdline

import (
	"regexp"
	"slices"
	"strings"
)

// commands are the names of all commands.
var commands = []string{"qcat", "qdeliver", "qdequeue", "qdiscard", "qenqueue", "qfinish", "qmove", "qrestore", "qrun", "qstat"}

// withPrefix writes the commands in an example or a hint as they are installed: a
// command that was called as mm-qstat names mm-qcat. own is a command's own name, and
// called is what it was called as.
func withPrefix(text, own, called string) string {
	if own == called {
		return text
	}
	prefix, _ := strings.CutSuffix(called, own)
	if prefix == called {
		prefix = "" // only this command was renamed
	}
	// Match paths as whole words: in "/usr/bin/qcat", qcat must not change.
	word := regexp.MustCompile(`[\w./+-]+`)
	return word.ReplaceAllStringFunc(text, func(name string) string {
		switch {
		case name == own:
			return called
		case slices.Contains(commands, name):
			return prefix + name
		}
		return name
	})
}
