package kill

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// kind says how a watched system call names its object.
type kind struct {
	name string
	// fd is the argument that is a descriptor, path the one that is a path relative to
	// it; -1 means none. A second pair may follow.
	fd, path   int
	fd2, path2 int
	errnos     []unix.Errno
}

// The errors of calls: those that the kernel or a filesystem can return.
var (
	transient = []unix.Errno{unix.EIO, unix.EINTR}
	storing   = []unix.Errno{unix.EIO, unix.EINTR, unix.ENOSPC, unix.EDQUOT}
	naming    = []unix.Errno{unix.EIO, unix.EINTR, unix.ENOSPC, unix.EDQUOT, unix.EACCES, unix.EROFS}
	removing  = []unix.Errno{unix.EIO, unix.EINTR, unix.EACCES, unix.EROFS}
	looking   = []unix.Errno{unix.EIO, unix.EACCES}
	owning    = []unix.Errno{unix.EIO, unix.EROFS, unix.EDQUOT}
)

// watched are the calls by which a program can change a file, or learn about one, by their
// number. close is among them for its errors: NFS and quotas report there what a write did
// not report.
var watched = map[uintptr]kind{
	unix.SYS_OPENAT:          {"openat", 0, 1, -1, -1, nil}, // by its flags
	unix.SYS_OPENAT2:         {"openat2", 0, 1, -1, -1, []unix.Errno{unix.EIO, unix.EINTR, unix.EACCES, unix.EMFILE}},
	unix.SYS_NEWFSTATAT:      {"newfstatat", 0, 1, -1, -1, looking},
	unix.SYS_STATX:           {"statx", 0, 1, -1, -1, looking},
	unix.SYS_FACCESSAT:       {"faccessat", 0, 1, -1, -1, looking},
	unix.SYS_READLINKAT:      {"readlinkat", 0, 1, -1, -1, nil},
	unix.SYS_FSTAT:           {"fstat", 0, -1, -1, -1, []unix.Errno{unix.EIO}},
	unix.SYS_FLOCK:           {"flock", 0, -1, -1, -1, transient},
	unix.SYS_FCNTL:           {"fcntl", 0, -1, -1, -1, nil},
	unix.SYS_RENAMEAT:        {"renameat", 0, 1, 2, 3, naming},
	unix.SYS_RENAMEAT2:       {"renameat2", 0, 1, 2, 3, naming},
	unix.SYS_LINKAT:          {"linkat", 0, 1, 2, 3, naming},
	unix.SYS_SYMLINKAT:       {"symlinkat", 1, 2, -1, -1, naming},
	unix.SYS_UNLINKAT:        {"unlinkat", 0, 1, -1, -1, removing},
	unix.SYS_MKDIRAT:         {"mkdirat", 0, 1, -1, -1, naming},
	unix.SYS_MKNODAT:         {"mknodat", 0, 1, -1, -1, naming},
	unix.SYS_READ:            {"read", 0, -1, -1, -1, transient},
	unix.SYS_PREAD64:         {"pread64", 0, -1, -1, -1, transient},
	unix.SYS_WRITE:           {"write", 0, -1, -1, -1, storing},
	unix.SYS_WRITEV:          {"writev", 0, -1, -1, -1, storing},
	unix.SYS_PWRITE64:        {"pwrite64", 0, -1, -1, -1, storing},
	unix.SYS_COPY_FILE_RANGE: {"copy_file_range", 2, -1, 0, -1, storing},
	unix.SYS_SENDFILE:        {"sendfile", 0, -1, 1, -1, storing},
	unix.SYS_SPLICE:          {"splice", 2, -1, 0, -1, storing},
	unix.SYS_FALLOCATE:       {"fallocate", 0, -1, -1, -1, storing},
	unix.SYS_FTRUNCATE:       {"ftruncate", 0, -1, -1, -1, transient},
	unix.SYS_TRUNCATE:        {"truncate", -1, 0, -1, -1, transient},
	unix.SYS_FSYNC:           {"fsync", 0, -1, -1, -1, append([]unix.Errno{unix.EROFS}, storing...)},
	unix.SYS_FDATASYNC:       {"fdatasync", 0, -1, -1, -1, append([]unix.Errno{unix.EROFS}, storing...)},
	unix.SYS_SYNC_FILE_RANGE: {"sync_file_range", 0, -1, -1, -1, []unix.Errno{unix.EIO, unix.ENOSPC}},
	unix.SYS_SYNCFS:          {"syncfs", 0, -1, -1, -1, storing},
	unix.SYS_FCHOWN:          {"fchown", 0, -1, -1, -1, owning},
	unix.SYS_FCHOWNAT:        {"fchownat", 0, 1, -1, -1, owning},
	unix.SYS_FCHMOD:          {"fchmod", 0, -1, -1, -1, []unix.Errno{unix.EIO, unix.EROFS}},
	unix.SYS_FCHMODAT:        {"fchmodat", 0, 1, -1, -1, []unix.Errno{unix.EIO, unix.EROFS, unix.EACCES}},
	unix.SYS_UTIMENSAT:       {"utimensat", 0, 1, -1, -1, []unix.Errno{unix.EIO, unix.EROFS}},
	unix.SYS_GETDENTS64:      {"getdents64", 0, -1, -1, -1, transient},
	unix.SYS_LSEEK:           {"lseek", 0, -1, -1, -1, []unix.Errno{unix.EIO}},
	unix.SYS_CLOSE:           {"close", 0, -1, -1, -1, []unix.Errno{unix.EIO, unix.ENOSPC, unix.EDQUOT}},
	unix.SYS_EXIT_GROUP:      {"exit_group", -1, -1, -1, -1, nil},
}

// call is a watched system call that has not begun yet.
type call struct {
	kind
	tid  int
	args [6]uint64
	// on is the file that it works on: a path, "stdin", "stdout" or "stderr", or "" for
	// exit_group. to is the second file of a rename.
	on, to string
	// can has the errors that it can fail with.
	can []unix.Errno
	// n is its number among the calls of a run, nth its number among the calls of its
	// name. Threads that overtake each other do not change nth.
	n, nth int
}

func newCall(n *notification) *call {
	c := &call{kind: watched[uintptr(n.nr)], tid: int(n.tid), args: n.args}
	c.on = c.object(c.fd, c.path)
	if c.fd2 >= 0 {
		c.to = c.object(c.fd2, c.path2)
	}
	c.can = c.errnos
	switch {
	case uintptr(n.nr) == unix.SYS_OPENAT:
		c.can = openErrors(int(c.args[2]))
	case c.socket() && c.name == "read":
		c.can = []unix.Errno{unix.ECONNRESET, unix.ETIMEDOUT}
	case c.socket() && c.name == "write":
		c.can = []unix.Errno{unix.ECONNRESET, unix.EPIPE}
	case c.socket():
		c.can = nil
	}
	return c
}

// socket reports whether it works on a connection.
func (c *call) socket() bool { return strings.HasPrefix(c.on, "socket:") }

func openErrors(flags int) []unix.Errno {
	can := []unix.Errno{unix.EIO, unix.EINTR, unix.EACCES, unix.EMFILE}
	if flags&unix.O_ACCMODE != unix.O_RDONLY {
		can = append(can, unix.EROFS)
	}
	if flags&unix.O_CREAT != 0 {
		can = append(can, unix.ENOSPC, unix.EDQUOT)
	}
	return can
}

func (c *call) String() string {
	s := c.name
	if c.on != "" {
		s += " " + c.on
	}
	if c.to != "" {
		s += " -> " + c.to
	}
	return s
}

// object returns the path that a descriptor and a path argument mean.
func (c *call) object(fd, path int) string {
	dir := ""
	if fd >= 0 {
		switch n := int32(c.args[fd]); {
		case n == unix.AT_FDCWD:
			dir, _ = os.Readlink(fmt.Sprintf("/proc/%d/cwd", c.tid))
		case path < 0 && n >= 0 && n <= 2:
			return [...]string{"stdin", "stdout", "stderr"}[n]
		default:
			dir, _ = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", c.tid, n))
		}
	}
	if path < 0 {
		return dir
	}
	if name := c.memory(c.args[path]); filepath.IsAbs(name) {
		return filepath.Clean(name)
	} else {
		return filepath.Join(dir, name)
	}
}

// memory reads a C string of the process.
func (c *call) memory(at uint64) string {
	f, err := os.Open(fmt.Sprintf("/proc/%d/mem", c.tid))
	if err != nil {
		return ""
	}
	defer f.Close()
	buf := make([]byte, 0, unix.PathMax)
	for len(buf) < cap(buf) {
		// Only up to the end of a page: the next page may not exist.
		n := min(cap(buf)-len(buf), 4096-int((at+uint64(len(buf)))%4096))
		got, err := f.ReadAt(buf[len(buf):len(buf)+n], int64(at)+int64(len(buf)))
		if end := bytes.IndexByte(buf[len(buf):len(buf)+got], 0); end >= 0 {
			return string(buf[:len(buf)+end])
		}
		buf = buf[:len(buf)+got]
		if err != nil {
			break
		}
	}
	return string(buf)
}

// processOf returns the process that a thread belongs to, or 0 if it has ended.
func processOf(tid uint32) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "\nTgid:")
	line, _, _ := strings.Cut(rest, "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(line))
	return pid
}
