package limits

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
)

// place is where a command runs: in pid and mount namespaces of its own, in which no other
// process has a number.
type place struct {
	name string
	// script runs in the namespaces. $bin, $queues and $root are directories; the commands are
	// in $bin, and the queues are $queues, under the same paths as outside unless bare is set.
	script string
	// bare means that there are only the commands, in /bin, and the queues, in /queues.
	bare bool
}

var places = []place{
	{name: "own /proc", script: `mount -t proc proc /proc && exec "$bin/$@"`},
	{name: "no /proc", script: `mount -t tmpfs none /proc && exec "$bin/$@"`},
	// This /proc is that of other namespaces, so that even /proc/self leads nowhere.
	{name: "read-only", script: `for dir in /tmp /var/tmp /dev/shm /run; do mount --bind -o ro "$dir" "$dir" || exit 99; done
		mount --bind "$queues" "$queues" && mount -o remount,rw,bind "$queues" &&
		mount -o remount,ro,bind / && exec "$bin/$@"`},
	{name: "bare", bare: true, script: `mount -t tmpfs none "$root" && mkdir "$root/bin" "$root/queues" &&
		mount --bind "$bin" "$root/bin" && mount --bind "$queues" "$root/queues" &&
		mount -o remount,ro "$root" && exec chroot "$root" "/bin/$@"`},
}

// world is the queues in a place.
type world struct {
	*testing.T
	place
	queues
	root string
}

// command returns a command in new namespaces. The paths in args are those outside.
func (w *world) command(name string, args ...string) *exec.Cmd {
	w.Helper()
	args = slices.Clone(args)
	if w.bare {
		for i := range args {
			args[i] = strings.ReplaceAll(strings.ReplaceAll(args[i], w.dir, "/queues"), harness.Bin(w.T), "/bin")
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	w.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "unshare", append([]string{"-mpf", "--kill-child", "--propagation", "private", "/bin/sh", "-c", w.script, "sh", name}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "bin=" + harness.Bin(w.T), "queues=" + w.dir, "root=" + w.root}
	return cmd
}

// run runs a command to its end.
func (w *world) run(stdin []byte, name string, args ...string) harness.Result {
	w.Helper()
	cmd := w.command(name, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	r, err := harness.Wait(cmd, cmd.Start)
	must(w.T, err)
	if w.bare {
		r.Out = strings.ReplaceAll(r.Out, "/queues", w.dir)
	}
	return r
}

// expect runs a command that must end with a status.
func (w *world) expect(status int, stdin []byte, name string, args ...string) string {
	w.Helper()
	r := w.run(stdin, name, args...)
	if r.Status != status {
		w.Errorf("%s %v: status %d, want %d: %s%s", name, args, r.Status, status, r.Out, r.Err)
	}
	return strings.TrimSpace(r.Out)
}

// expectFound checks which messages are there, and where.
func (w *world) expectFound(want map[int]string) {
	w.Helper()
	all, err := w.found()
	if err != nil {
		w.Error(err)
		return
	}
	for n := range messages + 1 {
		found := strings.Join(all[n], " ")
		if rel, err := filepath.Rel(w.dir, found); err == nil && len(all[n]) == 1 {
			found = filepath.Dir(rel) + filepath.Ext(rel)
		}
		if found != want[n] {
			w.Errorf("message %d is %q, want %q", n, found, want[n])
		}
	}
}

// TestNamespaces runs every command in each place. Each runs in namespaces of its own, so that
// no command knows the process that made the claim which it finishes, restores or leaves alone.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("unshare", "-mpf", "true").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	harness.Needs(t, "root and unshare", err)
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			dir := newDir(t)
			w := &world{T: t, place: p, queues: newQueues(t, dir, 0), root: t.TempDir()}
			w.work()
			w.holder()
		})
	}
}

// work does with the messages what can be done.
func (w *world) work() {
	w.Helper()
	in, out := w.path("in"), w.path("out")
	w.expectFound(map[int]string{0: "in.pck", 1: "in.pck", 2: "in.bak", 3: "bad.psv"})
	stored := w.expect(0, text(messages), "qenqueue", in)
	w.expectFound(map[int]string{0: "in.pck", 1: "in.pck", 2: "in.bak", 3: "bad.psv", 4: "in.pck"})
	if got := w.run(nil, "qcat", stored).Out; got != string(text(messages)) {
		w.Errorf("qcat printed %d bytes", len(got))
	}
	w.expect(0, nil, "qstat", "-l", in)
	w.expect(0, nil, "qstat", stored)
	first := w.expect(0, nil, "qdequeue", in)
	w.expect(0, nil, "qfinish", "--preserve", first)
	w.expectFound(map[int]string{0: "bad.psv", 1: "in.pck", 2: "in.bak", 3: "bad.psv", 4: "in.pck"})
	w.expect(0, nil, "qrestore", in)
	w.expect(0, nil, "qrestore", w.entry("bad", 0, ".psv"), w.entry("bad", 3, ".psv"))
	w.expectFound(map[int]string{0: "in.pck", 1: "in.pck", 2: "in.pck", 3: "in.pck", 4: "in.pck"})
	w.expect(0, nil, "qmove", "--to", w.path("hold"), w.entry("in", 0, ".pck"), w.entry("in", 1, ".pck"))
	w.expect(0, nil, "qmove", "-a", "--to", in, w.path("hold"))
	w.expect(0, nil, "qdiscard", w.entry("in", 0, ".pck"))
	w.expect(0, nil, "qdeliver", "--dry-run", "--domain", "example.com", w.entry("in", 1, ".pck"))
	w.expectFound(map[int]string{1: "in.pck", 2: "in.pck", 3: "in.pck", 4: "in.pck"})

	// qrun needs a temporary directory for the metadata. Without one it leaves everything.
	r := w.run(nil, "qrun", in, harness.Bin(w.T)+"/qenqueue", out)
	switch {
	case r.Status == 75 && (w.bare || w.name == "read-only"):
		w.expectFound(map[int]string{1: "in.pck", 2: "in.pck", 3: "in.pck", 4: "in.pck"})
		w.expect(0, nil, "qmove", "-a", "--to", out, in)
	case r.Status != 0:
		w.Errorf("qrun: status %d: %s", r.Status, r.Err)
	}
	w.expectFound(map[int]string{1: "out.pck", 2: "out.pck", 3: "out.pck", 4: "out.pck"})
	w.expect(1, nil, "qdequeue", in)
}

// holder has a qrun in one pair of namespaces work on an entry, and commands in others meet it.
func (w *world) holder() {
	w.Helper()
	in, out := w.path("in"), w.path("out")
	// The command of qrun stores what it reads from a FIFO, so that it waits for the test.
	gate := filepath.Join(w.dir, "gate")
	must(w.T, syscall.Mkfifo(gate, 0o600))
	all, err := w.found()
	must(w.T, err)
	if w.Failed() {
		return
	}
	w.expect(0, nil, "qmove", "--to", in, all[1][0], all[2][0])
	qrun := w.command("qrun", in, harness.Bin(w.T)+"/qenqueue", out, gate)
	must(w.T, os.Mkdir(filepath.Join(w.dir, "tmp"), 0o700))
	tmp := filepath.Join(w.dir, "tmp")
	if w.bare {
		tmp = "/queues/tmp"
	}
	qrun.Env = append(qrun.Env, "TMPDIR="+tmp)
	var said bytes.Buffer
	qrun.Stderr = &said
	must(w.T, qrun.Start())
	ended := make(chan error, 1)
	go func() { ended <- qrun.Wait() }()
	base := filepath.Join(in, strings.TrimSuffix(filepath.Base(all[1][0]), ".pck"))
	claimed := base + ".bak"
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(claimed); err == nil {
			break
		}
		select {
		case err := <-ended:
			w.Fatalf("qrun ended: %v: %s", err, said.String())
		default:
		}
		if time.Now().After(deadline) {
			w.Fatal("qrun claims nothing")
		}
	}
	w.expect(75, nil, "qrun", in, harness.Bin(w.T)+"/qenqueue", out)
	w.expect(75, nil, "qrestore", in)
	w.expect(75, nil, "qrestore", claimed)
	w.expect(75, nil, "qrestore", "--force", claimed)
	w.expect(1, nil, "qmove", "--to", w.path("hold"), claimed)
	w.expect(1, nil, "qdiscard", claimed)
	w.expect(1, nil, "qdequeue", claimed)
	w.expect(0, nil, "qstat", "-l", in)
	w.expect(0, nil, "qcat", "-m", claimed)
	w.expectFound(map[int]string{1: "in.bak", 2: "in.pck", 3: "out.pck", 4: "out.pck"})

	// All processes there die at once, and then the entry is nobody's.
	must(w.T, qrun.Process.Kill())
	<-ended
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if r := w.run(nil, "qrestore", in); r.Status == 0 {
			break
		} else if time.Now().After(deadline) {
			w.Fatalf("qrestore: %d: %s", r.Status, r.Err)
		}
	}
	w.expectFound(map[int]string{1: "in.pck", 2: "in.pck", 3: "out.pck", 4: "out.pck"})
	if held, err := harness.Read(base + ".pck"); err != nil || held.Restores != 1 {
		w.Errorf("restored %d times, %v", held.Restores, err)
	}
	must(w.T, os.Remove(gate))
}
