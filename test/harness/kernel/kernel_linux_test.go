package kernel

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// calling, as an environment variable, makes this program say how calls fail.
const calling = "SWITCHBOARD_TEST_CALLING"

func TestMain(m *testing.M) {
	Become()
	if os.Getenv(calling) != "" {
		for _, c := range calls {
			fmt.Printf("%s: %v\n", c.name, c.make())
		}
		return
	}
	os.Exit(m.Run())
}

// calls are calls of which some are missing on each kernel. No directory is missing, and
// descriptor -1 is not a file.
var calls = []struct {
	name string
	make func() error
	// old and plain are the errors on Linux32 and PlainRename, if they differ from the
	// kernel's own. On NoSync, those of syncs are none.
	old, plain error
}{
	{"renameat2", func() error { return unix.Renameat2(-1, "a", -1, "b", unix.RENAME_NOREPLACE) }, unix.ENOSYS, unix.EINVAL},
	{"renameat", func() error { return unix.Renameat(-1, "a", -1, "b") }, nil, nil},
	{"memfd_create", func() error { _, err := unix.MemfdCreate("x", 0); return err }, unix.ENOSYS, nil},
	{"statx", func() error { return unix.Statx(unix.AT_FDCWD, "/", 0, 0, new(unix.Statx_t)) }, unix.ENOSYS, nil},
	{"close_range", func() error { return unix.CloseRange(1000, 1000, 0) }, unix.ENOSYS, nil},
	{"copy_file_range", func() error { _, err := unix.CopyFileRange(-1, nil, -1, nil, 1, 0); return err }, unix.ENOSYS, nil},
	{"openat2", func() error { _, err := unix.Openat2(-1, "x", &unix.OpenHow{}); return err }, unix.ENOSYS, nil},
	{"getrandom", func() error { _, err := unix.Getrandom(make([]byte, 1), 0); return err }, unix.ENOSYS, nil},
	{"pidfd_open", func() error { _, err := unix.PidfdOpen(unix.Getpid(), 0); return err }, unix.ENOSYS, nil},
	{"O_TMPFILE", func() error { return open(unix.O_TMPFILE | unix.O_RDWR) }, unix.EISDIR, nil},
	{"O_DIRECTORY", func() error { return open(unix.O_DIRECTORY) }, nil, nil},
	{"F_ADD_SEALS", func() error { return fcntl(unix.F_ADD_SEALS) }, unix.EINVAL, nil},
	{"F_OFD_GETLK", func() error { return fcntl(unix.F_OFD_GETLK) }, unix.EINVAL, nil},
	{"F_SETPIPE_SZ", func() error { return fcntl(unix.F_SETPIPE_SZ) }, nil, nil},
	{"F_GETFD", func() error { return fcntl(unix.F_GETFD) }, nil, nil},
	{"P_PIDFD", func() error { return unix.Waitid(unix.P_PIDFD, -1, nil, unix.WEXITED, nil) }, unix.EINVAL, nil},
	{"P_PID", func() error { return unix.Waitid(unix.P_PID, 1<<22, nil, unix.WEXITED, nil) }, nil, nil},
	{"fsync", func() error { return unix.Fsync(-1) }, nil, nil},
	{"fdatasync", func() error { return unix.Fdatasync(-1) }, nil, nil},
	{"syncfs", func() error { return unix.Syncfs(-1) }, nil, nil},
	{"sync_file_range", func() error { return unix.SyncFileRange(-1, 0, 0, 0) }, nil, nil},
	{"process_vm_writev", func() error { _, err := unix.ProcessVMWritev(1<<22, nil, nil, 0); return err }, nil, nil},
}

func open(flags int) error {
	fd, err := unix.Open("/tmp", flags, 0o600)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

func fcntl(command int) error {
	_, err := unix.FcntlInt(^uintptr(0), command, 0)
	return err
}

// TestKernels checks that the calls that a kernel does not have fail, and no others.
func TestKernels(t *testing.T) {
	t.Parallel()
	for _, k := range []Kernel{Linux32, PlainRename, NoSync} {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), calling+"=1")
		if err := k.On(cmd); err != nil {
			t.Fatal(err)
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var want strings.Builder
		for _, c := range calls {
			err := c.make()
			if k == Linux32 && c.old != nil {
				err = c.old
			} else if k == PlainRename && c.plain != nil {
				err = c.plain
			} else if k == NoSync && strings.Contains(c.name, "sync") {
				err = nil
			}
			fmt.Fprintf(&want, "%s: %v\n", c.name, err)
		}
		if string(out) != want.String() {
			t.Errorf("%s: got\n%swant\n%s", k, out, want.String())
		}
	}
}
