// Package checkout finds the project that a test belongs to. It imports nothing of the
// project, so that tests of every package can use it.
package checkout

import (
	"os"
	"path/filepath"
)

// Root returns the directory of go.mod, which is above that of the running test.
func Root() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			err = os.ErrNotExist
		}
		dir = up
	}
	return "", err
}
