package disk

import "golang.org/x/sys/unix"

// passing are the flags for opening a directory only to open something in it. That takes no
// right to read it.
const passing = unix.O_PATH

// statPassing is fstat(2) of a file that was opened with O_PATH, which that call refuses before
// Linux 3.6.
func statPassing(fd int) (Stat, error) {
	var st unix.Stat_t
	err := again(func() error { return unix.Fstatat(fd, "", &st, unix.AT_EMPTY_PATH) })
	return fromUnix(&st), err
}

// openNamed opens the directory of a path that a person named. Mailman's user can put a link
// in the place of a queue, or of a directory above it, to have root work in a directory of
// root's.
func openNamed(path string) (fd int, err error) {
	if unix.Geteuid() != 0 {
		return open(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY)
	}
	fd, err = withoutLinks(path)
	switch err {
	case unix.ELOOP, unix.ENOSYS, unix.EPERM, unix.EINVAL:
		// There is a link, or the call is missing or forbidden.
		return openShared("", path, unix.O_DIRECTORY)
	}
	return fd, err
}

// withoutLinks opens a directory in one call if no link is on the way, which is the rule.
// It fails with ELOOP if there is one, with ENOSYS before Linux 5.6, and with EPERM in some
// containers.
func withoutLinks(path string) (fd int, err error) {
	how := unix.OpenHow{Flags: unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_SYMLINKS}
	err = again(func() (err error) {
		fd, err = unix.Openat2(unix.AT_FDCWD, path, &how)
		return err
	})
	return fd, err
}

// readLink returns the target of a link. It opens the link itself, so that the owner and
// the target are of the same link.
func readLink(dir int, name string) (target string, link Stat, err error) {
	fd, err := open(dir, name, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return "", link, err
	}
	defer unix.Close(fd)
	if link, err = statPassing(fd); err != nil {
		return "", link, err
	}
	if link.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", link, unix.ENOTDIR
	}
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buffer)
	if err != nil {
		return "", link, err
	}
	return string(buffer[:n]), link, nil
}
