package disk

import (
	"time"

	"golang.org/x/sys/unix"
)

// Stat is the part of fstat(2) that matters here.
type Stat struct {
	Dev, Ino            uint64
	Nlink               uint64
	Size                int64
	Mode                uint32
	UID, GID            int
	ModTime, ChangeTime time.Time
}

// Regular says whether the file is a regular one.
func (s Stat) Regular() bool { return s.Mode&unix.S_IFMT == unix.S_IFREG }

// IsDir says whether the file is a directory.
func (s Stat) IsDir() bool { return s.Mode&unix.S_IFMT == unix.S_IFDIR }

// GroupWrites says whether the file's group may write to it.
func (s Stat) GroupWrites() bool { return s.Mode&unix.S_IWGRP != 0 }

// LikeTmp says whether a directory is like /tmp: everybody may make files in it and
// remove only their own.
func (s Stat) LikeTmp() bool { return s.Mode&unix.S_ISVTX != 0 && s.Mode&unix.S_IWOTH != 0 }

// Same says whether two Stats are of one file.
func (s Stat) Same(o Stat) bool { return s.Dev == o.Dev && s.Ino == o.Ino }

func fromUnix(st *unix.Stat_t) Stat {
	return Stat{
		Dev: uint64(st.Dev), Ino: uint64(st.Ino), Nlink: uint64(st.Nlink), Size: st.Size,
		Mode: uint32(st.Mode), UID: int(st.Uid), GID: int(st.Gid),
		ModTime: time.Unix(st.Mtim.Unix()), ChangeTime: time.Unix(st.Ctim.Unix()),
	}
}

func fstat(fd int) (Stat, error) {
	var st unix.Stat_t
	err := again(func() error { return unix.Fstat(fd, &st) })
	return fromUnix(&st), err
}
