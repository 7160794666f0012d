package postgres

import "syscall"

// room is the free memory that the data of a server may need.
const room = 2 << 30

// memory returns a directory in memory, if there is one with room.
func memory() (dir string, ok bool) {
	const tmpfs = 0x01021994
	var st syscall.Statfs_t
	err := syscall.Statfs("/dev/shm", &st)
	return "/dev/shm", err == nil && st.Type == tmpfs && st.Bavail*uint64(st.Bsize) > room
}
