package power

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/kernel"
)

func TestMain(m *testing.M) {
	kernel.Become()
	if len(os.Args) == 3 && os.Args[1] == "worker" {
		if err := work(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	harness.Main(m)
}

// number returns the number in an environment variable, or another one if it is not set.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPowerCut checks that what a command reported before a power cut is true after it.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	t.Run("on", func(t *testing.T) {
		for i, fs := range filesystems {
			t.Run(fs.name, func(t *testing.T) {
				t.Parallel()
				const sample = 100
				cuts := number(t, "POWER_CUTS", sample)
				// A flood takes half a minute.
				flood := cuts > sample || i == int(b.seed%uint64(len(filesystems)))
				o := orders{Seed: b.seed + uint64(i), Steps: 30 + cuts/40, Sync: true, Flood: flood}
				r := b.run(t, fs, o, "")
				tried := r.cut(t, cuts)
				if tried.wrong > 0 {
					t.Errorf("after %d of %d cuts, something is wrong:\n%s", tried.wrong, cuts, strings.Join(tried.first, "\n"))
				}
				if tried.looked < 10*cuts {
					t.Errorf("only %d entries were looked for", tried.looked)
				}
			})
		}
	})
}

// TestPowerCutTells checks that TestPowerCut can fail: without syncs, most cuts lose messages.
func TestPowerCutTells(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r := b.run(t, filesystems[0], orders{Seed: b.seed, Steps: 30}, kernel.NoSync)
	const cuts = 40
	tried := r.cut(t, cuts)
	if tried.wrong <= cuts/2 {
		t.Fatalf("only %d of %d cuts show that nothing was synced", tried.wrong, cuts)
	}
	t.Log(tried.first[0])
}
