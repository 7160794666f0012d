// Package checkout finds the project that a test belongs to. It imports
// nothing of it, so that every package's tests can use it.
package checkout

import (
	"os"
	"path/filepath"
)

// Root is the directory of the go.mod, above that of the running test.
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
