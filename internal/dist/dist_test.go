package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the tests start this program as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("DIST_TEST_MAIN") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// sample returns the systems to build for. Packages take much time to compress, so make
// test takes one without; DIST_TARGETS= takes all.
func sample() string {
	if list, ok := os.LookupEnv("DIST_TARGETS"); ok {
		return list
	}
	if os.Getenv("SWITCHBOARD_CI") != "" {
		return "linux/amd64,freebsd/amd64"
	}
	return "freebsd/amd64"
}

// TestReproducible makes a release twice, in two clones and for two users. Both must be the
// same, and what is in it must work.
func TestReproducible(t *testing.T) {
	if testing.Short() || os.Getenv("SWITCHBOARD_BARE") == "1" {
		t.Skip("SKIP: it builds everything three times; make test-all does it for more systems")
	}
	origin := checkout(t)
	var releases []map[string][]byte
	for _, user := range []struct{ umask, zone string }{{"022", "UTC"}, {"077", "Asia/Tokyo"}} {
		work := t.TempDir()
		clone := filepath.Join(work, "switchboard-of-"+user.umask)
		must(t, work, nil, "git", "clone", "-q", origin, clone)
		out := filepath.Join(work, "release")
		env := append(goCaches(t), "DIST_TEST_MAIN=1", "TZ="+user.zone, "HOME="+t.TempDir(), "PREFIX=/wrong", "GOAMD64=v3")
		must(t, filepath.Join(clone, "internal/dist"), env,
			"sh", "-c", `umask "$1" && shift && exec "$@"`, "sh", user.umask, self(t), "-only", sample(), "-o", out)
		if changed := must(t, clone, nil, "git", "status", "--porcelain"); changed != "" {
			t.Errorf("it leaves in the checkout:\n%s", changed)
		}
		releases = append(releases, files(t, out))
	}
	first, second := releases[0], releases[1]
	for name, data := range first {
		if !bytes.Equal(data, second[name]) {
			t.Errorf("%s differs", name)
		}
	}
	if len(second) != len(first) {
		t.Errorf("one release has %d files and the other %d", len(first), len(second))
	}
	checkSums(t, first)
	checkModules(t, first)
	checkSources(t, first)
}

// checkSums compares the checksums with the files.
func checkSums(t *testing.T, release map[string][]byte) {
	t.Helper()
	text := string(release[sums])
	for name, data := range release {
		if name != sums && !strings.Contains(text, fmt.Sprintf("%x  %s\n", sha256.Sum256(data), name)) {
			t.Errorf("%s lacks %s, or has another checksum:\n%s", sums, name, text)
		}
	}
	if lines := strings.Count(text, "\n"); lines != len(release)-1 {
		t.Errorf("%s has %d lines for %d files", sums, lines, len(release)-1)
	}
}

// checkModules looks at the list of modules: what is linked, and nothing else.
func checkModules(t *testing.T, release map[string][]byte) {
	t.Helper()
	list := string(release["switchboard-9.9.9.cdx.json"])
	for _, want := range []string{`"bomFormat": "CycloneDX"`, `"version": "v9.9.9"`, `"name": "golang.org/x/sys"`, `"name": "std"`} {
		if !strings.Contains(list, want) {
			t.Errorf("the list of modules lacks %s:\n%s", want, list)
		}
	}
	for _, other := range []string{"staticcheck", "honnef", "timestamp", "serialNumber", "goos=", `"hashes": []`} {
		if strings.Contains(list, other) {
			t.Errorf("the list of modules has %s", other)
		}
	}
}

// checkSources builds the archive of the sources, without a network and without modules,
// and compares the commands with those of the release.
func checkSources(t *testing.T, release map[string][]byte) {
	t.Helper()
	work := t.TempDir()
	unpack(t, work, release["switchboard-9.9.9.tar.gz"])
	source := filepath.Join(work, "switchboard-9.9.9")
	target := strings.Split(sample(), ",")[0]
	if target == "" {
		target = "linux/amd64"
	}
	system, processor, _ := strings.Cut(target, "/")
	env := append(goCaches(t), "GOMODCACHE="+t.TempDir(), "GOPROXY=off", "GOFLAGS=-mod=vendor", "GOOS="+system, "GOARCH="+processor, "HOME="+t.TempDir())
	must(t, source, env, "make")
	dest := filepath.Join(work, "dest")
	must(t, source, append(env, "GO=false"), "make", "install", "DESTDIR="+dest)

	top := "switchboard-9.9.9-" + system + "-" + processor
	unpack(t, work, release[top+".tar.gz"])
	got, want := files(t, filepath.Join(work, top)), files(t, filepath.Join(dest, "usr/local"))
	for name, data := range want {
		if !bytes.Equal(got[name], data) {
			t.Errorf("%s: %s is not what the sources build and install", top, name)
		}
		if program, ok := strings.CutPrefix(name, "bin/"); ok && program != "qenqueue-alias" && !bytes.Contains(data, []byte("v9.9.9")) {
			t.Errorf("%s does not know its version", program)
		}
	}
	for _, name := range append(papers, "INSTALL", "LICENSES") {
		if len(got[name]) == 0 {
			t.Errorf("%s lacks %s", top, name)
		}
	}
	if len(want) < 60 || len(got) != len(want)+len(papers)+2 {
		t.Errorf("%s has %d files, of which %d are installed", top, len(got), len(want))
	}
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// goCaches returns variables that let another user have this one's caches.
func goCaches(t *testing.T) []string {
	t.Helper()
	lines := strings.Split(must(t, ".", nil, "go", "env", "GOCACHE", "GOMODCACHE"), "\n")
	return []string{"GOCACHE=" + lines[0], "GOMODCACHE=" + lines[1]}
}

func must(t *testing.T, dir string, env []string, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "MAKEFLAGS=", "GIT_CONFIG_GLOBAL=/dev/null"), env...)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", program, args, err, out, complaints.String())
	}
	return string(out)
}
