// Package source makes the tree that a release is built from: the files of a commit, and
// the modules that they need.
package source

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"switchboard/internal/dist/command"
	"switchboard/internal/dist/release"
)

// Export writes the source tree of the commit that is checked out in root into the new
// directory dir. With its vendored modules, the tree builds without a network.
func Export(root, dir string) error {
	// .gitattributes has git write the version into the tree.
	archive, err := command.Run(root, nil, "git", "-c", "core.abbrev="+release.Abbrev, "archive", "--format=tar", "HEAD")
	if err != nil {
		return err
	}
	if err := unpack(dir, strings.NewReader(archive)); err != nil {
		return fmt.Errorf("git archive: %w", err)
	}
	_, err = command.Run(dir, nil, "go", "mod", "vendor")
	return err
}

func unpack(dir string, archive io.Reader) error {
	for files := tar.NewReader(archive); ; {
		h, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		switch h.Typeflag {
		case tar.TypeXGlobalHeader: // the commit
		case tar.TypeDir:
			if err := os.MkdirAll(path, 0o755); err != nil {
				return err
			}
		case tar.TypeReg:
			if err := write(path, h.FileInfo().Mode().Perm(), files); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s is not a regular file", h.Name)
		}
	}
}

func write(path string, mode os.FileMode, data io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, data); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
