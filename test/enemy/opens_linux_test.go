package enemy

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// opens are the opens, reads and writes of files in some directories, and the reads of these,
// as fanotify(7) tells them. A directory that is only opened does not count: root may do that to
// find out whose it is.
type opens struct {
	fd int
	// reading is held while events are read, so that whoever reads next finds all of them noted.
	reading sync.Mutex
	mu      sync.Mutex
	seen    []string
}

// watchOpens starts to watch. On a kernel that cannot tell, it returns one that sees nothing;
// changes of the canary are noticed all the same.
func watchOpens(t *testing.T, dirs []string) *opens {
	t.Helper()
	o := &opens{fd: -1}
	fd, err := unix.FanotifyInit(unix.FAN_CLASS_NOTIF|unix.FAN_CLOEXEC|unix.FAN_NONBLOCK, unix.O_RDONLY|unix.O_LARGEFILE|unix.O_CLOEXEC)
	if err != nil {
		t.Logf("SKIP: fanotify: %v: what is only opened is not noticed", err)
		return o
	}
	o.fd = fd
	const what = unix.FAN_OPEN | unix.FAN_ACCESS | unix.FAN_MODIFY | unix.FAN_CLOSE_WRITE | unix.FAN_ONDIR | unix.FAN_EVENT_ON_CHILD
	for _, dir := range dirs {
		if err := unix.FanotifyMark(fd, unix.FAN_MARK_ADD, what, unix.AT_FDCWD, dir); err != nil {
			t.Fatalf("fanotify: %s: %v", dir, err)
		}
	}
	done := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(done)
		for {
			o.read()
			select {
			case <-stop:
				o.read()
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done; unix.Close(fd) })
	// It must be able to notice something.
	if err := exec.Command("cat", dirs[0]+"/plain").Run(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		o.read()
		if seen := o.take(); slices.ContainsFunc(seen, func(s string) bool { return strings.Contains(s, "/plain") }) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("fanotify did not tell of cat")
		}
	}
	return o
}

// read reads the events that have come. Those of this process do not count.
func (o *opens) read() {
	o.reading.Lock()
	defer o.reading.Unlock()
	buffer := make([]byte, 64<<10)
	for {
		n, err := unix.Read(o.fd, buffer)
		if err != nil || n <= 0 {
			return
		}
		for rest := buffer[:n]; len(rest) >= unix.FAN_EVENT_METADATA_LEN; {
			length := binary.NativeEndian.Uint32(rest)
			mask, fd, pid := binary.NativeEndian.Uint64(rest[8:]), int32(binary.NativeEndian.Uint32(rest[16:])), int(binary.NativeEndian.Uint32(rest[20:]))
			rest = rest[length:]
			if pid != os.Getpid() && !onlyOpened(int(fd), mask) {
				o.note(mask, int(fd), pid)
			}
			if fd >= 0 {
				unix.Close(int(fd))
			}
		}
	}
}

// onlyOpened reports whether an event is that a directory was opened, but not read.
func onlyOpened(fd int, mask uint64) bool {
	var st unix.Stat_t
	return mask&(unix.FAN_ACCESS|unix.FAN_MODIFY) == 0 && unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

func (o *opens) note(mask uint64, fd, pid int) {
	what := "used"
	for _, kind := range []struct {
		bit  uint64
		name string
	}{{unix.FAN_MODIFY, "written"}, {unix.FAN_ACCESS, "read"}, {unix.FAN_OPEN, "opened"}} {
		if mask&kind.bit != 0 {
			what = kind.name
			break
		}
	}
	path, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = append(o.seen, fmt.Sprintf("%s was %s by process %d %s", path, what, pid, strings.TrimSpace(string(command))))
}

func (o *opens) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.seen
	o.seen = nil
	return seen
}

// check fails the test if somebody has opened something.
func (o *opens) check(t *testing.T) {
	t.Helper()
	if o.fd < 0 {
		return
	}
	o.read()
	counts := map[string]int{}
	for _, s := range o.take() {
		what, command, _ := strings.Cut(s, " by process ")
		_, command, _ = strings.Cut(command, " ")
		counts[what+" by "+command]++
	}
	for what, n := range counts {
		t.Errorf("%s (%d times)", what, n)
	}
}
