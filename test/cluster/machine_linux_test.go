package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness/postgres"
)

// machine is a member of a cluster: a directory, and the processes that would die together if
// the machine did.
type machine struct {
	name string
	// dir is its disk, which has the data.
	dir string
	// port is PostgreSQL's.
	port int
}

// data is PostgreSQL's data directory.
func (m *machine) data() string { return filepath.Join(m.dir, "data") }

// start starts a program on the machine. Its output goes to a log, which is not on the disk of
// the machine.
func (m *machine) start(t *testing.T, name string, args ...string) {
	t.Helper()
	log, err := os.OpenFile(m.dir+"-"+filepath.Base(name)+".log", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := postgres.AsUser(exec.Command(name, args...))
	cmd.SysProcAttr.Setpgid = true // a ^C in the terminal is for the tests
	cmd.Env = append(cmd.Env, "HOME=/nonexistent", "PYTHONDONTWRITEBYTECODE=1")
	cmd.Dir = m.dir
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go cmd.Wait() // a zombie would look alive
}

// kill kills every process of the machine at one instant, as the loss of the machine would.
func (m *machine) kill() {
	m.freeze()
	for _, pid := range m.processes() {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	// Its ports have to be free, and its files unused, before it starts again.
	for end := time.Now().Add(5 * time.Second); len(m.processes()) > 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// freeze stops every process of the machine. Those that it starts meanwhile are stopped, too.
func (m *machine) freeze() {
	stopped := map[int]bool{}
	for again := true; again; {
		again = false
		for _, pid := range m.processes() {
			if !stopped[pid] {
				syscall.Kill(pid, syscall.SIGSTOP)
				stopped[pid], again = true, true
			}
		}
	}
}

// thaw continues a frozen machine.
func (m *machine) thaw() {
	for _, pid := range m.processes() {
		syscall.Kill(pid, syscall.SIGCONT)
	}
}

// processes returns the live processes of the machine: those that were started with a path of
// its directory, and their descendants. PostgreSQL's server is not a child of Patroni.
func (m *machine) processes() (pids []int) {
	ours, parents := map[int]bool{}, map[int]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if err != nil {
			continue
		}
		// The program's name, in parentheses, may have blanks.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		parent, err := strconv.Atoi(fields[1])
		if err != nil || fields[0] == "Z" {
			continue
		}
		parents[pid] = parent
		cmdline, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		ours[pid] = strings.Contains(string(cmdline), m.dir+"/")
	}
	for pid := range parents {
		for p := pid; p > 1; p = parents[p] {
			if ours[p] {
				pids = append(pids, pid)
				break
			}
		}
	}
	return pids
}

// newMachine makes a machine with a directory of its own in dir, which its servers can write.
func newMachine(t *testing.T, dir, name string) *machine {
	t.Helper()
	m := &machine{name: name, dir: filepath.Join(dir, name), port: freePort(t)}
	if err := os.Mkdir(m.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	give(t, m.dir)
	t.Cleanup(m.kill)
	return m
}

// give makes a file or directory the property of the servers' user, to whom the directory of the
// cluster belongs. Root's tests run the servers as another user.
func give(t *testing.T, path string) {
	t.Helper()
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		st := info.Sys().(*syscall.Stat_t)
		if int(st.Uid) == os.Geteuid() && os.Geteuid() == 0 {
			continue
		}
		if err := os.Chown(path, int(st.Uid), int(st.Gid)); err != nil {
			t.Fatal(err)
		}
		return
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := postgres.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}
