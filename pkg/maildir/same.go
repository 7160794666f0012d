package maildir

import (
	"bytes"
	"io"
	"os"
	"syscall"
)

// equals reports whether a file below the Maildir has the bytes of the message.
func (m *Message) equals(file string) (bool, error) {
	path := m.dir.join(file)
	// stat comes first, because opening a FIFO would release its writer.
	st, err := m.dir.root.Lstat(file)
	if err != nil {
		return false, failed(path, err)
	}
	own, err := m.file.Stat()
	if err != nil {
		return false, failed(m.dir.join(m.tmp), err)
	}
	if !st.Mode().IsRegular() || st.Size() != own.Size() {
		return false, nil
	}
	f, err := m.dir.root.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return false, failed(path, err)
	}
	defer f.Close()
	var ours, theirs [32 << 10]byte
	for at := int64(0); ; {
		n, err := m.file.ReadAt(ours[:], at)
		if err != nil && err != io.EOF {
			return false, failed(m.dir.join(m.tmp), err)
		}
		if n == 0 {
			// The file was made durable by whoever delivered it, unless that was a copy.
			return true, failed(path, f.Sync())
		}
		if _, err := io.ReadFull(f, theirs[:n]); err != nil {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return false, nil
			}
			return false, failed(path, err)
		}
		if !bytes.Equal(ours[:n], theirs[:n]) {
			return false, nil
		}
		at += int64(n)
	}
}
