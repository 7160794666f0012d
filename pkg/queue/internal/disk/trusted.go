package disk

import (
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrPlanted means that a path has a link that root does not follow.
var ErrPlanted error = plantedLink{}

type plantedLink struct{}

func (plantedLink) Error() string        { return "root does not follow a symbolic link that it did not make" }
func (plantedLink) Is(target error) bool { return target == fs.ErrPermission }

// OpenTrusted opens a directory and follows only links of root.
func (OS) OpenTrusted(path string) (Dir, error) {
	fd, err := (&walk{last: unix.O_DIRECTORY}).open(path)
	if err != nil {
		return nil, err
	}
	return &osDir{fd: fd}, nil
}

// OpenUntrusted opens a regular file or a directory for reading, at a path that nobody
// named and that whoever writes to a queue may control. root is put before an absolute path
// and is trusted. OpenUntrusted does not wait for the other end of a FIFO, and root follows
// links as OpenDir does.
func OpenUntrusted(root, path string) (fd int, err error) {
	if unix.Geteuid() == 0 {
		fd, err = openShared(root, path, 0)
	} else {
		fd, err = openPlain(unix.AT_FDCWD, root+path, 0, anyFile)
	}
	if err != nil {
		return -1, err
	}
	// Reading it does not block. The Go runtime would poll a descriptor with O_NONBLOCK.
	if err = unix.SetNonblock(fd, false); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// openShared follows the links of root, and those of other users only to a file that belongs
// to the same user, or that the link's group may write to. Whoever made such a link could
// change that file in any case.
func openShared(root, path string, last int) (fd int, err error) {
	return (&walk{root: root, last: last, shares: true}).open(path)
}

// walk opens a path one name at a time, each in the directory opened before. So it notices
// a link that takes the place of a directory in the meantime.
type walk struct {
	// root is put before the path if that is absolute.
	root string
	// last is O_DIRECTORY if the path leads to a directory, and 0 if it may lead to a
	// regular file, too.
	last int
	// shares means that links of others than root are followed, to files of the same user.
	shares bool
	// rest are the names that are still to be opened.
	rest []string
	// links is how many links were followed, followed are those of others than root whose
	// targets were not reached yet.
	links    int
	followed []followed
}

// followed is a link. Its target is reached when only left names are still to be opened.
type followed struct {
	link Stat
	left int
}

// maxLinks is how many links a path may have, as in the kernel.
const maxLinks = 40

func (w *walk) open(path string) (fd int, err error) {
	w.rest = names(path)
	if fd, err = w.start(w.root, path); err != nil {
		return -1, err
	}
	for len(w.rest) > 0 {
		name := w.rest[0]
		w.rest = w.rest[1:]
		next, err := w.step(fd, name)
		// Systems return different errors for a link with O_NOFOLLOW.
		if err == unix.ENOTDIR || err == unix.ELOOP || err == unix.EMLINK {
			next, err = w.follow(fd, name)
		}
		if closed := unix.Close(fd); err == nil && closed != nil {
			unix.Close(next)
			err = closed
		}
		if err != nil {
			return -1, err
		}
		fd = next
	}
	return fd, nil
}

// start opens the directory where a path starts.
func (w *walk) start(root, path string) (fd int, err error) {
	from := "."
	if strings.HasPrefix(path, "/") {
		from = root + "/"
	}
	return w.enter(unix.AT_FDCWD, from, 0)
}

func (w *walk) step(dir int, name string) (fd int, err error) {
	if len(w.rest) == 0 && w.last == 0 {
		return openPlain(dir, name, unix.O_NOFOLLOW, w.accept)
	}
	return w.enter(dir, name, unix.O_NOFOLLOW)
}

// enter opens a directory. If more names follow, that takes no right to read it.
func (w *walk) enter(dir int, name string, flags int) (fd int, err error) {
	if len(w.rest) == 0 {
		fd, err = openPlain(dir, name, unix.O_DIRECTORY|flags, w.accept)
	} else if fd, err = open(dir, name, passing|unix.O_DIRECTORY|flags); err == nil && len(w.followed) > 0 {
		var st Stat
		if st, err = statPassing(fd); err == nil {
			err = w.accept(st)
		}
		if err != nil {
			unix.Close(fd)
		}
	}
	for n := len(w.followed); err == nil && n > 0 && w.followed[n-1].left >= len(w.rest); n-- {
		w.followed = w.followed[:n-1]
	}
	return fd, err
}

// follow opens the directory in which the target of a link starts.
func (w *walk) follow(dir int, name string) (fd int, err error) {
	target, link, err := readLink(dir, name)
	if err != nil {
		return -1, err
	}
	if w.links++; w.links > maxLinks {
		return -1, unix.ELOOP
	}
	if link.UID != 0 {
		if !w.shares {
			return -1, ErrPlanted
		}
		w.followed = append(w.followed, followed{link, len(w.rest)})
	}
	w.rest = append(names(target), w.rest...)
	if strings.HasPrefix(target, "/") {
		return w.start("", target)
	}
	return w.enter(dir, ".", 0)
}

// accept refuses the target of a link if it does not belong to whoever made the link.
func (w *walk) accept(file Stat) error {
	for _, f := range w.followed {
		if f.left >= len(w.rest) && file.UID != f.link.UID && (file.GID != f.link.GID || !file.GroupWrites()) {
			return ErrPlanted
		}
	}
	return nil
}

func anyFile(Stat) error { return nil }

// openPlain opens a directory or, unless flags have O_DIRECTORY, a regular file. It looks
// before it opens, because opening a FIFO would release its writer, and opening a device
// may do anything.
func openPlain(dir int, name string, flags int, accept func(Stat) error) (fd int, err error) {
	check := func(st Stat) error {
		switch {
		case st.IsDir(), st.Regular() && flags&unix.O_DIRECTORY == 0:
			return accept(st)
		case st.Mode&unix.S_IFMT == unix.S_IFLNK:
			return unix.ELOOP
		case flags&unix.O_DIRECTORY != 0:
			return unix.ENOTDIR
		}
		return unix.ENXIO
	}
	how := 0
	if flags&unix.O_NOFOLLOW != 0 {
		how = unix.AT_SYMLINK_NOFOLLOW
	}
	var st unix.Stat_t
	if err := again(func() error { return unix.Fstatat(dir, name, &st, how) }); err != nil {
		return -1, err
	}
	if err := check(fromUnix(&st)); err != nil {
		return -1, err
	}
	if fd, err = open(dir, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|flags); err != nil {
		return -1, err
	}
	now, err := fstat(fd)
	if err == nil {
		err = check(now)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// names splits a path.
func names(path string) []string {
	var list []string
	for name := range strings.SplitSeq(path, "/") {
		if name != "" && name != "." {
			list = append(list, name)
		}
	}
	return list
}
