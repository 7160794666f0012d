package script

import (
	"os"
	"os/exec"
	"testing"

	"switchboard/test/harness"
	"switchboard/test/harness/kernel"
)

// TestOldKernel plays all stories once more, on Linux 3.2.
func TestOldKernel(t *testing.T) {
	t.Parallel()
	harness.Long(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestScripts$", "-test.timeout=30m")
	cmd.Env = append(os.Environ(), "SWITCHBOARD_BIN="+harness.Bin(t))
	if err := kernel.Linux32.On(cmd); err != nil {
		t.Fatal(err)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
