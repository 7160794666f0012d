package disk

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// holders has the processes that held locks on the files of a directory at one time, as
// text for a person. The keys are the files' paths.
type holders struct {
	at     time.Time
	dir    string
	byPath map[string]string
}

// Holders reads /proc, because flock(2) does not name the holder, and because the
// process that took a lock may have ended while its children still have it. One look at
// all processes serves all entries for a second.
func (d *osDir) Holders(f File) string {
	path, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(f.Fd()))
	if err != nil {
		return ""
	}
	dir := filepath.Dir(path)
	if time.Since(d.holders.at) > time.Second || d.holders.dir != dir {
		d.holders = holders{time.Now(), dir, lockHolders(dir)}
	}
	return d.holders.byPath[path]
}

// lockHolders looks for locks on the files of one directory, in every process that this
// one is allowed to look at.
func lockHolders(dir string) map[string]string {
	all := make(map[string]string)
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	for _, process := range processes {
		pid := filepath.Base(process)
		if pid == strconv.Itoa(os.Getpid()) {
			continue
		}
		// An ordinary user cannot look at other users' processes.
		files, err := os.ReadDir(process + "/fd")
		if err != nil {
			continue
		}
		for _, fd := range files {
			path, err := os.Readlink(process + "/fd/" + fd.Name())
			if err != nil || filepath.Dir(path) != dir || !locks(process+"/fdinfo/"+fd.Name()) {
				continue
			}
			name, _ := os.ReadFile(process + "/comm")
			who := pid + " (" + strings.TrimSuffix(string(name), "\n") + ")"
			if all[path] != "" {
				who = all[path] + ", " + who
			}
			all[path] = who
		}
	}
	return all
}

// locks says whether a descriptor has a lock of flock(2). See proc(5).
func locks(fdinfo string) bool {
	info, err := os.ReadFile(fdinfo)
	if err != nil {
		return false
	}
	for line := range bytes.Lines(info) {
		if bytes.HasPrefix(line, []byte("lock:")) && bytes.Contains(line, []byte(" FLOCK ")) {
			return true
		}
	}
	return false
}
