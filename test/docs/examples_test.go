package docs

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// example is a command line or script in a document.
type example struct{ where, script string }

// status has the exit statuses of examples that do not exit with 0, by a part of the
// script.
var status = map[string]int{
	"qstat -w 15m -c 2h":     2, // the oldest entries are of 2023
	"qstat --state inflight": 2,
	"--warning-count 1":      1,
	"qrestore --min-age 10m": 75, // what is in flight is younger
	"qstat --watch":          64, // there is no terminal
}

// TestExamples runs every example in --help and in the manual.
func TestExamples(t *testing.T) {
	t.Parallel()
	examples := append(helpExamples(t), manExamples(t)...)
	if len(examples) < 25 {
		t.Fatalf("only %d examples found", len(examples))
	}
	for i, e := range examples {
		t.Run(fmt.Sprintf("%s-%d", e.where, i), func(t *testing.T) {
			t.Parallel()
			if strings.Contains(e.script, "flock ") {
				tool(t, "flock")
			}
			s := newSandbox(t)
			if e.needsDatabase() {
				s.database = s.connect(t, s.config, "in", "out")
			}
			before := s.queued(t)
			r := s.run(t, typed(e.script))
			want := 0
			for part, status := range status {
				if strings.Contains(e.script, part) {
					want = status
				}
			}
			if r.Status != want {
				t.Errorf("%s\nexits %d, want %d\n%s%s", e.script, r.Status, want, r.Out, r.Err)
			}
			if r.Err != "" && !talks.MatchString(e.script) {
				t.Errorf("%s\nsays\n%s", e.script, r.Err)
			}
			if after := s.queued(t); after < before && !finishes.MatchString(e.script) {
				t.Errorf("%s\nleaves %d of %d messages", e.script, after, before)
			}
			for _, o := range outcomes {
				if o.of(e) {
					o.check(t, s, r)
				}
			}
		})
	}
}

// finishes matches examples that remove messages.
var finishes = regexp.MustCompile(`qfinish ("|-$|- )|qrun |qdiscard --(list|older|sender)|qdeliver (-\w|--(domain|give-up|server))`)

// talks matches examples that may write on standard error: the sandbox has an entry that a
// crash left, qdiscard says how many it deleted, --watch has no terminal,
// and the database has no standbys.
var talks = regexp.MustCompile(`qrun |--min-age|migrate-mailman2|qdiscard |--watch|qdeliver -v|switchboard-pg check`)

// aliasLine matches a line of an alias file, whose command gets the message.
var aliasLine = regexp.MustCompile(`^\w+: +"\|(.*)"$`)

// typed returns the command in a line of an alias file or a crontab, and any other
// script as it is.
func typed(script string) string {
	if m := aliasLine.FindStringSubmatch(script); m != nil {
		return m[1]
	}
	if m := regexp.MustCompile(`^\S+ \S+ \* \* [\d*] \w+ +(.*)$`).FindStringSubmatch(script); m != nil {
		return m[1]
	}
	return script
}

// helpExamples returns the lines after the last blank line of each help text.
func helpExamples(t *testing.T) []example {
	var all []example
	for _, name := range commands(t) {
		text := strings.TrimSpace(help(t, name))
		for line := range strings.SplitSeq(text[strings.LastIndex(text, "\n\n")+2:], "\n") {
			all = append(all, example{name + "--help", strings.TrimSpace(line)})
		}
	}
	return all
}

// manExamples returns the displayed lines and blocks in EXAMPLES, and in the parts on
// scripts, on moving from Mailman 2.1 and on queues in PostgreSQL.
func manExamples(t *testing.T) []example {
	var all []example
	for _, path := range glob(t, "man/*.[1578]") {
		name := filepath.Base(path)
		if name == "switchboard.toml.5" || name == "switchboard-recipes.7" {
			continue // one shows a file, and TestPageRecipes runs the other
		}
		text := page(t, name)
		parts := []string{}
		for _, heading := range []string{"EXAMPLES", "MOVING FROM MAILMAN 2.1"} {
			if body, ok := section(text, heading); ok {
				parts = append(parts, body)
			}
		}
		for _, heading := range []string{"Scripts", "Queues in PostgreSQL"} {
			if _, rest, ok := strings.Cut(text, "\n.Ss "+heading+"\n"); ok {
				body, _, _ := strings.Cut(rest, "\n.S")
				parts = append(parts, body)
			}
		}
		for _, body := range parts {
			var block []string
			in := false
			for line := range strings.SplitSeq(body, "\n") {
				switch {
				case strings.HasPrefix(line, ".Bd "):
					in, block = true, nil
				case line == ".Ed":
					in = false
					all = append(all, example{name, roff(strings.Join(block, "\n"))})
				case in:
					block = append(block, line)
				case strings.HasPrefix(line, ".Dl "):
					all = append(all, example{name, roff(strings.TrimPrefix(line, ".Dl "))})
				}
			}
		}
	}
	return all
}

// roff replaces the escapes of a line by what they print.
func roff(s string) string {
	return strings.NewReplacer(`\(dq`, `"`, `\(aq`, `'`, `\&`, "", `\e`, `\`).Replace(s)
}
