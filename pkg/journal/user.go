package journal

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// passwd is where local users are.
const passwd = "/etc/passwd"

// userName returns the name of a local user, or the number of another one. Package os/user
// would start the runtime's poller: see file.
func userName(uid int) string {
	number := strconv.Itoa(uid)
	fd, err := unix.Open(passwd, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return number
	}
	f := os.NewFile(uintptr(fd), passwd)
	defer f.Close()
	for scan := bufio.NewScanner(f); scan.Scan(); {
		if field := strings.SplitN(scan.Text(), ":", 4); len(field) == 4 && field[2] == number && field[0] != "" {
			return field[0]
		}
	}
	return number
}
