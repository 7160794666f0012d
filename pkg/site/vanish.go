package site

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"switchboard/pkg/queue"
)

// MayVanish returns nil if an entry of the queue at path may be moved away or deleted: no
// running Mailman works on the queue, or one whose runners go on if an entry of their
// listing has gone. Those of Mailman 3 and of 2.1.10 or later do. Those of earlier versions
// die. The error is that of [Running].
func MayVanish(path string, pidFiles ...string) error { return thisMachine.mayVanish(path, pidFiles) }

func (m *machine) mayVanish(path string, pidFiles []string) error {
	q := &target{machine: m, path: path, ways: m.ways(path)}
	if q.generation() == mailman3 {
		return nil
	}
	version, file, known := q.version()
	if known && version >= survives {
		return nil
	}
	err := m.running(path, pidFiles)
	var e *queue.Error
	if !errors.Is(err, ErrRunning) || !errors.As(err, &e) {
		return err
	}
	remedy := fmt.Sprintf("stop Mailman first: runners before 2.1.10 die if an entry vanishes, and this is %s by %s", version, file)
	if !known {
		remedy = "stop Mailman first: runners before 2.1.10 die if an entry vanishes, and its data/last_mailman_version cannot be read"
	}
	return &queue.Error{Path: e.Path, Err: e.Err, Remedy: remedy}
}

// hexVersion is a version of Mailman as it writes its own: two digits each for the major,
// minor and micro number, one for alpha to final, one for the number of that.
type hexVersion uint32

// survives is 2.1.10.
const survives hexVersion = 0x02010af0

func (v hexVersion) String() string { return fmt.Sprintf("%d.%d.%d", v>>24, v>>16&0xff, v>>8&0xff) }

// version reads the version of the Mailman 2.1 that the queue belongs to, from the file
// in which its bin/update notes it: last_mailman_version in VAR/data, where VAR has the
// queues. Fedora keeps the queues elsewhere.
func (q *target) version() (version hexVersion, file string, known bool) {
	var dirs []string
	for _, way := range q.ways {
		dirs = append(dirs, filepath.Dir(filepath.Dir(way)))
	}
	if slices.Contains(dirs, "/var/spool") {
		dirs = append(dirs, "/var/lib/mailman")
	}
	for _, dir := range dirs {
		file = filepath.Join(dir, "data/last_mailman_version")
		text, err := read(q.root, file, mostPid)
		if err != nil {
			continue
		}
		digits := strings.TrimPrefix(strings.TrimSuffix(strings.TrimSpace(text), "L"), "0x")
		if n, err := strconv.ParseUint(digits, 16, 32); err == nil {
			return hexVersion(n), file, true
		}
	}
	return 0, "", false
}

// Culls reports whether a Mailman 2.1 deletes old files from the queue at path: its
// cron/cull_bad_shunt does so in shunt and bad, by the time of their last change.
func Culls(path string) bool { return thisMachine.culls(path) }

func (m *machine) culls(path string) bool {
	q := &target{machine: m, path: path, ways: m.ways(path)}
	culled := slices.ContainsFunc(q.ways, func(way string) bool {
		name := filepath.Base(way)
		return name == "shunt" || name == "bad"
	})
	return culled && q.generation() != mailman3
}
