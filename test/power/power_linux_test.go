package power

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/test/harness"
)

// cuts is how many there are for each filesystem: POWER_CUTS, or else enough
// to be done in a minute or two.
func cuts(t *testing.T) int {
	if s := os.Getenv("POWER_CUTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if harness.CI() {
		return 100
	}
	return 10
}

// TestPowerCut says that a path that was printed before the power went is there
// when it comes back, in one state, with the message's exact bytes, unless a
// qfinish for it had begun.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	harness.Bin(t)
	images := store(t)
	for _, kind := range []string{"ext4", "xfs", "btrfs"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := &disk{kind: kind, image: filepath.Join(images, kind+".img"), mount: filepath.Join(t.TempDir(), "disk")}
			if err := d.make(512 << 20); err != nil {
				harness.Needs(t, kind, err)
			}
			defer d.unmount()
			if lost := work(t, d, cuts(t), false); len(lost) > 0 {
				t.Errorf("%d losses:\n%s", len(lost), strings.Join(lost[:min(len(lost), 20)], "\n"))
			}
		})
	}
}

// TestPowerCutTells says that the test above would tell: messages that nobody
// synced are lost.
func TestPowerCutTells(t *testing.T) {
	t.Parallel()
	harness.Bin(t)
	d := &disk{kind: "ext4", image: filepath.Join(store(t), "image"), mount: filepath.Join(t.TempDir(), "disk")}
	if err := d.make(512 << 20); err != nil {
		harness.Needs(t, d.kind, err)
	}
	defer d.unmount()
	if lost := work(t, d, 10, true); len(lost) == 0 {
		t.Error("with qenqueue --no-sync nothing was lost in 10 cuts")
	}
}

// work has the commands work on a disk that is cut n times, and returns what
// was lost.
func work(t *testing.T, d *disk, n int, noSync bool) (lost []string) {
	notes := newDiary()
	stop := make(chan struct{})
	var workers sync.WaitGroup
	for i := range 2 {
		queue := filepath.Join(d.mount, fmt.Sprintf("q%d", i), "in")
		if err := os.MkdirAll(queue, 0o770); err != nil {
			t.Fatal(err)
		}
		workers.Add(1)
		go func() {
			defer workers.Done()
			w := worker{t: t, queue: queue, notes: notes, random: rand.New(rand.NewPCG(uint64(i), 1)), noSync: noSync}
			for {
				select {
				case <-stop:
					return
				default:
					w.step()
				}
			}
		}()
	}
	image := d.image + ".cut"
	checked := 0
	random := rand.New(rand.NewPCG(7, 7))
	for i := 0; i < n && !t.Failed(); i++ {
		time.Sleep(time.Duration(5+random.IntN(60)) * time.Millisecond)
		known := notes.page()
		if err := d.cut(image); err != nil {
			t.Fatal(err)
		}
		checked += len(known)
		lost = append(lost, check(t, d.kind, image, known, notes)...)
	}
	close(stop)
	workers.Wait()
	t.Logf("%s: %d cuts, %d entries looked for", d.kind, n, checked)
	if checked < n {
		t.Errorf("only %d entries were looked for in %d cuts", checked, n)
	}
	return lost
}

// check mounts a copy, which replays its journal, looks for what is known, and
// returns what is not as it should be.
func check(t *testing.T, kind, image string, known map[string]string, notes *diary) (lost []string) {
	t.Helper()
	copied := &disk{kind: kind, image: image, mount: filepath.Join(t.TempDir(), "copy")}
	if err := copied.mountIt(); err != nil {
		t.Fatalf("the copy cannot be mounted: %v", err)
	}
	defer os.Remove(image)
	defer copied.unmount()
	found := map[string][]string{}
	for _, pattern := range []string{"q*/in/*.pck", "q*/in/*.bak", "q*/bad/*.psv"} {
		paths, _ := filepath.Glob(filepath.Join(copied.mount, pattern))
		for _, p := range paths {
			found[base(p)] = append(found[base(p)], p)
		}
	}
	for b, text := range known {
		paths := found[b]
		if len(paths) == 0 && notes.ended(b) {
			continue
		}
		if len(paths) != 1 {
			lost = append(lost, fmt.Sprintf("%s was stored and is now in %d places: %v", b, len(paths), paths))
			continue
		}
		if got, err := read(paths[0]); err != nil || got != text {
			lost = append(lost, fmt.Sprintf("%s: %v; its message has %d bytes, not the %d that were stored", paths[0], err, len(got), len(text)))
		}
	}
	return lost
}

// read reads an entry's message.
func read(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	c, err := message.Read(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = c.WriteMessage(&text)
	return text.String(), err
}
