package kill

import (
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/test/harness/kernel"
)

// beforeLinux36 fails fstat(2) of a link that was opened itself. What else Linux 3.2 lacks, the
// kernel refuses without asking.
func beforeLinux36(c *call) verdict {
	if c.name == "fstat" {
		if flags := flagsOf(c.tid, int(c.args[0])); flags >= 0 && flags&unix.O_PATH != 0 {
			return verdict{errno: unix.EBADF}
		}
	}
	return verdict{}
}

// linkedBad is the scenario of a bad queue that root has put elsewhere.
var linkedBad = scenario{
	name: "preserve by a link", command: "qfinish", args: entries("--preserve"), noBad: true,
	mails: these(moves(inFlight, at(bad, 0))),
	files: func(w *world) error {
		if err := w.mkdir(w.dir("aside")); err != nil {
			return err
		}
		return os.Symlink("aside", w.dir("bad"))
	},
}

// TestOldKernel checks that each command does the same on Linux 3.2 as elsewhere.
func TestOldKernel(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.kernel, b.rules = kernel.Linux32, beforeLinux36
	b.each(t, append(slices.Clone(scenarios()), linkedBad), func(t *testing.T, b *bench, s *scenario) { b.onceUndisturbed(t, s) })
}
