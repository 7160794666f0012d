//go:build !linux

package disk

import "golang.org/x/sys/unix"

// rootsLink follows no link. This system cannot open one, so between checking the owner
// and reading the target another link could take its place.
func rootsLink(dir int, name string) (target string, err error) {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return "", err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", unix.ENOTDIR
	}
	return "", ErrPlanted
}
