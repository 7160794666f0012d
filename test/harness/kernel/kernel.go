// Package kernel runs programs as on another kernel, whose missing system calls fail. It needs
// neither root nor packages, but Linux.
package kernel

// Kernel is a kernel that lacks something which this one has.
type Kernel string

const (
	// Linux32 is Linux 3.2, the oldest on which Go's programs run. All calls that came
	// later return ENOSYS, and what older calls learned later fails as it did then.
	Linux32 Kernel = "Linux 3.2"
	// PlainRename is any Linux, on a filesystem that cannot refuse to replace a file.
	PlainRename Kernel = "a filesystem with plain renames"
	// NoSync is any Linux, on disks that sync nothing when they are told to, and say that
	// they have.
	NoSync Kernel = "disks that do not sync"
)
