package tree

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"path"
	"time"
)

// TarGz returns a compressed archive of the files below the directory top. All of it
// belongs to root, and has the given date.
func (t Tree) TarGz(top string, date time.Time) ([]byte, error) {
	var out bytes.Buffer
	// The header of gzip has room for a name and a time, which stay empty.
	compressed, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	archive := tar.NewWriter(compressed)
	made := map[string]bool{".": true}
	var mkdir func(string) error
	mkdir = func(dir string) error {
		if made[dir] {
			return nil
		}
		made[dir] = true
		if err := mkdir(path.Dir(dir)); err != nil {
			return err
		}
		return archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755, ModTime: date})
	}
	for _, f := range t {
		name := path.Join(top, f.Name)
		if err := mkdir(path.Dir(name)); err != nil {
			return nil, err
		}
		if err := archive.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg, Name: name, Mode: int64(f.Mode), Size: int64(len(f.Data)), ModTime: date,
		}); err != nil {
			return nil, err
		}
		if _, err := archive.Write(f.Data); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	err = compressed.Close()
	return out.Bytes(), err
}
