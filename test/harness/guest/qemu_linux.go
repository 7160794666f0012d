package guest

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/guest/wire"
)

const program = "qemu-system-x86_64"

// Tree returns a directory that test/harness/guest/fetch has filled with unpacked packages, or
// skips the test.
func Tree(tb testing.TB, name string) string {
	tb.Helper()
	dir := os.Getenv("SWITCHBOARD_GUEST")
	if dir == "" {
		harness.Needs(tb, "a guest", errors.New("SWITCHBOARD_GUEST does not name the directory that test/harness/guest/fetch has filled"))
	}
	tree := filepath.Join(dir, name)
	_, err := os.Stat(tree)
	harness.Needs(tb, "a guest", err)
	return tree
}

// Self returns the file of the test's own program, which a guest can run, too, or skips the test.
func Self(tb testing.TB) string {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	f, err := elf.Open(self)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if f.Section(".interp") != nil {
		harness.Needs(tb, "a guest", errors.New("the test is not static: build it with CGO_ENABLED=0"))
	}
	return self
}

// need returns the kernel's modules, or skips the test.
func need(tb testing.TB) *modules {
	tb.Helper()
	if runtime.GOARCH != "amd64" {
		harness.Needs(tb, "a guest", errors.New("it is of amd64, as its programs have to be"))
	}
	_, err := exec.LookPath(program)
	harness.Needs(tb, "a guest", err)
	m, err := findModules(Tree(tb, "kernel"))
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// qemu is a QEMU that runs. in and out are the guest's serial port.
type qemu struct {
	pid  int
	in   io.WriteCloser
	out  io.ReadCloser
	kill func()
	wait func() error
}

// startQEMU starts QEMU. It ends with this process, even if that is killed: the kernel kills it
// when the thread that has started it ends, so a thread is kept for that.
func startQEMU(o Options, kernel, root, console string) (*qemu, error) {
	cmd := exec.Command(program, arguments(o, kernel, root, console)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	said, err := os.Create(console + ".qemu")
	if err != nil {
		return nil, err
	}
	defer said.Close()
	cmd.Stderr = said
	q := &qemu{}
	if q.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	q.out, cmd.Stdout = out, w
	started, ended := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		w.Close()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	q.pid = cmd.Process.Pid
	q.kill = sync.OnceFunc(func() { cmd.Process.Kill() })
	q.wait = sync.OnceValue(func() error {
		err := <-ended
		out.Close()
		if text, _ := os.ReadFile(said.Name()); len(text) > 0 {
			err = fmt.Errorf("%w: %s", err, text)
		}
		return err
	})
	return q, nil
}

func arguments(o Options, kernel, root, console string) []string {
	machine := "pc"
	if virtualizes() {
		machine += ",accel=kvm:tcg"
	}
	args := []string{
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-machine", machine, "-cpu", "max",
		"-m", strconv.Itoa(or(o.Memory, 256)), "-smp", strconv.Itoa(or(o.CPUs, 1)),
		"-kernel", kernel, "-initrd", root,
		// Without tsc=reliable, a slow machine makes the kernel read a clock whose every
		// reading leaves the guest.
		"-append", "console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check mitigations=off random.trust_cpu=on " + o.Append,
		"-serial", "file:" + console,
		"-chardev", "stdio,id=test,signal=off",
		"-device", "virtio-serial-pci", "-device", "virtserialport,chardev=test,name=" + wire.Port,
	}
	for i, d := range o.Disks {
		args = append(args, d.arguments(i)...)
	}
	return args
}

// virtualizes reports whether this machine's processor can run a guest. Some machines have a KVM
// that does without (PVM): it runs only kernels that were made for it, and any other one hangs.
func virtualizes() bool {
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	f.Close()
	info, err := os.ReadFile("/proc/cpuinfo")
	return err == nil && hardware.Match(info)
}

// hardware matches the flags of a processor of Intel or AMD that can run a guest.
var hardware = regexp.MustCompile(`(?m)^flags\s*:(?:.* )?(vmx|svm)(?: |$)`)

// arguments are those of disk n. The disk has a write cache, which the guest has to flush. Its
// sectors have 4096 bytes, as those of real disks do, whatever they pretend: what is smaller
// is never written by halves, and filesystems rely on that for their superblocks.
func (d Disk) arguments(n int) []string {
	file := func(node, path string) []string {
		return []string{"-blockdev", fmt.Sprintf("driver=file,node-name=%s,filename=%s,cache.no-flush=on", node, path)}
	}
	top := fmt.Sprintf("image%d", n)
	args := file(top, d.Image)
	if d.Log != "" {
		log, logged := fmt.Sprintf("log%d", n), fmt.Sprintf("logged%d", n)
		args = append(args, file(log, d.Log)...)
		args = append(args, "-blockdev", fmt.Sprintf("driver=blklogwrites,node-name=%s,file=%s,log=%s,log-sector-size=%d", logged, top, log, SectorSize))
		top = logged
	}
	// Of a discard the log does not say what is read there later, and QEMU 7.2 may mix up
	// the log if it writes zeroes by itself.
	return append(args, "-device", fmt.Sprintf("virtio-blk-pci,drive=%s,write-cache=on,discard=off,write-zeroes=off,num-queues=1,logical_block_size=%d,physical_block_size=%d", top, SectorSize, SectorSize))
}

// SectorSize is the size of a disk's sectors.
const SectorSize = 4096

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
