package power

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// found is an entry on a copy.
type found struct {
	path string
	state
	text string
}

// look mounts a copy and compares what is there with what must be. With use, the commands
// then work on it. It returns what is wrong.
func (b *bench) look(t *testing.T, c copied, use bool) (wrong []string) {
	t.Helper()
	mount := filepath.Join(t.TempDir(), "copy")
	if err := os.Mkdir(mount, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := mountCut(b.disk.kind, c.image, mount); err != nil {
		t.Fatalf("the copy cannot be mounted: %v", err)
	}
	defer func() {
		unmount(mount)
		if b.disk.kind == "btrfs" {
			command("btrfs", "device", "scan", "--forget")
		}
	}()
	there, wrong := b.read(mount)
	for base := range c.before {
		b.looked++
		may, text := b.notes.between(base, c.before, c.after)
		files := there[base]
		switch {
		case len(files) == 0 && slices.ContainsFunc(may, func(s state) bool { return s.class == absent }):
		case len(files) == 0:
			wrong = append(wrong, fmt.Sprintf("%s: %s is lost; it may be %v", c.image, base, may))
		case len(files) > 1:
			wrong = append(wrong, fmt.Sprintf("%s: %s is in %d places", c.image, base, len(files)))
		case !slices.Contains(may, files[0].state):
			wrong = append(wrong, fmt.Sprintf("%s: %s is %v; it may be %v", c.image, files[0].path, files[0].state, may))
		case files[0].text != text:
			wrong = append(wrong, fmt.Sprintf("%s: %s has not its message's bytes", c.image, files[0].path))
		}
	}
	if use && len(wrong) == 0 {
		wrong = b.use(t, mount, there)
	}
	return wrong
}

// read reads all entries of a copy. Behind the name of an entry there must always be a
// complete one, known or not.
func (b *bench) read(mount string) (there map[string][]found, wrong []string) {
	there = map[string][]found{}
	for _, name := range []string{"in", "bad"} {
		paths, _ := filepath.Glob(filepath.Join(mount, "q*", name, "*"))
		for _, path := range paths {
			id, s := queue.SplitName(filepath.Base(path))
			if s == queue.Stray || s == queue.Temporary {
				continue
			}
			held, err := harness.Read(path)
			if err != nil {
				wrong = append(wrong, err.Error())
				continue
			}
			f := found{path: path, state: state{here, held.Restores}, text: string(held.Text)}
			if s == queue.Preserved {
				f.class = preserved
			}
			if !b.notes.offered[f.text] || !strings.HasSuffix(held.Owner, " 660") {
				wrong = append(wrong, fmt.Sprintf("%s: nobody's message, or of mode %s", path, held.Owner))
			}
			there[id.String()] = append(there[id.String()], f)
		}
	}
	return there, wrong
}

// use restores, claims and finishes everything on a copy with the commands.
func (b *bench) use(t *testing.T, mount string, there map[string][]found) (wrong []string) {
	for i := range b.workers {
		in := filepath.Join(mount, fmt.Sprintf("q%d", i), "in")
		left := 0
		for _, files := range there {
			if files[0].class == here && filepath.Dir(files[0].path) == in {
				left++
			}
		}
		restored := harness.Run(t, nil, "qrestore", "--max-restores", "0", in)
		claimed := harness.Run(t, nil, "qdequeue", "-a", in)
		finished := harness.Run(t, []byte(claimed.Out), "qfinish", "-")
		after, err := filepath.Glob(in + "/*+*")
		temporary, _ := filepath.Glob(in + "/*.tmp")
		if err != nil || strings.Count(claimed.Out, "\n") != left || len(after) != len(temporary) ||
			restored.Err+claimed.Err+finished.Err != "" {
			wrong = append(wrong, fmt.Sprintf("%s: of %d entries %d were claimed and %d files are left: %s%s%s",
				in, left, strings.Count(claimed.Out, "\n"), len(after), restored.Err, claimed.Err, finished.Err))
		}
	}
	return wrong
}
