package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// completions returns the completion files of a command by shell, relative to the
// project.
func completions(name string) map[string]string {
	return map[string]string{
		"bash": "completion/bash/" + name,
		"zsh":  "completion/zsh/_" + name,
		"fish": "completion/fish/" + name + ".fish",
	}
}

var (
	bashWords  = regexp.MustCompile(`compgen -W "(-[^"]*)"`)
	zshOption  = regexp.MustCompile(`\{(-\w),(--[\w-]+)\}|(--[\w-]+)\[`)
	fishOption = regexp.MustCompile(` -(s|l) ([\w-]+)`)
)

// TestCompletionsHaveTheOptions checks that the completions offer the options that
// --help lists, and no others.
func TestCompletionsHaveTheOptions(t *testing.T) {
	t.Parallel()
	for _, name := range commands(t) {
		want := names(options(t, help(t, name)))
		haveTheOptions(t, completions(name), want)
	}
}

// haveTheOptions checks the options that the completion files of a command offer.
func haveTheOptions(t *testing.T, files map[string]string, want []string) {
	t.Helper()
	var bash []string
	for _, m := range bashWords.FindAllStringSubmatch(read(t, files["bash"]), -1) {
		bash = append(bash, strings.Fields(m[1])...)
	}
	same(t, files["bash"], bash, want)

	var zsh []string
	for _, m := range zshOption.FindAllStringSubmatch(read(t, files["zsh"]), -1) {
		for _, o := range m[1:] {
			if o != "" {
				zsh = append(zsh, o)
			}
		}
	}
	same(t, files["zsh"], zsh, want)

	var fish []string
	for line := range strings.SplitSeq(read(t, files["fish"]), "\n") {
		line, _, _ = strings.Cut(line, " -d ")
		for _, m := range fishOption.FindAllStringSubmatch(line, -1) {
			fish = append(fish, map[string]string{"s": "-", "l": "--"}[m[1]]+m[2])
		}
	}
	same(t, files["fish"], fish, want)
}

// TestCompletionSyntax lets each shell parse its files.
func TestCompletionSyntax(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			program := tool(t, shell)
			for _, name := range append(commands(t), programs(t)...) {
				file := filepath.Join(root, completions(name)[shell])
				if out, err := exec.Command(program, "-n", file).CombinedOutput(); err != nil || len(out) > 0 {
					t.Errorf("%s: %v\n%s", file, err, out)
				}
			}
		})
	}
}

// TestBashCompletes runs the completions in bash and checks what they offer.
func TestBashCompletes(t *testing.T) {
	t.Parallel()
	bash := tool(t, "bash")
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "my queue"), 0o755); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "site.toml")
	if err := os.WriteFile(conf, []byte("[queue.site-in]\npath = \"x\"\n[queue.\"site $(touch bad)\"]\npath = \"y\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	bin, err := filepath.Abs(harness.Bin(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ command, before, word, want string }{
		{"qstat", "qstat", "--old", "--older-than"},
		{"qstat", "--state", "in", "inflight"},
		{"qenqueue", "-f", "mailman3", "mailman3"},
		{"qfinish", "--bad", "my", "my queue"},
		{"qdequeue", "qdequeue", "my", "my queue"},
		{"qdequeue", "-n", "", ""},
		{"qrun", "qrun", "my", "my queue"},
		{"qrun", "qrun", "site-", "site-in"},
		{"qstat", "-l", "site ", "site $(touch bad)"},
		{"qdequeue", "-a", "site-", "site-in"},
		{"qenqueue", "qenqueue", "site-", "site-in"},
		{"qrestore", "--to", "site-", "site-in"},
		{"qrestore", "qrestore", "site-", "site-in"},
		{"qmove", "--to", "site-", "site-in"},
		{"qmove", "--to", "my", "my queue"},
		{"qdiscard", "qdiscard", "--dry", "--dry-run"},
		{"qcat", "qcat", "site", "site.toml"},
		{"qstat", "--state", "a", "any"},
		{"qenqueue", "--format", "mailman2", "mailman2"},
		{"switchboard-pg", "switchboard-pg", "in", "init"},
		{"switchboard-pg", "switchboard-pg", "ch", "check"},
		{"switchboard-pg", "check", "--js", "--json"},
		{"switchboard-pg", "--config", "site", "site.toml"},
	} {
		file, err := filepath.Abs(filepath.Join(root, completions(c.command)["bash"]))
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(bash, "--norc", "-c", `. "$1" && COMP_WORDS=("$3" "$4") COMP_CWORD=1 && _"${2//-/_}" && printf '%s\n' "${COMPREPLY[@]}"`,
			"bash", file, c.command, c.before, c.word)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "SWITCHBOARD_CONFIG="+conf)
		out, err := cmd.CombinedOutput()
		if got := strings.TrimRight(string(out), "\n"); err != nil || got != c.want {
			t.Errorf("%s %s %s: %q (%v), want %q", c.command, c.before, c.word, got, err, c.want)
		}
	}
}

// TestQueuesInDatabases checks that no shell completes pg:QUEUE with files. bash splits the
// word at its colon, and fish completes what follows a colon.
func TestQueuesInDatabases(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	for shell, script := range map[string]string{
		"bash": `. "$0" && COMP_LINE="$1 $2$3" COMP_POINT=${#COMP_LINE} COMP_WORDS=("$1" "${2%:}" : "$3") COMP_CWORD=3
			[ "$2" ] || COMP_WORDS=("$1" "$3") COMP_CWORD=1
			_"$1"; printf '%s\n' "${COMPREPLY[@]}"`,
		"fish": `source $argv[1]; complete -C "$argv[2] $argv[3]$argv[4]"`,
	} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			program := tool(t, shell)
			for _, name := range commands(t) {
				file, err := filepath.Abs(filepath.Join(root, completions(name)[shell]))
				if err != nil {
					t.Fatal(err)
				}
				for scheme, want := range map[string]bool{"": true, "pg:": false} {
					cmd := exec.Command(program, "-c", script, file, name, scheme, "ou")
					cmd.Dir = dir
					cmd.Env = append(os.Environ(), "HOME="+dir)
					out, err := cmd.Output()
					if err != nil || strings.Contains(string(out), "out") != want {
						t.Errorf("%s %sou: %q (%v)", name, scheme, out, err)
					}
				}
			}
		})
	}
}

// TestFishCompletes checks that fish offers all long options.
func TestFishCompletes(t *testing.T) {
	t.Parallel()
	fish := tool(t, "fish")
	for _, name := range commands(t) {
		file, err := filepath.Abs(filepath.Join(root, completions(name)["fish"]))
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(fish, "--no-config", "-c", `source $argv[1]; complete -C "$argv[2] --"`, file, name)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got, want []string
		for line := range strings.SplitSeq(strings.TrimSpace(string(out)), "\n") {
			word, _, _ := strings.Cut(line, "\t")
			got = append(got, strings.TrimSuffix(word, "="))
		}
		for _, o := range options(t, help(t, name)) {
			want = append(want, o.long)
		}
		slices.Sort(got)
		same(t, "what fish offers for "+name, slices.Compact(got), want)
	}
}
