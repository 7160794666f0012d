package docs

import (
	"flag"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"switchboard/pkg/message"
)

// picture is what the README shows.
const picture = "test/docs/qstat.svg"

var draw = flag.Bool("draw", false, "TestPicture draws "+picture+" anew")

// TestPicture checks that the README's picture shows what qstat prints on a terminal today.
func TestPicture(t *testing.T) {
	t.Parallel()
	if !strings.Contains(read(t, "README.md"), "]("+picture+")") {
		t.Error("the README does not show it")
	}
	tool(t, "script")
	var screen strings.Builder
	s := newPictured(t)
	for _, line := range []string{"qstat", "qstat -l shunt", "qstat --by sender shunt"} {
		screen.WriteString("$ " + line + "\n" + s.screen(t, line))
	}
	got := drawn(screen.String())
	if *draw {
		if err := os.WriteFile(filepath.Join(root, picture), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got != read(t, picture) {
		t.Errorf("it differs (go test ./test/docs -run TestPicture -draw):\n%s", screen.String())
	}
}

// newPictured makes the queues of the picture. All entries are older than two hours, so that
// their ages are in hours or days and do not change while the test runs.
func newPictured(t *testing.T) site {
	t.Helper()
	s := site{sandbox: newSandbox(t)}
	s.dir = filepath.Join(s.dir, "pictured", "qfiles")
	for _, queue := range []string{"in", "out", "retry", "virgin", "shunt", "bad"} {
		if err := os.MkdirAll(filepath.Join(s.dir, queue), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put := func(n int, queue, ext, list, sender, subject string, age time.Duration, more ...message.Item) {
		for range n {
			m := mail{path: s.base(queue, len(s.mail), age+30*time.Minute) + ext, list: list}
			s.entry(t, m, []byte("From: "+sender+"\nTo: "+list+"@example.com\nSubject: "+subject+"\n\nHello!\n"), more...)
		}
	}
	const hour = time.Hour
	shunted := message.Item{Key: "whichq", Value: "/var/lib/mailman/qfiles/in"}
	put(212, "out", ".pck", "staff", anne, "Minutes", 5*hour)
	put(1, "out", ".bak", "staff", anne, "Minutes", 3*hour)
	put(3, "in", ".pck", "dev", anne, "Re: build", 2*hour)
	put(9, "retry", ".pck", "dev", anne, "Re: build", 26*hour)
	put(1, "shunt", ".pck", "staff", anne, "Minutes of Monday", 74*hour, shunted)
	put(1, "shunt", ".pck", "staff", "bart@example.org", "=?utf-8?q?Caf=C3=A9?= at noon", 50*hour, shunted)
	put(2, "shunt", ".pck", "dev", spammer, "You have won", 4*hour, shunted)
	put(1, "bad", ".psv", "staff", anne, "Minutes", 200*hour, shunted)
	s.write(t, "in/core", "", 0o644)
	s.write(t, "../switchboard.toml", "root = \"qfiles\"\n", 0o644)
	return s
}

// screen returns what a command shows on a terminal of 96 columns.
func (s site) screen(t *testing.T, line string) string {
	t.Helper()
	cmd := exec.Command("script", "-qec", "stty rows 40 cols 96; "+line, os.DevNull)
	cmd.Dir = filepath.Dir(s.dir)
	cmd.Env = append(os.Environ(), "PATH="+s.bin+":"+os.Getenv("PATH"), "SWITCHBOARD_CONFIG=switchboard.toml", "TERM=xterm")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return strings.ReplaceAll(string(out), "\r\n", "\n")
}

// drawn returns a picture of a terminal. Its background is its own, so that it can be read on
// light and dark pages. Each run of characters has its exact width, whatever the font.
func drawn(screen string) string {
	const column, row, margin = 8.4, 19, 16
	lines := strings.Split(strings.TrimSuffix(screen, "\n"), "\n")
	var p strings.Builder
	width, height := 96*column+2*margin, row*len(lines)+2*margin
	fmt.Fprintf(&p, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#d7dae0">`+"\n", width, height)
	fmt.Fprintf(&p, `<rect width="%.0f" height="%d" rx="6" fill="#1e2127"/>`+"\n", width, height)
	for i, line := range lines {
		x := float64(margin)
		style := ""
		if strings.HasPrefix(line, "$ ") {
			style = ` fill="#8fce8f"`
		}
		for _, part := range strings.SplitAfter(strings.ReplaceAll(line, "\x1b[", "\x00\x1b["), "\x00") {
			part = strings.TrimSuffix(part, "\x00")
			if rest, ok := strings.CutPrefix(part, "\x1b[1m"); ok {
				part, style = rest, ` font-weight="bold"`
			} else if rest, ok := strings.CutPrefix(part, "\x1b[0m"); ok {
				part, style = rest, ""
			}
			text := strings.TrimLeft(part, " ")
			x += column * float64(len(part)-len(text))
			if n := float64(utf8.RuneCountInString(text)); n > 0 {
				fmt.Fprintf(&p, `<text x="%.1f" y="%d" textLength="%.1f" lengthAdjust="spacingAndGlyphs" xml:space="preserve"%s>%s</text>`+"\n",
					x, margin+row*i+14, n*column, style, html.EscapeString(text))
				x += column * n
			}
		}
	}
	return p.String() + "</svg>\n"
}
