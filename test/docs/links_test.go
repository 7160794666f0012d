package docs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// unlinked are packages that no command may link, because their initialisation costs
// every start.
var unlinked = []string{"net", "mime", "compress/flate", "net/http", "os/user", "runtime/pprof", "html/template"}

// linked are those that a command needs all the same: qstat reads compressed logs, which
// costs its start 0.1 ms, and qdeliver opens connections and makes notices.
var linked = map[string][]string{"qstat": {"compress/flate"}, "qdeliver": {"net", "mime"}}

// TestLinks checks that no command links a package that slows every start.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, name := range commands(t) {
		out, err := exec.Command("go", "list", "-deps", "-tags", harness.Tags, filepath.Join(root, "cmd", name)).Output()
		if err != nil {
			t.Fatal(err)
		}
		for dep := range strings.FieldsSeq(string(out)) {
			if slices.Contains(unlinked, dep) && !slices.Contains(linked[name], dep) {
				t.Errorf("%s links %s", name, dep)
			}
		}
	}
}

// TestMethodsArePruned checks that the linker could leave out unused methods. It keeps
// those of every type if a template can be executed, because templates call methods by name.
func TestMethodsArePruned(t *testing.T) {
	t.Parallel()
	for _, name := range commands(t) {
		program, err := os.ReadFile(filepath.Join(harness.Bin(t), name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(program, []byte("text/template.(*Template).Execute")) {
			t.Errorf("%s can execute templates", name)
		}
		if !bytes.Contains(program, []byte("runtime.mallocgc")) {
			t.Errorf("%s has no names of functions to look at", name)
		}
	}
}

// TestStartAllocates checks that no package of ours compiles an expression or fills a table in every
// start: both allocate, and most runs never need them.
func TestStartAllocates(t *testing.T) {
	t.Parallel()
	const most = 1024 // bytes, of one package
	for _, name := range commands(t) {
		cmd := harness.Command(t, name, "-V")
		cmd.Env = append(cmd.Env, "GODEBUG=inittrace=1")
		r, err := harness.Wait(cmd, cmd.Start)
		if err != nil {
			t.Fatal(err)
		}
		ours := 0
		for line := range strings.Lines(r.Err) {
			var pkg string
			var at, took float64
			var bytes int
			if n, _ := fmt.Sscanf(line, "init %s @%f ms, %f ms clock, %d bytes", &pkg, &at, &took, &bytes); n != 4 || !strings.HasPrefix(pkg, "switchboard/") {
				continue
			}
			if ours++; bytes > most {
				t.Errorf("%s: %s allocates %d bytes before main; at most %d", name, pkg, bytes, most)
			}
		}
		if ours == 0 {
			t.Errorf("%s says nothing of how it starts: %q", name, r.Err)
		}
	}
}
