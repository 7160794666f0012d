package limits

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestCgroups runs each command in a cgroup with little memory, or with few processes. The
// kernel kills what needs more memory.
func TestCgroups(t *testing.T) {
	t.Parallel()
	for _, group := range []struct {
		controller string
		// files are the names of the file with the limit, in version 2 and in version 1.
		files  [2]string
		values []uint64
	}{
		{"memory", [2]string{"memory.max", "memory.limit_in_bytes"}, steps(1<<18, 24<<20, 3<<18)},
		{"pids", [2]string{"pids.max", "pids.max"}, slices.Concat(steps(1, 14, 1), steps(16, 64, 6))},
	} {
		t.Run(group.controller, func(t *testing.T) {
			t.Parallel()
			parent, file, err := cgroups(group.controller, group.files)
			if err != nil {
				// Not even every machine of CI lets its root make cgroups.
				t.Skipf("SKIP: no cgroup for %s: %v", group.controller, err)
			}
			t.Logf("cgroups in %s", parent)
			s := &sweep{T: t, dir: newDir(t), owner: os.Getuid(), tally: tally{}}
			n := 0
			s.under = func(value uint64) ([]string, func()) {
				n++
				dir := filepath.Join(parent, fmt.Sprintf("switchboard-test-%d-%d", os.Getpid(), n))
				must(t, os.Mkdir(dir, 0o755))
				must(t, os.WriteFile(filepath.Join(dir, file), []byte(strconv.FormatUint(value, 10)), 0o644))
				return []string{"/bin/sh", "-c", `echo 0 >"$0" && exec "$@"`, filepath.Join(dir, "cgroup.procs")}, func() { removeCgroup(t, dir) }
			}
			s.all(group.values, 0)
		})
	}
}

// cgroups finds a cgroup in which this process may make others that have the controller.
func cgroups(controller string, files [2]string) (parent, file string, err error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return "", "", err
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", "", err
	}
	err = fmt.Errorf("none is mounted")
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		version := 2
		switch {
		case fields[2] == "cgroup2":
		case fields[2] == "cgroup" && strings.Contains(","+fields[3]+",", ","+controller+","):
			version = 1
		default:
			continue
		}
		for _, path := range []string{ownCgroup(string(own), version, controller), "/"} {
			parent, file = filepath.Join(fields[1], path), files[2-version]
			if err = tryCgroup(parent, file); err == nil {
				return parent, file, nil
			}
		}
	}
	return "", "", err
}

// ownCgroup returns the path of this process's own cgroup, from /proc/self/cgroup.
func ownCgroup(text string, version int, controller string) string {
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && (version == 2 && parts[0] == "0" || version == 1 && strings.Contains(","+parts[1]+",", ","+controller+",")) {
			return parts[2]
		}
	}
	return "/"
}

func tryCgroup(parent, file string) error {
	dir := filepath.Join(parent, fmt.Sprintf("switchboard-test-%d", os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	defer os.Remove(dir)
	_, err := os.Stat(filepath.Join(dir, file))
	return err
}

// removeCgroup removes a cgroup, once the kernel has let go of its last process.
func removeCgroup(t *testing.T, dir string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		err := unix.Rmdir(dir)
		if err == nil {
			return
		}
		if err != unix.EBUSY || time.Now().After(deadline) {
			t.Fatalf("%s: %v", dir, err)
		}
	}
}
