package enemy

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"switchboard/test/harness"
)

func TestMain(m *testing.M) {
	if base := os.Getenv(enemyVariable); base != "" {
		beEnemy(base)
	}
	harness.Main(m)
}

// duration returns how long the enemy is at work.
func duration(t *testing.T) time.Duration {
	t.Helper()
	if text := os.Getenv("ENEMY_TIME"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("ENEMY_TIME is %q: it must be a duration such as 10m", text)
		}
		return d
	}
	if harness.CI() {
		return 30 * time.Second
	}
	return 3 * time.Second
}

// seed returns ENEMY_SEED, or a new one. It repeats what the enemy and root draw, but not the
// order in which the kernel lets them run.
func seed(t *testing.T) uint64 {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	if text := os.Getenv("ENEMY_SEED"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("ENEMY_SEED is %q: it must be a number", text)
		}
	}
	t.Logf("ENEMY_SEED=%d", n)
	return n
}

// TestEnemy has two workers of root run commands while the owner of the queues attacks them.
func TestEnemy(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		harness.Needs(t, "working as another user", errors.New("not root"))
	}
	list, err := user.Lookup("list")
	harness.Needs(t, "the user list", err)
	uid, errUID := strconv.Atoi(list.Uid)
	gid, errGID := strconv.Atoi(list.Gid)
	if err := errors.Join(errUID, errGID); err != nil {
		t.Fatal(err)
	}
	harness.Bin(t)
	s := newSite(t, uid, gid)
	number, end := seed(t), time.Now().Add(duration(t))
	opens := watchOpens(t, s.canaries())
	before := s.snapshot()
	stop := s.startEnemy(uid, gid, number)
	var workers sync.WaitGroup
	roots := make([]*worker, 2)
	for i := range roots {
		roots[i] = newWorker(s, number, i)
		workers.Go(func() {
			for time.Now().Before(end) && !t.Failed() {
				roots[i].step()
			}
		})
	}
	workers.Wait()
	stop()
	opens.check(t)
	s.compare(before, s.snapshot())
	total := tally{}
	for _, w := range roots {
		w.checkOwnMail()
		total.add(w.tally)
	}
	t.Logf("root ran %d commands:\n%s", total.all(), total)
	if total.all() > 500 && total.done("qenqueue") == 0 {
		t.Error("the enemy prevented all work: nothing was tried")
	}
}

// startEnemy starts the enemy, as the user list. stop ends it.
func (s *site) startEnemy(uid, gid int, seed uint64) (stop func()) {
	s.Helper()
	// The program of the test may be in a directory of root's.
	self := filepath.Join(s.base, "enemy")
	from, err := os.Open("/proc/self/exe")
	if err == nil {
		var to *os.File
		if to, err = os.OpenFile(self, os.O_CREATE|os.O_WRONLY, 0o755); err == nil {
			_, err = io.Copy(to, from)
			err = errors.Join(err, to.Close())
		}
		from.Close()
	}
	s.must(err)
	cmd := exec.Command(self)
	// One processor is left to root.
	cmd.Env = []string{"GOMAXPROCS=1", enemyVariable + "=" + s.base, seedVariable + "=" + strconv.FormatUint(seed, 10)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	s.must(err)
	s.must(cmd.Start())
	var once sync.Once
	stop = func() {
		once.Do(func() {
			in.Close()
			if err := cmd.Wait(); err != nil {
				s.Errorf("the enemy failed: %v", err)
			}
		})
	}
	s.Cleanup(stop)
	return stop
}
