package power

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// found is an entry on a disk.
type found struct {
	path string
	entry
}

// queues are all that a worker's directory may have.
var queues = []string{"in", "bad", "shunt", "hold"}

// look reads the queues of a worker without the commands. Behind the name of an entry there must
// be a whole one.
func look(dir string) (all []found, wrong []string) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, []string{err.Error()}
	}
	for _, q := range names {
		files, err := os.ReadDir(filepath.Join(dir, q.Name()))
		if strings.HasPrefix(q.Name(), ".switchboard.") && err == nil && len(files) == 0 {
			continue // a queue that was being made
		}
		if !slices.Contains(queues, q.Name()) {
			wrong = append(wrong, fmt.Sprintf("%s: what is that?", filepath.Join(dir, q.Name())))
			continue
		}
		if err != nil {
			wrong = append(wrong, err.Error())
		}
		for _, f := range files {
			path := filepath.Join(dir, q.Name(), f.Name())
			queue, base, ext := split(path)
			if ext == ".tmp" || strings.HasPrefix(base, "switchboard.") || base == "switchboard" {
				continue
			}
			if !slices.Contains([]string{".pck", ".bak", ".psv"}, ext) || !f.Type().IsRegular() {
				wrong = append(wrong, fmt.Sprintf("%s: what is that?", path))
				continue
			}
			h, err := readFile(path)
			if err != nil {
				wrong = append(wrong, fmt.Sprintf("%s: %v", path, err))
			}
			all = append(all, found{path, entry{base, h.message, place{queue, ext, h.restores}}})
		}
	}
	return all, wrong
}

// compare says what is wrong with what was found.
func (l *ledger) compare(all []found) (wrong []string) {
	there := map[string][]found{}
	offered := map[int]int{}
	for _, f := range all {
		if there[f.Base] = append(there[f.Base], f); l.entries[f.Base] != nil {
			continue
		}
		// Its path was not printed yet.
		offered[f.Message]++
		if !l.offered[f.Message] || offered[f.Message] > 1 || f.place != (place{"in", ".pck", 0}) {
			wrong = append(wrong, fmt.Sprintf("%s: message %d is there, %+v", f.path, f.Message, f.place))
		}
	}
	for base, h := range l.entries {
		switch files := there[base]; {
		case len(files) == 0 && slices.Contains(h.places, place{}):
		case len(files) == 0:
			wrong = append(wrong, fmt.Sprintf("%s is lost; it may be %+v", base, h.places))
		case len(files) > 1:
			wrong = append(wrong, fmt.Sprintf("%s and %s both exist; it may be %+v", files[0].path, files[1].path, h.places))
		case !slices.Contains(h.places, files[0].place):
			wrong = append(wrong, fmt.Sprintf("%s: %+v; it may be %+v", files[0].path, files[0].place, h.places))
		case files[0].Message != h.message:
			wrong = append(wrong, fmt.Sprintf("%s: message %d, not %d", files[0].path, files[0].Message, h.message))
		}
	}
	return wrong
}

// recovers has the commands work on what a power cut has left. All that was ready or in flight
// can be claimed and finished, and nothing is left.
func recovers(t *testing.T, dir string, all []found) (wrong []string) {
	t.Helper()
	in, left := filepath.Join(dir, "in"), 0
	for _, f := range all {
		if f.Queue == "in" {
			left++
		}
	}
	restored := harness.Run(t, nil, "qrestore", "--max-restores", "0", in)
	claimed := harness.Run(t, nil, "qdequeue", "-a", in)
	finished := harness.Run(t, []byte(claimed.Out), "qfinish", "-")
	after, _ := look(dir)
	after = slices.DeleteFunc(after, func(f found) bool { return f.Queue != "in" })
	said := restored.Err + claimed.Err + finished.Err
	if n := strings.Count(claimed.Out, "\n"); n != left || len(after) > 0 || said != "" {
		wrong = append(wrong, fmt.Sprintf("%s: of %d entries %d were claimed and %d are left: %s", in, left, n, len(after), said))
	}
	return wrong
}
