package runner

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPlugins checks that the definitions for Icinga and Nagios run qstat as a plugin, with the
// services in their comments: mail that waits is critical, and mail in shunt a warning.
func TestPlugins(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, queue := range []string{"out", "shunt", "bad"} {
		s.make(queue)
	}
	s.put("out", 1, ".pck", plain(1))
	s.put("shunt", 2, ".pck", plain(2))
	for name, commands := range map[string][][]string{"Icinga": icinga(t), "Nagios": nagios(t)} {
		if len(commands) != 2 {
			t.Fatalf("%s has the commands %q", name, commands)
		}
		for i, want := range []struct {
			status int
			out    string
		}{{2, "QUEUE CRITICAL - oldest ready "}, {1, "QUEUE WARNING - oldest ready "}} {
			r := s.run(filepath.Base(commands[i][0]), commands[i][1:]...)
			if r.Status != want.status || r.Err != "" || !strings.HasPrefix(r.Out, want.out) {
				t.Errorf("%s: %q: status %d, %q, %q", name, commands[i], r.Status, r.Out, r.Err)
			}
		}
	}
}

func contribFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "contrib", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// icinga returns the commands of the services that the comment of Icinga's definition has.
func icinga(t *testing.T) [][]string {
	t.Helper()
	comment, definition, ok := strings.Cut(contribFile(t, "icinga/switchboard.conf"), " */\n")
	if !ok || strings.Count(definition, "{") != strings.Count(definition, "}") || strings.Count(definition, `"`)%2 != 0 {
		t.Fatalf("Icinga cannot read\n%s", definition)
	}
	program := regexp.MustCompile(`(?m)^  command = \[ "(.*)" \]$`).FindStringSubmatch(definition)
	var all [][]string
	for service := range strings.SplitSeq(comment, "object Service ") {
		set := map[string][]string{}
		for _, m := range regexp.MustCompile(`vars\.(\w+) = (.*)`).FindAllStringSubmatch(service, -1) {
			for value := range strings.SplitSeq(strings.Trim(m[2], "[ ]"), ", ") {
				set[m[1]] = append(set[m[1]], strings.Trim(value, `"`))
			}
		}
		if len(set) == 0 {
			continue
		}
		command := []string{program[1]}
		for _, m := range regexp.MustCompile(`(?s)\n    "([\w-]+)" = \{\n      value = "\$(\w+)\$"\n(.*?)\n    \}`).FindAllStringSubmatch(definition, -1) {
			values := set[m[2]]
			delete(set, m[2])
			if !strings.Contains(m[3], "skip_key = true") {
				if len(values) > 0 {
					command = append(command, m[1], values[0])
				}
			} else if !strings.Contains(m[3], "order = 1") {
				t.Error("operands do not come after the options")
			} else {
				command = append(command, values...)
			}
		}
		if len(set) > 0 {
			t.Errorf("Icinga's definition does not use %v", set)
		}
		all = append(all, command)
	}
	return all
}

// nagios returns the commands of the services that the comment of Nagios' definitions has.
func nagios(t *testing.T) [][]string {
	t.Helper()
	text := contribFile(t, "nagios/switchboard.cfg")
	lines := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^define command \{\n +command_name +(\w+)\n +command_line +(.*)\n\}$`).FindAllStringSubmatch(text, -1) {
		lines[m[1]] = m[2]
	}
	var all [][]string
	for _, m := range regexp.MustCompile(`(?m)^# +check_command +(.*)$`).FindAllStringSubmatch(text, -1) {
		words := strings.Split(m[1], "!")
		line, ok := lines[words[0]]
		if !ok || len(words) != 4 {
			t.Fatalf("Nagios has no command for %q", m[1])
		}
		all = append(all, strings.Fields(strings.NewReplacer("$ARG1$", words[1], "$ARG2$", words[2], "$ARG3$", words[3]).Replace(line)))
	}
	return all
}
