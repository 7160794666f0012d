package disk

import "golang.org/x/sys/unix"

// Writable returns the reason why files cannot be put into a directory, or nil.
func Writable(dir string) error {
	var st unix.Stat_t
	if err := again(func() error { return unix.Stat(dir, &st) }); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return unix.ENOTDIR
	}
	return again(func() error {
		return unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	})
}
