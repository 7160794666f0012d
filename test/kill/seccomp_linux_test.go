package kill

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
	"switchboard/test/harness/kernel"
)

// The commands run under a seccomp filter whose listener (seccomp_unotify(2)) is this process. A
// watched system call waits, before it begins, for our answer, whichever thread makes it. So calls
// are counted in the order of the process. A tracer that counts per thread would count wrongly for
// a program that moves from thread to thread.

// notification is struct seccomp_notif.
type notification struct {
	id    uint64
	tid   uint32
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

// response is struct seccomp_notif_resp.
type response struct {
	id    uint64
	val   int64
	err   int32
	flags uint32
}

// verdict is what happens to a call: it goes on, it fails with errno, or it never begins because
// the process is killed. If there is a meanwhile, the process is stopped until that returns.
type verdict struct {
	kill      bool
	errno     unix.Errno
	meanwhile func()
}

// filtered, as an environment variable with the value 1, makes this test's program put itself
// under the filter, send the listener to descriptor 3, and become the command in its arguments.
const filtered = "SWITCHBOARD_TEST_FILTERED"

// openFiles, as an environment variable, is how many files the command may have open.
const openFiles = "SWITCHBOARD_TEST_OPEN_FILES"

// otherKernel, as an environment variable, is the kernel that the command runs on, if it is not
// this one.
const otherKernel = "SWITCHBOARD_TEST_FILTERED_KERNEL"

// watch runs a command to its end. It passes each watched call of the command to judge, but not
// those of processes that the command starts, nor those that fail because the kernel k, unless
// it is "", does not have them.
func watch(cmd *exec.Cmd, k kernel.Kernel, judge func(*call) verdict) (harness.Result, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return harness.Result{}, err
	}
	defer unix.Close(pair[0])
	theirs := os.NewFile(uintptr(pair[1]), "socket")
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Env = append(cmd.Env, filtered+"=1", otherKernel+"="+string(k))
	cmd.Args[0] = cmd.Path
	if cmd.Path, err = os.Executable(); err != nil {
		return harness.Result{}, err
	}
	served := make(chan error, 1)
	r, err := harness.Wait(cmd, func() error {
		err := cmd.Start()
		theirs.Close()
		if err == nil {
			go func() { served <- receiveAndServe(pair[0], cmd.Process.Pid, judge) }()
		} else {
			served <- err
		}
		return err
	})
	return r, errors.Join(err, <-served)
}

func receiveAndServe(socket, pid int, judge func(*call) verdict) error {
	control := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(socket, make([]byte, 1), control, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return err
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) != 1 {
		return fmt.Errorf("the filter was not installed (%v)", err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return err
	}
	defer unix.Close(fds[0])
	if err := serve(fds[0], pid, judge); err != nil {
		// Somebody waits for its end, and it may be stopped.
		return errors.Join(err, unix.Kill(pid, unix.SIGKILL))
	}
	return nil
}

// becomeFiltered never returns. Once the filter is there, nothing of the Go runtime may run: a call
// of its own would wait for an answer while it holds the runtime's locks.
func becomeFiltered() {
	runtime.LockOSThread()
	fail := func(what string, errno unix.Errno) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, errno)
		os.Exit(255)
	}
	k := kernel.Kernel(os.Getenv(otherKernel))
	os.Unsetenv(filtered)
	os.Unsetenv(otherKernel)
	if n, err := strconv.ParseUint(os.Getenv(openFiles), 10, 32); err == nil {
		limit := unix.Rlimit{Cur: n, Max: n}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			fail("rlimit", err.(unix.Errno))
		}
	}
	path, err1 := unix.BytePtrFromString(os.Args[0])
	argv, err2 := syscall.SlicePtrFromStrings(os.Args)
	envp, err3 := syscall.SlicePtrFromStrings(os.Environ())
	if err := errors.Join(err1, err2, err3); err != nil {
		fail(err.Error(), 0)
	}
	program := filter()
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	missing := k.Filter()
	other := unix.SockFprog{Len: uint16(len(missing)), Filter: &missing[0]}
	control := unix.UnixRights(0)
	listener := (*int32)(unsafe.Pointer(&control[unix.CmsgLen(0)]))
	data := []byte{0}
	vector := unix.Iovec{Base: &data[0]}
	vector.SetLen(1)
	message := unix.Msghdr{Iov: &vector, Iovlen: 1, Control: &control[0]}
	message.SetControllen(len(control))
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		fail("no_new_privs", err.(unix.Errno))
	}
	fd, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		// A signal of the Go runtime must not make a call wait, and count, twice.
		unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		fail("seccomp", errno)
	}
	// Of several filters' answers, the kernel takes the error. seccomp(2) may be one of the
	// calls that the other kernel does not have.
	if _, _, errno = unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&other))); errno != 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 253, 0, 0)
	}
	*listener = int32(fd)
	if _, _, errno = unix.RawSyscall(unix.SYS_SENDMSG, 3, uintptr(unsafe.Pointer(&message)), 0); errno == 0 {
		// Exec closes the listener and the socket.
		unix.RawSyscall(unix.SYS_DUP3, 2, 3, unix.O_CLOEXEC)
		unix.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envp[0])))
	}
	unix.RawSyscall(unix.SYS_EXIT_GROUP, 254, 0, 0)
}

// filter returns a program that lets all calls pass except the watched ones.
func filter() []unix.SockFilter {
	program := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}} // the call's number
	for nr := range watched {
		program = append(program,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(nr), Jt: 0, Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	return append(program, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
}

// serve answers the notifications of a filter until no process is under it.
func serve(listener, pid int, judge func(*call) verdict) error {
	null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(null)
	for {
		ready := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, -1); err == unix.EINTR {
			continue
		} else if err != nil {
			return err
		}
		if ready[0].Revents&unix.POLLIN == 0 {
			return nil // POLLHUP: all processes have ended
		}
		var n notification
		if errno := ioctl(listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)); errno != 0 {
			if errno == unix.ENOENT || errno == unix.EINTR {
				continue // the process ended before we read
			}
			return fmt.Errorf("receiving a notification: %w", errno)
		}
		answer := response{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		if n.tid == uint32(pid) || processOf(n.tid) == pid {
			switch v := judge(newCall(&n)); {
			case v.kill:
				if err := unix.Kill(pid, unix.SIGKILL); err != nil {
					return err
				}
				continue
			case v.meanwhile != nil:
				if err := stop(pid, int(n.tid), v.meanwhile); err != nil && !errors.Is(err, errGoesOn) {
					return err
				}
			case v.errno != 0:
				answer.flags, answer.err = 0, -int32(v.errno)
				if uintptr(n.nr) == unix.SYS_CLOSE {
					if err := replace(listener, null, &n); err != nil {
						return err
					}
				}
			}
		}
		if errno := ioctl(listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&answer)); errno != 0 && errno != unix.ENOENT {
			return fmt.Errorf("answering a notification: %w", errno)
		}
	}
}

// addition is struct seccomp_notif_addfd.
type addition struct {
	id                              uint64
	flags, source, target, newFlags uint32
}

// replace puts the null device in place of the descriptor that a close call names. A close that
// fails still releases the file, with its locks.
func replace(listener, null int, n *notification) error {
	a := addition{
		id: n.id, flags: unix.SECCOMP_ADDFD_FLAG_SETFD,
		source: uint32(null), target: uint32(n.args[0]), newFlags: unix.O_CLOEXEC,
	}
	if errno := ioctl(listener, unix.SECCOMP_IOCTL_NOTIF_ADDFD, unsafe.Pointer(&a)); errno != 0 {
		return fmt.Errorf("replacing a descriptor: %w", errno)
	}
	return nil
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
	return errno
}
