package power

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// workers is the number of workers. Each has queues of its own, in a directory of the disk that
// is called by its number, and all share the disk and its flushes.
const workers = 2

// mountPoint is where the guest has the disk.
const mountPoint = "/mnt"

// orders are what a worker is told to do.
type orders struct {
	Worker, Steps int
	Seed          uint64
	// Files is how many files each command may have open, 0 for as many as it likes. With
	// few files a command takes its entries in small groups.
	Files uint64
	// Sync lets the worker sync the whole disk before some commands.
	Sync bool
	// Flood lets it handle more entries at once than the largest group has, and large ones.
	Flood bool
}

// String returns the orders as the worker reads them.
func (o orders) String() string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// work is the worker's program in the guest. It uses the commands, and tells what they may do
// and have done.
func work(text string) error {
	w := &worker{entries: map[string]*entry{}}
	if err := json.Unmarshal([]byte(text), &w.orders); err != nil {
		return err
	}
	if w.Files != 0 {
		limit := unix.Rlimit{Cur: w.Files, Max: w.Files}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			return err
		}
	}
	w.random = rand.New(rand.NewPCG(w.Seed, uint64(w.Worker)))
	w.dir = filepath.Join(mountPoint, strconv.Itoa(w.Worker))
	w.messages = filepath.Join("/tmp", strconv.Itoa(w.Worker))
	var err error
	if w.teller, err = newTeller(os.Stdout, "/dev/vda", w.Worker); err != nil {
		return err
	}
	for n := range w.Steps {
		if err := w.step(n); err != nil {
			return fmt.Errorf("step %d: %w", n, err)
		}
	}
	return nil
}

// worker uses the commands on its own queues, one after the other.
type worker struct {
	orders
	teller *teller
	random *rand.Rand
	// dir has the queues, and messages is where the files with messages are.
	dir, messages string
	// last is the number of the last message.
	last int
	// entries are all that exist, each where it is unless the power is cut.
	entries map[string]*entry
}

// many is the number of entries that is enough: each is looked for after each cut.
const many = 120

func (w *worker) step(n int) error {
	if w.Sync && w.random.IntN(6) == 0 {
		unix.Sync()
	}
	switch {
	case w.Flood && n == w.Steps/2:
		return w.flood()
	case len(w.at("in", ".pck")) > many:
		return w.drain()
	}
	steps := []func() error{
		func() error { return w.store(1) },
		func() error { return w.store(2 + w.random.IntN(28)) },
		func() error { return w.store(33 + w.random.IntN(20)) },
		func() error { return w.claim(1 + w.random.IntN(12)) },
		func() error { return w.claim(33) },
		w.finish, w.finish, w.preserve, w.requeue, w.restore, w.restore, w.release, w.unshunt,
		w.hold, w.unhold, w.discard, w.drain,
	}
	return steps[w.random.IntN(len(steps))]()
}

// at returns the entries at a place, the oldest first.
func (w *worker) at(queue, ext string) []*entry {
	list := slices.Collect(maps.Values(w.entries))
	list = slices.DeleteFunc(list, func(e *entry) bool { return e.Queue != queue || e.Ext != ext })
	slices.SortFunc(list, func(a, b *entry) int {
		at, ad, _ := strings.Cut(a.Base, "+")
		bt, bd, _ := strings.Cut(b.Base, "+")
		ta, _ := strconv.ParseFloat(at, 64)
		tb, _ := strconv.ParseFloat(bt, 64)
		switch {
		case ta < tb:
			return -1
		case ta > tb:
			return 1
		}
		return strings.Compare(ad, bd)
	})
	return list
}

// some returns up to most entries of a list, at random.
func (w *worker) some(list []*entry, most int) []*entry {
	w.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(len(list), 1+w.random.IntN(most))]
}

// may tells at which places entries may be from now on.
func (w *worker) may(list []*entry, of func(place) []place) error {
	var e event
	for _, one := range list {
		e.May = append(e.May, places(*one, of)...)
	}
	return w.teller.tell(e)
}

// places returns an entry at each of several places.
func places(one entry, of func(place) []place) (all []entry) {
	for _, p := range of(one.place) {
		all = append(all, entry{one.Base, one.Message, p})
	}
	return all
}

// are tells where entries are for good.
func (w *worker) are(list []*entry, places func(place) place) error {
	var e event
	for _, one := range list {
		one.place = places(one.place)
		if e.Is = append(e.Is, *one); one.Queue == "" {
			delete(w.entries, one.Base)
		}
	}
	return w.teller.tell(e)
}

// paths returns the paths of entries.
func (w *worker) paths(list []*entry) (paths []string) {
	for _, e := range list {
		paths = append(paths, filepath.Join(w.dir, e.Queue, e.Base+e.Ext))
	}
	return paths
}

// queue returns the path of a queue.
func (w *worker) queue(name string) string { return filepath.Join(w.dir, name) }

// split returns the parts of an entry's path.
func split(path string) (queue, base, ext string) {
	dir, name := filepath.Split(path)
	ext = filepath.Ext(name)
	return filepath.Base(dir), strings.TrimSuffix(name, ext), ext
}

// moved tells that entries have the paths that were printed.
func (w *worker) moved(restores func(place) int) func([]string) error {
	return func(paths []string) error {
		var e event
		for _, path := range paths {
			queue, base, ext := split(path)
			one := w.entries[base]
			if one == nil {
				return fmt.Errorf("%s was printed, which is not an entry", path)
			}
			one.place = place{queue, ext, restores(one.place)}
			e.Is = append(e.Is, *one)
		}
		return w.teller.tell(e)
	}
}

func same(p place) int { return p.Restores }
func none(place) int   { return 0 }

// run runs a command, which must succeed or end with one of the other statuses. As it prints
// lines, it calls printed with all that are there.
func (w *worker) run(other []int, printed func([]string) error, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return err
	}
	var rest []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := out.Read(buffer)
		rest = append(rest, buffer[:n]...)
		if end := bytes.LastIndexByte(rest, '\n'); end >= 0 {
			if err := printed(strings.Split(string(rest[:end]), "\n")); err != nil {
				return err
			}
			rest = rest[end+1:]
		}
		if err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && slices.Contains(other, exit.ExitCode()) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("%s %.300s: %w: %.500s", name, strings.Join(args, " "), err, said.String())
	}
	return nil
}

// silent is for commands that print nothing.
func silent(lines []string) error { return fmt.Errorf("%q was printed", lines) }
