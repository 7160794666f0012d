package build

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
)

var tagsLine = regexp.MustCompile(`(?m)^TAGS += (\S+)$`)

// Tags returns the tags with which the Makefile of a source tree builds.
func Tags(source string) (string, error) {
	makefile, err := os.ReadFile(filepath.Join(source, "Makefile"))
	if err != nil {
		return "", err
	}
	found := tagsLine.FindSubmatch(makefile)
	if found == nil {
		return "", errors.New("the Makefile has no TAGS")
	}
	return string(found[1]), nil
}
