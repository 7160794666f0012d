package harness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"switchboard/pkg/message"
)

// Entry is a queue file that a test makes.
type Entry struct {
	// Base is its file base, TIME+DIGEST.
	Base string
	// Format is its dialect; Unknown means Mailman2.
	Format message.Dialect
	Text   []byte
	// Restores is its _bak_count; 0 is not written.
	Restores int
	// Metadata is added to version, _parsemsg and the list.
	Metadata []message.Item
}

// Base makes a file base. Its time is n seconds after a fixed time, and its digest lies in
// the n-th of 256 equal parts.
func Base(n int) string { return fmt.Sprintf("%d.5+%02x%038x", 1700000000+n, n%256, n) }

// Bytes returns the content of the queue file.
func (e Entry) Bytes() ([]byte, error) {
	d, key := e.Format, "listid"
	if d == message.Unknown || d == message.Mailman2 {
		d, key = message.Mailman2, "listname"
	}
	text := d.AppendText(nil, e.Text)
	prefix, err := d.TextPrefix(int64(len(text)))
	if err != nil {
		return nil, err
	}
	items := append([]message.Item{
		{Key: key, Value: "test.example"}, {Key: "version", Value: 3}, {Key: "_parsemsg", Value: true},
	}, e.Metadata...)
	if e.Restores > 0 {
		items = append(items, message.Item{Key: "_bak_count", Value: e.Restores})
	}
	return d.AppendMetadata(append(append(prefix, text...), d.TextSuffix()...), items)
}

// Write makes the queue file in a queue, with mode 0660 and the owner of the queue, and
// returns its path. ext is the extension of the state, with its dot.
func (e Entry) Write(queue, ext string) (string, error) {
	data, err := e.Bytes()
	if err != nil {
		return "", err
	}
	path := filepath.Join(queue, e.Base+ext)
	return path, WriteFile(path, data)
}

// WriteFile makes a file with mode 0660, whatever the umask, and with the owner of its
// directory. It appears whole, because a command may already be at work on the queue.
func WriteFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".entry-")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o660)); err != nil {
		return errors.Join(err, f.Close())
	}
	owner, err := os.Stat(filepath.Dir(path))
	if err == nil {
		st := owner.Sys().(*syscall.Stat_t)
		err = f.Chown(int(st.Uid), int(st.Gid))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Held is the content of a queue file, read without the commands.
type Held struct {
	Text     []byte
	Restores int
	Origin   string
	// Metadata is the whole, as qcat -m prints it.
	Metadata map[string]any
	// Owner is "UID:GID MODE".
	Owner string
}

// Read reads a queue file.
func Read(path string) (Held, error) {
	f, err := os.Open(path)
	if err != nil {
		return Held{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Held{}, err
	}
	held, err := ReadContent(f, info.Size())
	if err != nil {
		return held, fmt.Errorf("%s: %w", path, err)
	}
	st := info.Sys().(*syscall.Stat_t)
	held.Owner = fmt.Sprintf("%d:%d %o", st.Uid, st.Gid, info.Mode().Perm())
	return held, nil
}

// ReadContent reads the content of a queue file, wherever it is. Owner is empty.
func ReadContent(r io.ReaderAt, size int64) (held Held, err error) {
	content, err := message.Read(r, size)
	if err != nil {
		return held, err
	}
	var text bytes.Buffer
	if err := content.WriteMessage(&text); err != nil {
		return held, err
	}
	held.Text, held.Restores, held.Origin = text.Bytes(), content.Restores(), content.WhichQueue()
	all, err := content.AppendMetadata(nil)
	if err == nil {
		err = json.Unmarshal(all, &held.Metadata)
	}
	return held, err
}
