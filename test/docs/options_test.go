// Package docs holds the documents to the commands: what a manual page, a
// completion or the README says must be so.
package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// commands are the names of the commands, from the folders.
func commands(t *testing.T) []string {
	t.Helper()
	list, err := os.ReadDir(root + "/cmd")
	if err != nil || len(list) == 0 {
		t.Fatalf("no commands: %v", err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "docs")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		bin = dir
		build := exec.Command("go", "build", "-tags", "urfave_cli_no_docs,urfave_cli_no_suggest", "-o", dir+"/", "./cmd/...")
		build.Dir = root
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			os.Stderr.Write(out)
			return 1
		}
		return m.Run()
	}())
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func help(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(bin, command), "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// options are the options that a text has, by how it writes them down.
func options(text string, expressions ...string) []string {
	var all []string
	for _, e := range expressions {
		for _, m := range regexp.MustCompile(e).FindAllStringSubmatch(text, -1) {
			for _, option := range m[1:] {
				if option != "" {
					all = append(all, strings.Trim(option, "-"))
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, c := range commands(t) {
		want := options(help(t, c), `(?m)^  (?:(-\w), |    )(--[\w-]+)`)
		if len(want) < 6 {
			t.Fatalf("%s --help has the options %v only", c, want)
		}
		for what, have := range map[string][]string{
			"man page": options(read(t, "man/"+c+".1"), `(?m)^\.It Fl (\w) , Fl -([\w-]+)`, `(?m)^\.It Fl -([\w-]+)`),
			"bash":     options(regexp.MustCompile(`compgen -W "-[^"]*`).FindString(read(t, "completion/bash/"+c)), `(-{1,2}[\w-]+)`),
			"zsh":      options(read(t, "completion/zsh/_"+c), `\{(-\w),(--[\w-]+)\}`, `(?m)^  '(--[\w-]+)\[`),
			"fish":     options(read(t, "completion/fish/"+c+".fish"), `(?m)^complete .* -s (\w) -l ([\w-]+)`, `(?m)^complete -c \w+ -l ([\w-]+)`),
		} {
			have = slices.DeleteFunc(have, func(o string) bool { return o == "W" && what == "bash" })
			if !slices.Equal(have, want) {
				t.Errorf("%s: %s has\n%v, --help\n%v", c, what, have, want)
			}
		}
	}
}

// TestHelp keeps --help to a terminal's size, with an example.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, c := range commands(t) {
		text := help(t, c)
		lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
		if len(lines) > 24 {
			t.Errorf("%s --help has %d lines", c, len(lines))
		}
		for _, line := range lines {
			if len([]rune(line)) > 80 {
				t.Errorf("%s --help has a line of %d: %s", c, len([]rune(line)), line)
			}
		}
		if !strings.Contains(lines[len(lines)-1], c) {
			t.Errorf("%s --help ends without an example: %s", c, lines[len(lines)-1])
		}
	}
}

// TestStatuses holds the manual pages to the table in switchboard(7).
func TestStatuses(t *testing.T) {
	t.Parallel()
	status := regexp.MustCompile(`(?m)^\.It (\d+)$`)
	known := status.FindAllString(read(t, "man/switchboard.7"), -1)
	if len(known) < 10 {
		t.Fatalf("switchboard(7) has the statuses %v only", known)
	}
	for _, c := range commands(t) {
		have := status.FindAllString(read(t, "man/"+c+".1"), -1)
		if len(have) < 5 {
			t.Errorf("%s(1) has the statuses %v only", c, have)
		}
		for _, s := range have {
			if !slices.Contains(known, s) {
				t.Errorf("%s(1) has %q, which switchboard(7) has not", c, s)
			}
		}
	}
}

func TestMandoc(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("mandoc"); err != nil {
		if os.Getenv("SWITCHBOARD_CI") != "" {
			t.Fatal("no mandoc")
		}
		t.Skip("SKIP: no mandoc to check the manual pages with")
	}
	pages, _ := filepath.Glob(root + "/man/*")
	if len(pages) < len(commands(t))+3 {
		t.Errorf("pages: %v", pages)
	}
	if out, err := exec.Command("mandoc", append([]string{"-Tlint", "-Wwarning"}, pages...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
