// Command init is the first process of a guest. It runs what the test asks for.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"

	"switchboard/test/harness/guest/wire"
)

// agent is the argument of the process that talks to the test. The first process only waits
// for processes that have lost their parents, which would be in the way of waiting for others.
const agent = "agent"

func main() {
	if len(os.Args) > 1 && os.Args[1] == agent {
		check(serve())
		return
	}
	check(prepare())
	cmd := exec.Command("/proc/self/exe", agent)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	check(cmd.Start())
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		if err != unix.EINTR {
			check(err)
		}
		if pid == cmd.Process.Pid {
			check(fmt.Errorf("the agent has ended: %#x", status))
		}
	}
}

// check ends the guest if there is an error: a kernel whose first process ends panics, and the
// console has the reason.
func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "init:", err)
		os.Exit(1)
	}
}

// mounts are the filesystems that every guest has.
var mounts = []struct{ kind, on, options string }{
	{"devtmpfs", "/dev", ""},
	{"proc", "/proc", ""},
	{"sysfs", "/sys", ""},
	{"devpts", "/dev/pts", "ptmxmode=666"},
	{"tmpfs", "/dev/shm", "mode=1777"},
	{"tmpfs", "/run", "mode=755"},
	{"tmpfs", "/tmp", "mode=1777"},
}

func prepare() error {
	unix.Umask(0o022)
	for _, m := range mounts {
		if err := os.MkdirAll(m.on, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.kind, m.on, m.kind, 0, m.options); err != nil {
			return fmt.Errorf("mounting %s: %w", m.on, err)
		}
	}
	os.Setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin")
	os.Setenv("HOME", "/")
	os.Setenv("SWITCHBOARD_CONFIG", "/dev/null")
	if err := loopback(); err != nil {
		return err
	}
	list, err := os.ReadFile(wire.BootModules)
	if err != nil {
		return err
	}
	for path := range strings.Lines(string(list)) {
		if err := load(wire.Module{Path: strings.TrimSpace(path)}); err != nil {
			return err
		}
	}
	return nil
}

// loopback starts the network of the machine with itself.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	r, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
}

// load loads a kernel module, if it is not loaded yet.
func load(m wire.Module) error {
	f, err := os.Open(m.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), m.Parameters, 0); err != nil && err != unix.EEXIST {
		return fmt.Errorf("%s: %w", m.Path, err)
	}
	return nil
}
