package docs

import (
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	href = regexp.MustCompile(` href="([^"]*)"`)
	id   = regexp.MustCompile(` id="([^"]*)"`)
)

// TestHTML makes the manual's pages. Each link leads to a page or a place that exists, or to the
// manual of the system, and the start page has each page with what its NAME says.
func TestHTML(t *testing.T) {
	t.Parallel()
	tool(t, "mandoc")
	dir := filepath.Join(t.TempDir(), "html")
	makeHTML(t, dir)
	pages, ids := map[string]string{}, map[string]map[string]bool{}
	for _, path := range glob(t, "man/*.[1-9]") {
		pages[filepath.Base(path)+".html"] = ""
	}
	pages["index.html"] = ""
	for name := range pages {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		pages[name], ids[name] = string(text), map[string]bool{}
		for _, m := range id.FindAllStringSubmatch(string(text), -1) {
			if ids[name][m[1]] {
				t.Errorf("%s has two places called %s", name, m[1])
			}
			ids[name][m[1]] = true
		}
	}
	links, outside := 0, 0
	for name, text := range pages {
		for _, m := range href.FindAllStringSubmatch(text, -1) {
			links++
			to, place, _ := strings.Cut(html.UnescapeString(m[1]), "#")
			if to == "" {
				to = name
			}
			_, ours := pages[to]
			switch {
			case strings.HasPrefix(to, "https://manpages.debian.org/"):
				outside++
			case to == "manual.css":
			case !ours:
				t.Errorf("%s links to %s, which does not exist", name, to)
			case place != "" && !ids[to][place]:
				t.Errorf("%s links to %s#%s, which does not exist", name, to, place)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "manual.css")); err != nil || links < 500 || outside < 10 {
		t.Errorf("%d links, %d to other manuals; %v", links, outside, err)
	}
	for name := range pages {
		if name == "index.html" {
			continue
		}
		_, what, _ := strings.Cut(page(t, strings.TrimSuffix(name, ".html")), "\n.Nd ")
		what, _, _ = strings.Cut(what, "\n")
		if n := strings.Count(pages["index.html"], `<a href="`+name+`">`); n != 1 || !strings.Contains(html.UnescapeString(pages["index.html"]), "<dd>"+what+"</dd>") {
			t.Errorf("the start page has %s %d times, or without %q", name, n, what)
		}
		if !strings.Contains(pages[name], `<a href="index.html">`) {
			t.Errorf("%s does not link to the start page", name)
		}
	}
}

// TestNoHTML makes them without mandoc.
func TestNoHTML(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/bin/sh", filepath.Join(root, "man/html.sh"), t.TempDir())
	cmd.Env = []string{"PATH=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	if err == nil || string(out) != "make html needs mandoc: on Debian, apt-get install mandoc\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// makeHTML makes the pages in a directory.
func makeHTML(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command("make", "-s", "html", "HTML="+dir)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != dir+"/index.html\n" {
		t.Fatalf("%v\n%s", err, out)
	}
}
