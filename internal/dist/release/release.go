// Package release says which release a checkout is.
package release

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/dist/command"
)

// Release is the version of a commit, and its date, which all files of the release have.
type Release struct {
	Describe string // as git describe prints it, and --version: v0.2.0, v0.2.0-5-g012345678901
	Number   string // of the newest tag: 0.2.0
	Snapshot string // of a commit after the tag: 5.g012345678901; empty at the tag itself
	Date     time.Time
}

// Name returns the version in the names of files: 0.2.0, 0.2.0+5.g012345678901.
func (r Release) Name() string {
	if r.Snapshot == "" {
		return r.Number
	}
	return r.Number + "+" + r.Snapshot
}

// Abbrev is how many digits of a commit are shown. Git's own choice depends on how many
// objects a clone has.
const Abbrev = "12"

var tagged = regexp.MustCompile(`^v([0-9]+\.[0-9]+\.[0-9]+)(?:-([0-9]+)-(g[0-9a-f]+))?$`)

// Read returns the release of the commit that is checked out in dir. It refuses a tree
// with changes, because nobody could build the same again.
func Read(dir string) (Release, error) {
	git := func(args ...string) (string, error) {
		out, err := command.Run(dir, nil, "git", args...)
		return strings.TrimSpace(out), err
	}
	if _, err := git("rev-parse", "--verify", "-q", "HEAD"); err != nil {
		return Release{}, errors.New("a release is made from a commit: this is not a git checkout with one")
	}
	changed, err := git("status", "--porcelain")
	if err != nil {
		return Release{}, err
	}
	if changed != "" {
		return Release{}, fmt.Errorf("a release is made from a commit: commit or remove these changes first\n%s", changed)
	}
	seconds, err := git("log", "-1", "--format=%ct")
	if err != nil {
		return Release{}, err
	}
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return Release{}, fmt.Errorf("git log: %w", err)
	}
	r := Release{Date: time.Unix(at, 0).UTC()}
	r.Describe, err = git("describe", "--tags", "--match", "v[0-9]*", "--abbrev="+Abbrev)
	if err != nil {
		return untagged(r, git)
	}
	parts := tagged.FindStringSubmatch(r.Describe)
	if parts == nil {
		return Release{}, fmt.Errorf("the tag %s is not a version such as v0.2.0", r.Describe)
	}
	r.Number = parts[1]
	if parts[2] != "" {
		r.Snapshot = parts[2] + "." + parts[3]
		return r, nil
	}
	return r, changelog(dir, r.Number)
}

// untagged fills in the version of a commit that has no tag before it.
func untagged(r Release, git func(...string) (string, error)) (Release, error) {
	commits, err := git("rev-list", "--count", "HEAD")
	if err != nil {
		return Release{}, err
	}
	r.Describe, err = git("rev-parse", "--short="+Abbrev, "HEAD")
	r.Number, r.Snapshot = "0.0.0", commits+".g"+r.Describe
	return r, err
}
