package packages

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goreleaser/nfpm/v2/files"

	"switchboard/internal/dist/tree"
)

// stage is a directory with the contents of a package, which nfpm reads. It is removed
// when the package is written.
type stage struct {
	dir  string
	date time.Time
}

// write writes a file with the date of the release, because the date of a script gets
// into an apk.
func (s stage) write(name string, data []byte, mode os.FileMode) (string, error) {
	file := filepath.Join(s.dir, name)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		return "", err
	}
	if err := os.Chmod(file, mode); err != nil {
		return "", err
	}
	return file, os.Chtimes(file, s.date, s.date)
}

// contents returns the files as contents of a package. They belong to root.
func (s stage) contents(all tree.Tree) (files.Contents, error) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b tree.File) int { return strings.Compare(a.Name, b.Name) })
	var contents files.Contents
	for n, f := range all {
		at, err := s.write(fmt.Sprint(n), f.Data, f.Mode.Perm())
		if err != nil {
			return nil, err
		}
		kind := files.TypeFile
		switch {
		case f.Name == configuration:
			kind = files.TypeConfigNoReplace
		case strings.HasPrefix(f.Name, licenseDirectory):
			kind = files.TypeRPMLicence
		}
		contents = append(contents, &files.Content{
			Source: at, Destination: "/" + f.Name, Type: kind,
			FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: f.Mode.Perm(), MTime: s.date},
		})
	}
	return contents, nil
}
