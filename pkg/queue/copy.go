package queue

import (
	"bytes"
	"io"

	"switchboard/pkg/queue/internal/disk"
)

// copyIn copies an open entry to a temporary file of this queue, with the entry's owner,
// group and mode. It makes the content durable and returns the file's name. The name is
// new each time, because two processes may preserve one entry at once, and one of them
// must not rename a file that the other has half written.
func (d *Dir) copyIn(from disk.File, id ID) (name string, err error) {
	st, err := from.Stat()
	if err != nil {
		return "", err
	}
	f, name, err := d.createTemporary(id.time)
	if err != nil {
		return "", err
	}
	have, err := f.Stat()
	if err == nil {
		err = copyTo(f, from, st.Size)
	}
	if err == nil {
		err = give(f, have, st, st.Mode&0o777)
	}
	if err == nil && !d.opt.NoSync {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		d.dir.Unlink(name)
	}
	return name, err
}

// copyTo copies the first size bytes. If there are fewer, somebody has truncated the file,
// and that is an error.
func copyTo(to io.WriterAt, from io.ReaderAt, size int64) error {
	n, err := io.CopyBuffer(onlyWriter{io.NewOffsetWriter(to, 0)}, onlyReader{io.NewSectionReader(from, 0, size)}, make([]byte, 128<<10))
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// onlyWriter and onlyReader hide the methods ReadFrom and WriteTo, with which
// io.CopyBuffer would not use the buffer.
type onlyWriter struct{ io.Writer }
type onlyReader struct{ io.Reader }

func sameBytes(a, b io.ReaderAt, size int64) (bool, error) {
	var bufA, bufB [32 << 10]byte
	for off := int64(0); off < size; {
		n := min(size-off, int64(len(bufA)))
		if _, err := a.ReadAt(bufA[:n], off); err != nil {
			return false, err
		}
		if _, err := b.ReadAt(bufB[:n], off); err != nil {
			return false, err
		}
		if !bytes.Equal(bufA[:n], bufB[:n]) {
			return false, nil
		}
		off += n
	}
	return true, nil
}
