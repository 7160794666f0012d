package site

import (
	"slices"

	"golang.org/x/sys/unix"
)

// mayWrite reports whether the user of a process may rename files in the queue,
// which every runner does. It goes by owner, group and mode.
func (q *target) mayWrite(p process) bool {
	var st unix.Stat_t
	path := q.root + q.real()
	if p.uid == 0 || unix.Stat(path, &st) != nil {
		return true
	}
	// If there is an access list, the mode does not say who may write.
	if hasACL(path) {
		return true
	}
	switch {
	case int(st.Uid) == p.uid:
		return st.Mode&unix.S_IWUSR != 0
	case slices.Contains(p.groups, int(st.Gid)):
		return st.Mode&unix.S_IWGRP != 0
	}
	return st.Mode&unix.S_IWOTH != 0
}

// anyone is the owner of a file whose owner cannot be seen.
const anyone = -1

// owner returns the user who owns a mark.
func (q *target) owner(place place) int {
	var st unix.Stat_t
	if unix.Stat(q.root+place.path, &st) != nil {
		return anyone
	}
	return int(st.Uid)
}
