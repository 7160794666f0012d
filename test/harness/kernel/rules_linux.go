package kernel

import (
	"encoding/binary"
	"math"

	"golang.org/x/sys/unix"
)

// rule makes system calls fail: those whose numbers are in calls, and of these only the ones
// with an argument in values.
type rule struct {
	calls [2]uint32
	// arg is the argument that counts, and -1 for none.
	arg    int
	values [2]uint32
	// bits, if it is not 0, are bits of the argument, one of which must be set.
	bits  uint32
	errno unix.Errno
}

// newer are the calls with a number above that of the last call of Linux 3.2. On each
// architecture the numbers are in the order in which Linux got the calls.
var newer = [2]uint32{unix.SYS_PROCESS_VM_WRITEV + 1, math.MaxInt32}

func one(call uint32) [2]uint32 { return [2]uint32{call, call} }

var rules = map[Kernel][]rule{
	Linux32: {
		{calls: newer, arg: -1, errno: unix.ENOSYS},
		// Linux 3.11. Before, the kernel saw a directory that was to be opened for writing.
		{calls: one(unix.SYS_OPENAT), arg: 2, bits: unix.O_TMPFILE &^ unix.O_DIRECTORY, errno: unix.EISDIR},
		// Locks of open files (3.15), seals (3.17) and hints (4.13).
		{calls: one(unix.SYS_FCNTL), arg: 1, values: [2]uint32{unix.F_OFD_GETLK, unix.F_OFD_SETLKW}, errno: unix.EINVAL},
		{calls: one(unix.SYS_FCNTL), arg: 1, values: [2]uint32{unix.F_ADD_SEALS, math.MaxInt32}, errno: unix.EINVAL},
		// All from PR_SET_MM (3.3) on, among them PR_SET_VMA, which the Go runtime tries.
		{calls: one(unix.SYS_PRCTL), arg: 0, values: [2]uint32{unix.PR_SET_MM, math.MaxInt32}, errno: unix.EINVAL},
		// MADV_FREE (4.5), and all from MADV_DONTDUMP (3.4) on.
		{calls: one(unix.SYS_MADVISE), arg: 2, values: one(unix.MADV_FREE), errno: unix.EINVAL},
		{calls: one(unix.SYS_MADVISE), arg: 2, values: [2]uint32{unix.MADV_DONTDUMP, unix.MADV_HWPOISON - 1}, errno: unix.EINVAL},
		{calls: one(unix.SYS_WAITID), arg: 0, values: one(unix.P_PIDFD), errno: unix.EINVAL}, // 5.4
	},
	PlainRename: {
		{calls: one(unix.SYS_RENAMEAT2), arg: -1, errno: unix.EINVAL},
	},
	// A call that fails with error 0 has not failed, and has done nothing.
	NoSync: {
		{calls: one(unix.SYS_FSYNC), arg: -1},
		{calls: one(unix.SYS_FDATASYNC), arg: -1},
		{calls: one(unix.SYS_SYNCFS), arg: -1},
		{calls: one(unix.SYS_SYNC_FILE_RANGE), arg: -1},
	},
}

// filter returns the instructions of the rule. They end behind its last one unless the call
// fails.
func (r rule) filter() []unix.SockFilter {
	test := func(code uint16, k uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | code | unix.BPF_K, K: k}
	}
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	// Both kinds of test below go on if they hold; the others do if they do not.
	program := []unix.SockFilter{load(0), test(unix.BPF_JGE, r.calls[0]), test(unix.BPF_JGT, r.calls[1])}
	switch {
	case r.bits != 0:
		program = append(program, load(argument(r.arg)), test(unix.BPF_JSET, r.bits))
	case r.arg >= 0:
		program = append(program, load(argument(r.arg)), test(unix.BPF_JGE, r.values[0]), test(unix.BPF_JGT, r.values[1]))
	}
	program = append(program, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(r.errno)})
	for i := range program {
		toEnd := uint8(len(program) - 1 - i)
		switch program[i].Code {
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			program[i].Jf = toEnd
		case unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K:
			program[i].Jt = toEnd
		}
	}
	return program
}

// argument returns where struct seccomp_data has the lower half of an argument.
func argument(n int) uint32 {
	at := uint32(16 + 8*n)
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		at += 4
	}
	return at
}
