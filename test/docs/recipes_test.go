package docs

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness"
)

// pageRecipe says what a recipe of switchboard-recipes(7) must do on a site.
type pageRecipe struct {
	// before changes the site.
	before func(t *testing.T, s *site)
	// queues are those of the site whose messages are in PostgreSQL as well. claimed has an
	// entry of the first one in flight.
	queues  []string
	claimed bool
	// pool returns how many entries the database has afterwards, by queue.
	pool   func(s site) map[string]int
	status int
	// says is a part of what is on standard error. If it is empty, nothing may be there.
	says string
	// terminal runs it on a terminal until ^C.
	terminal bool
	// becomes says where entries go: to a path, or "" for those that are deleted. Every other
	// entry stays as it is, unless anywhere is set.
	becomes  func(s site) map[string]string
	anywhere bool
	// check looks at what was printed. Without it, the new paths of the entries that have
	// moved must be printed, and nothing else; nothing at all if silent is set.
	check  func(t *testing.T, s site, r harness.Result)
	silent bool
	// after goes on with the site.
	after func(t *testing.T, s site)
}

// TestPageRecipes runs each recipe of switchboard-recipes(7) on a site, and checks what became
// of every entry, and what was printed.
func TestPageRecipes(t *testing.T) {
	t.Parallel()
	all, found := maps.Clone(pageRecipes), map[string]bool{}
	maps.Copy(all, poolRecipes)
	for _, e := range titled(t) {
		r, ok := all[e.where]
		if !ok {
			t.Errorf("nothing says what %q does: %s", e.where, e.script)
			continue
		}
		if found[e.where] {
			t.Errorf("two recipes are called %q", e.where)
		}
		found[e.where] = true
		t.Run(e.where, func(t *testing.T) {
			t.Parallel()
			r.test(t, newSite(t), e.script)
		})
	}
	for title := range all {
		if !found[title] {
			t.Errorf("the page has no recipe %q", title)
		}
	}
}

// titled returns the recipes of the page: what follows each ".It" up to the end of its lines
// to type.
func titled(t *testing.T) []example {
	t.Helper()
	var all []example
	title := ""
	text, _ := section(page(t, "switchboard-recipes.7"), "I WANT TO")
	for line := range strings.SplitSeq(text, "\n") {
		if next, ok := strings.CutPrefix(line, ".It "); ok {
			title = roff(next)
		}
		shown, ok := strings.CutPrefix(line, ".Dl ")
		switch last := len(all) - 1; {
		case !ok:
		case last >= 0 && all[last].where == title:
			all[last].script += "\n" + roff(shown)
		default:
			all = append(all, example{title, roff(shown)})
		}
	}
	return all
}

func (r pageRecipe) test(t *testing.T, s site, script string) {
	if strings.Count(script, "|") > strings.Count(script, "\n")+1 {
		t.Errorf("%s\nis more than a pipe of two", script)
	}
	if r.before != nil {
		r.before(t, &s)
		s.before = s.files(t)
	}
	if r.pool != nil {
		s.database = s.connect(t, filepath.Join(s.dir, "..", "switchboard.toml"), r.queues...)
		if r.claimed {
			s.run(t, "qdequeue pg:"+r.queues[0])
		}
	}
	run := s.run
	if r.terminal {
		run = s.watch
	}
	got := run(t, script)
	if got.Status != r.status {
		t.Errorf("%s\nexits %d, want %d\n%s%s", script, got.Status, r.status, got.Out, got.Err)
	}
	if r.says == "" && got.Err != "" || !strings.Contains(got.Err, r.says) {
		t.Errorf("%s\nsays %q, want %q", script, got.Err, r.says)
	}
	moves := map[string]string{}
	if r.becomes != nil {
		if moves = r.becomes(s); len(moves) == 0 {
			t.Fatal("the site has no entry for this recipe")
		}
	}
	if !r.anywhere {
		s.has(t, moves)
	}
	if r.pool != nil {
		s.pooled(t, r.pool(s))
	}
	switch {
	case r.check != nil:
		r.check(t, s, got)
	case r.silent && got.Out != "":
		t.Errorf("%s\nprints\n%s", script, got.Out)
	case !r.silent:
		s.printed(t, got, moves)
	}
	if r.after != nil {
		r.after(t, s)
	}
}

// pooled checks how many entries are in each queue of the database.
func (s site) pooled(t *testing.T, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for _, e := range s.database.Entries(t) {
		got[e.Queue]++
	}
	if !maps.Equal(got, want) {
		t.Errorf("the database has %v, want %v", got, want)
	}
}

// printed checks that a command printed the new paths of the entries that have moved.
func (s site) printed(t *testing.T, r harness.Result, moves map[string]string) {
	t.Helper()
	var got, want []string
	for path := range strings.Lines(r.Out) {
		got = append(got, filepath.Clean(strings.TrimSuffix(path, "\n")))
	}
	for _, path := range moves {
		if path != "" {
			want = append(want, filepath.Join(s.dir, path))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("it prints\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// run runs a script as an administrator does, who has a configuration and is somewhere else.
func (s site) run(t *testing.T, script string) harness.Result {
	t.Helper()
	if strings.ContainsFunc(script, func(r rune) bool { return r > 126 }) {
		t.Errorf("%s\ncannot be typed everywhere: it is not ASCII", script)
	}
	cmd := s.shell(script)
	cmd.Stdin = strings.NewReader(exampleMail)
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shell returns a shell that runs a script, not yet started.
func (s site) shell(script string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", "-u", "-c", ending(typed(s.moved(script))))
	cmd.Dir = s.home()
	cmd.Env = append(os.Environ(), "SWITCHBOARD_CONFIG="+filepath.Join(s.dir, "..", "switchboard.toml"),
		"PATH="+s.bin+":"+filepath.Join(s.dir, "..", "..", "bin")+":"+os.Getenv("PATH"))
	return cmd
}

// watch runs a script on a terminal until it has shown something, and then types ^C.
func (s site) watch(t *testing.T, script string) harness.Result {
	t.Helper()
	tool(t, "script")
	cmd := s.shell("exec script -qefc 'exec " + script + "' shown")
	cmd.Env = append(cmd.Env, "TERM=xterm")
	keys, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer keys.Close()
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if shown, err := os.ReadFile(filepath.Join(s.home(), "shown")); err == nil && bytes.Contains(shown, []byte("/out")) {
				break
			}
		}
		keys.Write([]byte{3})
	}()
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// moved replaces a machine's directories in a script by those of the site.
func (s site) moved(script string) string {
	return strings.NewReplacer("/usr/local/bin/", s.bin+"/", "/var/lib/mailman/qfiles", s.dir, "/old/qfiles", s.dir, "/var/log", filepath.Dir(s.dir),
		"/var/lib/mailman3", filepath.Join(s.dir, "../../mailman3")).Replace(script)
}
