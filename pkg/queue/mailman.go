package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// runnerQueues are the queues that a runner of Mailman 2.1 or Mailman 3 works
// on: their QRUNNERS and [runner.*] settings. shunt and bad have none.
var runnerQueues = []string{
	"archive", "bounces", "command", "commands", "digest", "in", "news",
	"nntp", "out", "pipeline", "retry", "virgin",
}

// Running tells whether a Mailman master is alive whose runners work on the
// queue at path: an *Error that is ErrRunning and names the pid file, or nil; one
// that is fs.ErrPermission where that may not be known. pidFiles are looked at
// beside the known places. Queues without a runner, by their name, are nobody's.
func Running(path string, pidFiles ...string) error {
	named := canonical(path)
	real := named
	if r, err := filepath.EvalSymlinks(named); err == nil {
		real = r
	}
	if !slices.Contains(runnerQueues, filepath.Base(real)) && !slices.Contains(runnerQueues, filepath.Base(named)) {
		return nil
	}
	places := slices.Concat(pidFiles, knownPlaces(real))
	if named != real {
		places = append(places, knownPlaces(named)...)
	}
	for _, place := range places {
		pid, ok, err := alive(place)
		if err != nil {
			return &Error{Path: place, Err: err, Remedy: "it would say whether Mailman is running"}
		}
		if ok {
			return &Error{
				Path: path,
				Err:  running(fmt.Sprintf("Mailman is running (process %d, %s)", pid, place)),
				Remedy: "stop Mailman first; its runners put aside what vanishes from their listing; " +
					"if that process is no Mailman, remove the file",
			}
		}
	}
	return nil
}

// running is ErrRunning with the process.
type running string

func (e running) Error() string        { return string(e) }
func (e running) Is(target error) bool { return target == ErrRunning }

// knownPlaces are the pid files of the master that may own a queue directory:
// Mailman 2.1 has PREFIX/qfiles/QUEUE and PREFIX/data/master-qrunner.pid,
// Mailman 3 VAR/queue/QUEUE and VAR/master.pid. Distributions move them.
func knownPlaces(queue string) []string {
	queues := filepath.Dir(queue)
	root := filepath.Dir(queues)
	return append([]string{
		filepath.Join(root, "data", "master-qrunner.pid"),
		filepath.Join(root, "master.pid"),
	}, movedPlaces[queues]...)
}

// movedPlaces are the pid files of installations whose queues are in these
// directories: Debian's Mailman 2.1 and 3, Red Hat's 2.1, and Mailman 3's own
// layout "fhs". /var/run is a link to /run, on Linux and not everywhere.
var movedPlaces = map[string][]string{
	"/var/lib/mailman/qfiles": {"/run/mailman/mailman.pid", "/var/run/mailman/mailman.pid"},
	"/var/lib/mailman3/queue": {"/run/mailman3/master.pid", "/var/run/mailman3/master.pid"},
	"/var/spool/mailman": {
		"/run/mailman/master-qrunner.pid", "/var/run/mailman/master-qrunner.pid",
		"/run/mailman/master.pid", "/var/run/mailman/master.pid",
		"/var/lib/mailman/data/master-qrunner.pid",
	},
}

// alive reads a pid file and asks whether its process is there. One that
// belongs to somebody else (EPERM) is. The error is a file that may not be
// read.
func alive(pidFile string) (pid int, ok bool, err error) {
	f, err := os.OpenFile(pidFile, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrPermission) {
		return 0, false, err.(*fs.PathError).Err
	}
	if err != nil {
		return 0, false, nil
	}
	defer f.Close()
	buf := make([]byte, 32)
	n, _ := f.Read(buf)
	pid, err = strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil || pid <= 0 {
		return 0, false, nil
	}
	err = unix.Kill(pid, 0)
	return pid, err == nil || err == unix.EPERM, nil
}
