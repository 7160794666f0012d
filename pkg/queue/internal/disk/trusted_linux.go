package disk

import "golang.org/x/sys/unix"

// rootsLink returns the target of a link, if root made the link. It opens the link
// itself, so that the owner and the target are of the same link.
func rootsLink(dir int, name string) (target string, err error) {
	fd, err := open(dir, name, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	// fstat(2) refuses such a descriptor before Linux 3.6.
	if err := again(func() error { return unix.Fstatat(fd, "", &st, unix.AT_EMPTY_PATH) }); err != nil {
		return "", err
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFLNK:
		return "", unix.ENOTDIR
	case st.Uid != 0:
		return "", ErrPlanted
	}
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:n]), nil
}
