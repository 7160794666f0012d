package site

import "golang.org/x/sys/unix"

// hasACL reports whether a directory has an access list.
func hasACL(path string) bool {
	n, err := unix.Getxattr(path, "system.posix_acl_access", nil)
	return err == nil && n > 0
}
