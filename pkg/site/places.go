package site

import (
	"os"
	"path/filepath"
	"slices"
)

// place is where a master may leave a mark.
type place struct {
	path string
	// lock says that the place is for a lock, not a pid file.
	lock bool
	// by is the generation whose master writes there.
	by generation
	// own says that a master which writes there works on the queue.
	own bool
	// partner is the place of the lock of the master whose pid file is here, or "".
	partner string
}

// beside returns the places relative to the queue. Mailman 2.1 has
// VAR/qfiles/QUEUE, VAR/data/master-qrunner.pid and VAR/locks/master-qrunner;
// Mailman 3 has VAR/queue/QUEUE, VAR/master.pid and VAR/locks/master.lck.
// Configured pid files come first.
func (m *machine) beside(ways, pidFiles []string) []place {
	var places []place
	for _, path := range pidFiles {
		places = append(places, place{path: path, own: true})
	}
	var roots []string
	for _, way := range ways {
		// Paths with the same grandparent lead to the same marks.
		root := filepath.Dir(filepath.Dir(way))
		if slices.Contains(roots, root) {
			continue
		}
		roots = append(roots, root)
		mailman2Lock, mailman3Lock := filepath.Join(root, "locks/master-qrunner"), filepath.Join(root, "locks/master.lck")
		places = append(places,
			place{path: filepath.Join(root, "data/master-qrunner.pid"), by: mailman2, own: true, partner: mailman2Lock},
			place{path: filepath.Join(root, "master.pid"), by: mailman3, own: true, partner: mailman3Lock},
			place{path: mailman3Lock, lock: true, by: mailman3, own: true},
			place{path: mailman2Lock, lock: true, by: mailman2, own: true},
		)
	}
	return places
}

// stateDirs are the directories in which packages keep the pid file, lockDirs those
// in which they keep the lock. The ones below /var are usually links to the others.
var (
	stateDirs = []string{"/run/mailman", "/run/mailman3", "/var/run/mailman", "/var/run/mailman3"}
	lockDirs  = []string{"/run/lock/mailman", "/run/lock/mailman3", "/var/lock/mailman", "/var/lock/mailman3"}
)

// shared returns the places below /run, which do not depend on the queue. A
// directory that does not exist costs one system call.
func (m *machine) shared() []place {
	var places []place
	for _, dir := range m.present(stateDirs) {
		places = append(places,
			place{path: dir + "/mailman.pid", by: mailman2}, // Debian's 2.1
			place{path: dir + "/master-qrunner.pid", by: mailman2},
			place{path: dir + "/master.pid", by: mailman3})
	}
	for _, dir := range m.present(lockDirs) {
		places = append(places,
			place{path: dir + "/master.lck", lock: true, by: mailman3},
			place{path: dir + "/master-qrunner", lock: true, by: mailman2})
	}
	return places
}

// present returns the directories that exist, each once.
func (m *machine) present(dirs []string) []string {
	var found []string
	var seen []os.FileInfo
	for _, dir := range dirs {
		st, err := os.Stat(m.root + dir)
		if err != nil || slices.ContainsFunc(seen, func(s os.FileInfo) bool { return os.SameFile(s, st) }) {
			continue
		}
		found, seen = append(found, dir), append(seen, st)
	}
	return found
}
