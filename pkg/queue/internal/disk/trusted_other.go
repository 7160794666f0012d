//go:build !linux

package disk

import "golang.org/x/sys/unix"

const passing = unix.O_RDONLY

func statPassing(fd int) (Stat, error) { return fstat(fd) }

// openNamed opens the directory of a path that a person named, and follows all links: this
// system cannot tell who made one.
func openNamed(path string) (fd int, err error) {
	return open(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY)
}

// readLink follows no link. This system cannot open one, so between checking the owner
// and reading the target another link could take its place.
func readLink(dir int, name string) (target string, link Stat, err error) {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return "", link, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", link, unix.ENOTDIR
	}
	return "", link, ErrPlanted
}
