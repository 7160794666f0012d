package runner

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// metadata is the Q_METADATA file of one entry.
type metadata struct {
	path string
	// memory is the file if it is in memory, otherwise nil.
	memory *os.File
}

// writeMetadata makes the Q_METADATA file of an entry. It is a named file in dir and not a
// descriptor: any process can open a name, even after a program that closes descriptors it
// does not know (Python, sudo), and even after the runner was killed. Each entry has its
// own file directly in dir, because a cleaner of temporary files may remove a directory of
// ours between two entries. Only if dir has no room is the file in memory. It then has the
// name in /proc of a descriptor of this process.
func writeMetadata(dir string, c *message.Content) (*metadata, error) {
	text, err := c.AppendMetadata(nil)
	if err != nil {
		return nil, err
	}
	text = append(text, '\n')
	m, err := metadataIn(dir, text)
	if err == nil {
		return m, nil
	}
	if m, inMemory := metadataInMemory(text); inMemory == nil {
		return m, nil
	}
	return nil, fmt.Errorf("%w of the metadata: %v", ErrNoCopy, err)
}

func metadataIn(dir string, text []byte) (*metadata, error) {
	// The command may change its directory.
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	fd, path, err := createTemp(dir)
	if err != nil {
		return nil, err
	}
	err = writeAll(fd, text)
	if err = errors.Join(err, unix.Close(fd)); err != nil {
		unix.Unlink(path)
		return nil, &os.PathError{Op: "write", Path: path, Err: err}
	}
	return &metadata{path: path}, nil
}

// createTemp is os.CreateTemp without an os.File, which makes five system calls to find
// out that a file on a disk cannot be polled.
func createTemp(dir string) (fd int, path string, err error) {
	for try := 0; ; try++ {
		path = filepath.Join(dir, "qrun-"+strconv.FormatUint(rand.Uint64(), 36)+".json")
		fd, err = unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
		switch {
		case err == nil:
			return fd, path, nil
		case err != unix.EINTR && err != unix.EEXIST, try == 10000:
			return -1, "", &os.PathError{Op: "create", Path: path, Err: err}
		}
	}
}

func writeAll(fd int, text []byte) error {
	for len(text) > 0 {
		n, err := unix.Write(fd, text)
		if err != nil && err != unix.EINTR {
			return err
		}
		text = text[max(n, 0):]
	}
	return nil
}

func metadataInMemory(text []byte) (*metadata, error) {
	w, _, err := memoryFile()
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		w.Close()
		return nil, err
	}
	f, err := complete(w, nil)
	if err != nil {
		return nil, err
	}
	m := &metadata{fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd()), f}
	if _, err := os.Stat(m.path); err != nil {
		f.Close()
		return nil, err
	}
	return m, nil
}

func (m *metadata) remove() {
	if m.memory != nil {
		m.memory.Close()
		return
	}
	unix.Unlink(m.path)
}

// longestList limits Q_LIST, in bytes. Anybody may have written the list's name, and no
// command starts if one of its variables has 128 KiB or more.
const longestList = 1000

// environment returns the command's environment for one entry.
func environment(base []string, queue string, claim *queue.Claim, metadata string) []string {
	list := claim.Content.List()
	if len(list) > longestList || strings.ContainsRune(list, 0) {
		list = ""
	}
	env := make([]string, 0, len(base)+4)
	for _, v := range base {
		if !strings.HasPrefix(v, "Q_QUEUE=") && !strings.HasPrefix(v, "Q_ENTRY=") &&
			!strings.HasPrefix(v, "Q_LIST=") && !strings.HasPrefix(v, "Q_METADATA=") {
			env = append(env, v)
		}
	}
	return append(env,
		"Q_QUEUE="+queue, "Q_ENTRY="+claim.Path(), "Q_LIST="+list, "Q_METADATA="+metadata)
}
