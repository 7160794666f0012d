package power

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"switchboard/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// cuts returns the number of cuts for each filesystem: 120, or POWER_CUTS, which may be
// thousands.
func cuts(t *testing.T) int {
	if s := os.Getenv("POWER_CUTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 120
}

// round is the number of cuts before the copies are checked.
const round = 60

// TestPowerCut checks that what a command reported before the power cut is true after it.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	if os.Getenv("POWER_CUTS") == "" {
		harness.Long(t)
	}
	harness.Bin(t)
	images := store(t)
	t.Run("on", func(t *testing.T) {
		for _, kind := range []string{"ext4", "xfs", "btrfs"} {
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, kind, images, false)
				wrong := b.run(t, cuts(t))
				if len(wrong) > 0 {
					t.Errorf("%d wrong:\n%s", len(wrong), strings.Join(wrong[:min(len(wrong), 20)], "\n"))
				}
				if b.looked < 10*cuts(t) {
					t.Errorf("only %d entries were looked for", b.looked)
				}
			})
		}
	})
}

// TestPowerCutTells checks that TestPowerCut can fail: messages that were not synced are
// lost.
func TestPowerCutTells(t *testing.T) {
	t.Parallel()
	if os.Getenv("POWER_CUTS") == "" {
		harness.Long(t)
	}
	harness.Bin(t)
	b := newBench(t, "ext4", store(t), true)
	if wrong := b.run(t, 6); len(wrong) == 0 {
		t.Error("with qenqueue --no-sync nothing was lost in 6 cuts")
	}
}

// bench is a disk with workers on it.
type bench struct {
	disk    *disk
	notes   *diary
	workers []*worker
	looked  int
	// commands is the number of commands that have run.
	commands atomic.Int64
}

func newBench(t *testing.T, kind, images string, noSync bool) *bench {
	t.Helper()
	b := &bench{disk: newDisk(t, kind, filepath.Join(images, kind+".img")), notes: newDiary()}
	b.disk.start(t)
	for i := range 2 {
		queue := filepath.Join(b.disk.mount, fmt.Sprintf("q%d", i), "in")
		if err := os.MkdirAll(queue, 0o770); err != nil {
			t.Fatal(err)
		}
		b.workers = append(b.workers, &worker{
			t: t, queue: queue, notes: b.notes, rand: rand.New(rand.NewPCG(uint64(i), 1)), noSync: noSync,
		})
	}
	// No command has promised that the queues' own names last.
	if err := command("sync", "-f", b.disk.mount); err != nil {
		t.Fatal(err)
	}
	b.disk.stop()
	return b
}

// copied is a copy of the disk, with what was known before the copy began and after it was
// made.
type copied struct {
	image         string
	before, after page
}

// run cuts the disk n times while the workers work. It returns what is wrong on the copies.
func (b *bench) run(t *testing.T, n int) (wrong []string) {
	random := rand.New(rand.NewPCG(7, uint64(n)))
	for done := 0; done < n && !t.Failed(); {
		some := min(n-done, round)
		copies := b.work(t, some, random)
		for i, c := range copies {
			if t.Failed() {
				break
			}
			wrong = append(wrong, b.look(t, c, i%5 == 0)...)
			os.Remove(c.image)
		}
		done += some
	}
	t.Logf("%s: %d cuts, %d entries looked for", b.disk.kind, n, b.looked)
	return wrong
}

// work lets the workers work until n copies have been made.
func (b *bench) work(t *testing.T, n int, random *rand.Rand) (copies []copied) {
	b.disk.start(t)
	defer b.disk.stop()
	stop := make(chan struct{})
	var working sync.WaitGroup
	for _, w := range b.workers {
		working.Go(func() {
			for !t.Failed() {
				select {
				case <-stop:
					return
				default:
					w.step()
					b.commands.Add(1)
				}
			}
		})
	}
	for i := range n {
		// Something has to happen between two cuts, even on a slow machine.
		for before := b.commands.Load(); b.commands.Load() < before+2 && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(random.IntN(40)) * time.Millisecond)
		c := copied{image: fmt.Sprintf("%s.cut%d", b.disk.image, i)}
		c.before = b.notes.page()
		if err := b.disk.cut(c.image, loss(i%3), random); err != nil {
			t.Error(err)
			break
		}
		c.after = b.notes.end()
		copies = append(copies, c)
	}
	close(stop)
	working.Wait()
	return copies
}
