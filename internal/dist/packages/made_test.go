package packages

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/internal/dist/build"
	"switchboard/internal/dist/licences"
	"switchboard/internal/dist/release"
)

// root is the checkout.
const root = "../../.."

// The packages of two releases, for this machine's architecture.
const (
	before = "0.1.9"
	now    = "0.2.0"
)

var all struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	// The quickest, because the bytes of a release are not what is tested here.
	compression = "gzip:1"
	status := m.Run()
	os.RemoveAll(all.dir)
	os.Exit(status)
}

// made returns the directory with the packages of both releases. The commands of both are
// those of this tree.
func made(t *testing.T) string {
	t.Helper()
	all.Do(func() { all.dir, all.err = makeAll() })
	if all.err != nil {
		t.Fatal(all.err)
	}
	return all.dir
}

func makeAll() (string, error) {
	dir, err := os.MkdirTemp("", "switchboard-packages-")
	if err != nil {
		return "", err
	}
	source, err := filepath.Abs(root)
	if err != nil {
		return dir, err
	}
	bin := filepath.Join(dir, "bin")
	target := build.Target{OS: "linux", Arch: runtime.GOARCH}
	make := exec.Command("make", "-C", source, "build", "BIN="+bin)
	make.Env = append(os.Environ(), "GOFLAGS=-trimpath")
	if out, err := make.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("make build: %w\n%s", err, out)
	}
	modules, err := licences.Collect(source, []build.Target{target})
	if err != nil {
		return dir, err
	}
	for n, number := range []string{before, now} {
		r := release.Release{Number: number, Date: time.Unix(1790000000+int64(n), 0)}
		if err := Write(dir, r, target, source, bin, modules); err != nil {
			return dir, err
		}
	}
	return dir, nil
}

// file returns the path of a package of a release.
func file(t *testing.T, name, number, extension string) string {
	t.Helper()
	for _, separator := range []string{"_", "-"} {
		found, _ := filepath.Glob(filepath.Join(made(t), name+separator+number+"*"+extension))
		if len(found) == 1 {
			return found[0]
		}
	}
	t.Fatalf("there is no %s %s%s", name, number, extension)
	return ""
}

// needs skips a test that needs root or programs that are missing. Under CI it fails.
func needs(t *testing.T, asRoot bool, programs ...string) {
	t.Helper()
	var missing []string
	if asRoot && os.Getuid() != 0 {
		missing = append(missing, "root")
	}
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, program)
		}
	}
	if os.Getenv("SWITCHBOARD_BARE") == "1" {
		t.Skip("SKIP: needs more than Go, make and git")
	}
	if missing == nil {
		return
	}
	if os.Getenv("SWITCHBOARD_CI") == "1" {
		t.Fatalf("needs %s", strings.Join(missing, ", "))
	}
	t.Skipf("SKIP: needs %s", strings.Join(missing, ", "))
}

// run runs a program, and returns its standard output.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var diag strings.Builder
	cmd.Stderr = &diag
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out, diag.String())
	}
	return string(out)
}
