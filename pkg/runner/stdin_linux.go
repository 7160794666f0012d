package runner

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile makes a file in memory. seal makes it final once its text is there.
func memoryFile() (w, r *os.File, err error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	// Some kernels insist that such files cannot be executed; those before 6.3 do not
	// know the flag.
	fd, err := unix.MemfdCreate("message", flags|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL {
		fd, err = unix.MemfdCreate("message", flags)
	}
	if err != nil {
		return nil, nil, os.NewSyscallError("memfd_create", err)
	}
	// The kernel gives the file a mode that lets all users open it in /proc.
	if err := unix.Fchmod(fd, 0o600); err != nil {
		unix.Close(fd)
		return nil, nil, os.NewSyscallError("fchmod", err)
	}
	return os.NewFile(uintptr(fd), "memory"), nil, nil
}

// seal makes the text of a file in memory final: a process that gets its descriptor can
// neither change nor grow it, even without /proc. Other files cannot be sealed.
func seal(f *os.File) {
	const seals = unix.F_SEAL_WRITE | unix.F_SEAL_GROW | unix.F_SEAL_SHRINK | unix.F_SEAL_SEAL
	_, _ = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, seals)
}

// openForReading opens a file again for reading, even one without a name. It returns nil
// if /proc is missing.
func openForReading(f *os.File) *os.File {
	fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	// In a chroot, anything could have that name.
	var have, want unix.Stat_t
	if unix.Fstat(fd, &have) != nil || unix.Fstat(int(f.Fd()), &want) != nil || have.Dev != want.Dev || have.Ino != want.Ino {
		unix.Close(fd)
		return nil
	}
	return os.NewFile(uintptr(fd), f.Name())
}

// unnamedIn makes a file without a name in a directory.
func unnamedIn(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_RDWR|unix.O_TMPFILE|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: dir, Err: err}
	}
	return os.NewFile(uintptr(fd), dir), nil
}
