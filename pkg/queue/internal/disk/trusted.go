package disk

import (
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrPlanted means that the path of a directory has a link that root did not make.
var ErrPlanted error = plantedLink{}

type plantedLink struct{}

func (plantedLink) Error() string        { return "root does not follow a symbolic link that it did not make" }
func (plantedLink) Is(target error) bool { return target == fs.ErrPermission }

// maxLinks is how many links a path may have, as in the kernel.
const maxLinks = 40

// OpenTrusted opens the path one name at a time, each in the directory opened before.
// So it notices a link that takes the place of a directory in the meantime.
func (OS) OpenTrusted(path string) (Dir, error) {
	fd, err := open(unix.AT_FDCWD, pathStart(path), unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	rest := strings.Split(path, "/")
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		if name == "" || name == "." {
			continue
		}
		next, err := open(fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
		// Systems return different errors for a link with O_NOFOLLOW.
		if err == unix.ENOTDIR || err == unix.ELOOP || err == unix.EMLINK {
			var target string
			if target, err = rootsLink(fd, name); err == nil {
				if links++; links > maxLinks {
					err = unix.ELOOP
				} else if next, err = open(fd, pathStart(target), unix.O_RDONLY|unix.O_DIRECTORY); err == nil {
					rest = append(strings.Split(target, "/"), rest...)
				}
			}
		}
		if closed := unix.Close(fd); err == nil && closed != nil {
			unix.Close(next)
			err = closed
		}
		if err != nil {
			return nil, err
		}
		fd = next
	}
	return &osDir{fd: fd}, nil
}

// pathStart is the directory where a path starts.
func pathStart(path string) string {
	if strings.HasPrefix(path, "/") {
		return "/"
	}
	return "."
}
