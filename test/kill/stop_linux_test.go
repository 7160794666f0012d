package kill

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness"
)

// TestStop stops each command before each of its system calls, has another command work in its
// queues to the end, and lets it go on. The other one does not wait for ever. Each message is
// moved only as each command may move what it finds: see pair. Both statuses are those of the manual,
// and what either printed was true. CI tries some stops for each pair of commands.
func TestStop(t *testing.T) {
	t.Parallel()
	harness.Long(t)
	b := newBench(t)
	all := scenarios()
	drawn := drawStops(b.seed, all)
	b.each(t, all, func(t *testing.T, b *bench, s *scenario) {
		stops := drawn[s.command+"/"+s.name]
		if harness.Every(t, 0) == 0 && len(stops) == 0 {
			return
		}
		calls := len(b.undisturbed(t, s))
		if harness.Every(t, 0) > 0 {
			stops = nil
			sample := harness.NewSample(t, s.command+s.name, 1)
			for _, o := range othersOf(s) {
				for _, n := range s.picks(calls) {
					if sample.Has() {
						stops = append(stops, drawnStop{s, o, (float64(n) + 0.5) / float64(calls)})
					}
				}
			}
		}
		for _, stop := range stops {
			if stop.other.double && sameFilesystem(b.base, b.far) {
				continue
			}
			n := int(stop.at * float64(calls))
			b.untilFired(t, s, func(try int) bool { return b.stopAt(t, s, stop.other, nearby(n, try)) })
			if t.Failed() {
				return
			}
		}
	})
	t.Logf("%d stops tried, %d fired", b.tried.Load(), b.fired.Load())
	if b.tried.Load() == 0 || b.tried.Load() != b.fired.Load() {
		t.Error("not every stop fired")
	}
}

// stopsPerPair is how many stops are drawn for each pair of commands.
const stopsPerPair = 2

// drawnStop is a stop: what is stopped, which other command works meanwhile, and where the first one
// is stopped, as a part of its calls.
type drawnStop struct {
	first *scenario
	other *other
	at    float64
}

// othersOf returns the others that have something to do in the queues of a scenario.
func othersOf(s *scenario) []*other {
	return slices.DeleteFunc(others(), func(o *other) bool { return !o.can(s) })
}

// drawStops draws, for each pair of commands, scenarios of the first, ways to use the other, and
// places. It returns the stops of each scenario.
func drawStops(seed harness.Seed, all []scenario) map[string][]drawnStop {
	drawn := map[string][]drawnStop{}
	commands := map[string][]*scenario{}
	for i := range all {
		commands[all[i].command] = append(commands[all[i].command], &all[i])
	}
	uses := map[string]bool{}
	for _, o := range others() {
		uses[o.command] = true
	}
	for first, ways := range commands {
		for second := range uses {
			var pairs []drawnStop
			for _, s := range ways {
				for _, o := range othersOf(s) {
					if o.command == second && len(s.mails()) < 50 {
						pairs = append(pairs, drawnStop{s, o, 0})
					}
				}
			}
			random := seed.Of(first + " " + second)
			for range stopsPerPair {
				stop := pairs[random.IntN(len(pairs))]
				stop.at = random.Float64()
				name := first + "/" + stop.first.name
				drawn[name] = append(drawn[name], stop)
			}
		}
	}
	return drawn
}

// hangs is how long the other command may take. The longest that a command waits for another
// one is 5 seconds, on NFS.
const hangs = time.Minute

// stopAt stops the command of a scenario at call n, has another one work, and lets the first
// go on. It reports whether the first one got that far.
func (b *bench) stopAt(t *testing.T, s *scenario, o *other, n int) bool {
	w := b.world(t, s)
	defer w.remove()
	cmd := w.command(t, s, s.args(w))
	defer cmd.Stdin.(*os.File).Close()
	// What it has printed can be read while it is stopped.
	stdout, err := os.Create(filepath.Join(w.root, "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	cmd.Stdout = stdout
	w.stores = slices.Concat(w.stores, o.stores)
	p := &pair{w: w, first: w.taskOf(s, s.args(w)), alone: s.status}
	if p.seen[0], err = w.see(); err != nil {
		t.Fatal(err)
	}
	var before int
	var wrong error
	mine, calls, err := w.watch(cmd, func(c *call) verdict {
		if c.n != n {
			return b.rule(c)
		}
		return verdict{meanwhile: func() {
			said, err := os.ReadFile(stdout.Name())
			before = len(lines(string(said)))
			wrong = errors.Join(err, allThere(s.paths(lines(string(said)))))
			args := o.args(w)
			p.second = w.taskOf(&o.scenario, args)
			var errs [3]error
			p.seen[1], errs[0] = w.see()
			second := harness.Command(t, o.command, args...)
			second.Dir, second.Stdin = w.root, bytes.NewReader(o.stdin)
			p.theirs, errs[1] = limited(second)
			p.seen[2], errs[2] = w.see()
			wrong = errors.Join(wrong, errors.Join(errs[:]...), allThere(o.paths(lines(p.theirs.Out))))
		}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.second == nil {
		return false
	}
	said, err := os.ReadFile(stdout.Name())
	if err != nil {
		t.Fatal(err)
	}
	mine.Out = string(said)
	p.mine = mine
	if wrong == nil {
		p.seen[3], wrong = w.see()
	}
	if wrong == nil {
		// The other one may have moved an entry on before this one told its path.
		wrong = allThere(slices.DeleteFunc(s.paths(lines(mine.Out)[before:]), func(path string) bool { return p.seen[1].files[path] }))
	}
	if wrong == nil && s.exports {
		wrong = w.exported(mine.Status == 0)
	}
	if wrong == nil {
		wrong = p.judge()
	}
	if wrong != nil {
		t.Errorf("stopped at call %d, %s, for %s/%s: %v\nthe calls were:\n%s\nstatus %d, stdout: %s\nstderr: %s\nthe other: status %d, stdout: %s\nstderr: %s",
			n, calls[min(n, len(calls)-1)], o.command, o.name, wrong, strings.Join(calls, "\n"),
			mine.Status, clip(mine.Out), mine.Err, p.theirs.Status, clip(p.theirs.Out), p.theirs.Err)
	}
	return true
}

// limited runs a command, and kills it if it hangs.
func limited(cmd *exec.Cmd) (harness.Result, error) {
	var timer *time.Timer
	r, err := harness.Wait(cmd, func() error {
		err := cmd.Start()
		if err == nil {
			timer = time.AfterFunc(hangs, func() { cmd.Process.Kill() })
		}
		return err
	})
	if timer != nil && !timer.Stop() {
		err = errors.Join(err, errors.New("it hangs"))
	}
	return r, err
}

// allThere checks that what was printed is true.
func allThere(paths []string) error {
	for _, path := range paths {
		if _, err := os.Lstat(path); err != nil {
			return fmt.Errorf("printed and not true: %w", err)
		}
	}
	return nil
}
