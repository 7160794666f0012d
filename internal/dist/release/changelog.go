package release

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// changelog checks that CHANGELOG.md has a dated section for the version: a release that
// says nothing about itself, or that it is not released, is a mistake.
func changelog(dir, number string) error {
	text, err := os.ReadFile(filepath.Join(dir, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	heading := regexp.MustCompile(`(?m)^## ` + regexp.QuoteMeta(number) + ` \(\d{4}-\d{2}-\d{2}\)$`)
	if !heading.Match(text) {
		return fmt.Errorf("CHANGELOG.md has no section for %s: its heading must be ## %s (YYYY-MM-DD)", number, number)
	}
	return nil
}
