package enemy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/test/harness"
)

// enemyVariable and seedVariable, as environment variables, make this program the enemy.
const (
	enemyVariable = "SWITCHBOARD_TEST_ENEMY"
	seedVariable  = "SWITCHBOARD_TEST_ENEMY_SEED"
)

// enemy swaps one kind of thing.
type enemy struct {
	base   string
	random *rand.Rand
	// made counts the names that it made, so that none is used twice.
	made, number int
}

// beEnemy attacks until standard input ends.
func beEnemy(base string) {
	seed, err := strconv.ParseUint(os.Getenv(seedVariable), 10, 64)
	if err != nil || os.Getuid() == 0 {
		fmt.Fprintln(os.Stderr, "this is not an enemy:", err)
		os.Exit(1)
	}
	unix.Umask(0)
	for n, attack := range []func(*enemy){
		(*enemy).swapQueue, (*enemy).swapTree, (*enemy).swapName, (*enemy).swapNew, (*enemy).swapBeside, (*enemy).feed,
	} {
		e := &enemy{base: base, random: rand.New(rand.NewPCG(seed, 1000+uint64(n))), number: n}
		go func() {
			for {
				attack(e)
			}
		}()
	}
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func (e *enemy) at(name string) string     { return filepath.Join(e.base, "var", name) }
func (e *enemy) canary(name string) string { return filepath.Join(e.base, "canary", name) }
func (e *enemy) pick(list []string) string { return list[e.random.IntN(len(list))] }
func (e *enemy) queue() string             { return e.at("queues/" + e.pick(queueNames)) }
func (e *enemy) wait(most time.Duration)   { time.Sleep(time.Duration(e.random.Int64N(int64(most)))) }
func exchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}

// side returns a new name for what is swapped in.
func (e *enemy) side() string {
	e.made++
	return e.at(fmt.Sprintf("side/%d-%d", e.number, e.made))
}

// list returns the names in a directory. It does not wait for the other end of a FIFO that has
// taken its place.
func list(dir string) []string {
	f, err := os.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	return names
}

// swap puts what is at side in the place of path for a moment, and then removes it.
func (e *enemy) swap(path, side string, most time.Duration) {
	switch exchange(path, side) {
	case nil:
		e.wait(most)
		if exchange(path, side) != nil {
			os.Rename(side, path)
		}
	case unix.ENOENT:
		if os.Rename(side, path) == nil {
			e.wait(most)
			os.RemoveAll(path)
		}
	}
	os.RemoveAll(side)
}

// make makes something that is not what root expects. targets are what links lead to.
func (e *enemy) make(path string, targets ...string) {
	switch e.random.IntN(8) {
	case 0:
		unix.Mkfifo(path, 0o666)
	case 1:
		os.Mkdir(path, 0o2770)
	case 2:
		os.Symlink(e.pick([]string{"nothing", filepath.Base(path), "/dev/zero", e.canary("fifo")}), path)
	case 3:
		os.Link(e.at("queues/in/"+harness.Base(e.random.IntN(6))+".pck"), path)
	default:
		os.Symlink(e.pick(targets), path)
	}
}

// swapQueue puts a link in the place of a queue.
func (e *enemy) swapQueue() {
	path, side := e.queue(), e.side()
	os.Mkdir(path, 0o2770)
	name := filepath.Base(path)
	e.make(side, e.canary("queues/"+name), e.canary("queues/in"), e.canary("dir"), e.canary("empty"), e.queue())
	e.swap(path, side, 500*time.Microsecond)
	e.wait(2 * time.Millisecond)
}

// swapTree puts a link in the place of the directory of all queues.
func (e *enemy) swapTree() {
	side := e.side()
	os.Symlink(e.canary("queues"), side)
	e.swap(e.at("queues"), side, 200*time.Microsecond)
	e.wait(10 * time.Millisecond)
}

// swapName puts something in the place of a file in a queue.
func (e *enemy) swapName() {
	queue := e.queue()
	name := e.pick([]string{"switchboard.lock", "switchboard.claims", "switchboard.claims-0-2", "switchboard.rename", harness.Base(e.random.IntN(6)) + e.pick([]string{".pck", ".bak", ".psv", ".pck.tmp"})})
	if names := list(queue); len(names) > 0 && e.random.IntN(3) > 0 {
		name = e.pick(names)
	}
	side := e.side()
	e.make(side, e.canary("plain"), e.canary("queues/in/"+name), e.canary("queues/in/"+harness.Base(0)+".pck"), e.canary("queues/in"), e.canary("dir"))
	e.swap(filepath.Join(queue, name), side, 300*time.Microsecond)
}

// swapNew waits for what root makes, and swaps it at once.
func (e *enemy) swapNew() {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		panic(err)
	}
	defer unix.Close(fd)
	dirs := map[int32]string{}
	watch := func(path string, events uint32) {
		if wd, err := unix.InotifyAddWatch(fd, path, events|unix.IN_ONLYDIR|unix.IN_DONT_FOLLOW); err == nil {
			dirs[int32(wd)] = path
		}
	}
	watch(e.at("queues"), unix.IN_CREATE)
	for _, name := range queueNames {
		watch(e.at("queues/"+name), unix.IN_CREATE|unix.IN_MOVED_TO)
	}
	buffer := make([]byte, 64<<10)
	// Queues come and go: watch those of now after a while.
	for end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); {
		n, err := unix.Read(fd, buffer)
		if err != nil {
			return
		}
		for rest := buffer[:n]; len(rest) >= unix.SizeofInotifyEvent; {
			wd, length := int32(binary.NativeEndian.Uint32(rest)), int(binary.NativeEndian.Uint32(rest[12:]))
			name, _, _ := bytes.Cut(rest[unix.SizeofInotifyEvent:unix.SizeofInotifyEvent+length], []byte{0})
			rest = rest[unix.SizeofInotifyEvent+length:]
			if path := filepath.Join(dirs[wd], string(name)); dirs[wd] == e.at("queues") {
				e.takeNewQueue(path)
			} else if e.random.IntN(4) == 0 {
				side := e.side()
				e.make(side, e.canary("plain"), e.canary("queues/in/"+harness.Base(0)+".pck"))
				os.Rename(side, path)
			}
		}
	}
}

// takeNewQueue puts another directory, or a link to one, in the place of a queue that root has
// just made.
func (e *enemy) takeNewQueue(path string) {
	name, side := filepath.Base(path), e.side()
	fresh := strings.HasPrefix(name, "new")
	switch {
	case fresh && e.random.IntN(2) == 0:
		// Nobody names these queues by their path, so root must not take it for one.
		if exchange(e.at("queues/private"), path) == nil {
			e.wait(100 * time.Microsecond)
			exchange(e.at("queues/private"), path)
		}
	default:
		os.Symlink(e.pick([]string{e.canary("empty"), e.canary("dir"), e.canary("queues/bad")}), side)
		e.swap(path, side, 300*time.Microsecond)
	}
	e.wait(5 * time.Millisecond)
	if fresh || name == "made" || e.random.IntN(2) == 0 {
		os.RemoveAll(path)
	}
}

// swapBeside puts something in the place of the files that Mailman has beside the queues, or of
// the log.
func (e *enemy) swapBeside() {
	name := e.pick(append(besideNames, "log/switchboard.log"))
	side := e.side()
	switch dir := filepath.Dir(name); {
	case dir != "." && dir != "log" && e.random.IntN(4) == 0:
		os.Symlink(e.canary(dir), side)
		e.swap(e.at(dir), side, 300*time.Microsecond)
	case e.random.IntN(4) == 0 && dir != "log":
		os.WriteFile(side, []byte("4194303\n"), 0o644) // a Mailman that has gone
		e.swap(e.at(name), side, 300*time.Microsecond)
	default:
		e.make(side, e.canary(name), e.canary("plain"))
		e.swap(e.at(name), side, 300*time.Microsecond)
	}
}

// feed stores entries, so that root has something to do.
func (e *enemy) feed() {
	queue := e.queue()
	if names := list(queue); len(names) > 30 {
		for _, name := range names {
			if e.random.IntN(2) == 0 {
				os.RemoveAll(filepath.Join(queue, name))
			}
		}
		e.wait(5 * time.Millisecond)
		return
	}
	text, err := os.ReadFile(filepath.Join(e.base, "seeds", strconv.Itoa(e.random.IntN(7))))
	if err != nil {
		panic(err)
	}
	side := e.side()
	os.WriteFile(side, text, 0o660)
	e.made++
	base := harness.Base(e.random.IntN(6))
	if e.random.IntN(2) == 0 {
		base = harness.Base(100 + e.made)
	}
	if e.random.IntN(10) == 0 {
		os.Chmod(side, 0)
	}
	os.Rename(side, filepath.Join(queue, base+e.pick([]string{".pck", ".pck", ".bak", ".psv", ".pck.tmp"})))
	os.Remove(side)
	e.wait(2 * time.Millisecond)
}
