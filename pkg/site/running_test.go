package site

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue"
)

// Command lines from real machines.
var (
	master3     = []string{"/usr/bin/python3", "/usr/lib/mailman3/bin/master", "--force", "-C", "/etc/mailman3/mailman.cfg"}
	runner3     = []string{"/usr/bin/python3", "/usr/lib/mailman3/bin/runner", "-C", "/etc/mailman3/mailman.cfg", "--runner=in:0:1"}
	master2     = []string{"/usr/bin/python", "/usr/lib/mailman/bin/mailmanctl", "-s", "start"}
	debian3     = "[mailman]\nsite_owner: a@example.com\nlayout: debian\n[paths.debian]\nvar_dir: /var/lib/mailman3\nqueue_dir: $var_dir/queue\n"
	defaults2   = "PREFIX          = '/usr/lib/mailman'\nVAR_PREFIX      = '/var/lib/mailman'\n\nQUEUE_DIR = os.path.join(VAR_PREFIX, 'qfiles')\nINQUEUE_DIR     = os.path.join(QUEUE_DIR, 'in')\n"
	aFewMinutes = 5 * time.Minute
)

// TestRunning checks what counts as a running Mailman.
func TestRunning(t *testing.T) {
	t.Parallel()
	const (
		no   = ""
		yes  = "Mailman is running (process"
		tell = "cannot tell whether Mailman is running: "
	)
	for _, test := range []struct {
		name  string
		queue string
		want  string
		make  func(f *fake)
	}{
		{"nothing", "/v/queue/in", no, func(f *fake) {}},

		// Next to the queues.
		{"3 beside", "/v/queue/in", yes, func(f *fake) { f.write("/v/master.pid", "77\n"); f.process(77, master3...) }},
		{"2.1 beside", "/v/qfiles/in", yes, func(f *fake) { f.write("/v/data/master-qrunner.pid", "77\n"); f.process(77, master2...) }},
		{"a queue without a runner", "/v/queue/shunt", no, func(f *fake) { f.write("/v/master.pid", "77\n"); f.process(77, master3...) }},
		{"a queue of ours", "/v/queue/mine", no, func(f *fake) { f.write("/v/master.pid", "77\n"); f.process(77, master3...) }},
		{"it has ended", "/v/queue/in", no, func(f *fake) { f.write("/v/master.pid", "77\n") }},
		{"a zombie", "/v/queue/in", no, func(f *fake) {
			f.write("/v/master.pid", "77\n")
			f.process(77, master3...)
			f.write("/proc/77/status", "Name:\tmaster\nState:\tZ (zombie)\nUid:\t0\t0\t0\t0\n")
		}},
		{"no process table", "/v/queue/in", yes, func(f *fake) {
			f.write("/v/master.pid", "77\n")
			f.mkdir("/proc/77")
		}},
		{"starting: the pid file is empty, the lock is held", "/v/queue/in", yes, func(f *fake) {
			f.write("/v/master.pid", "")
			f.lock("/v/locks/master.lck", "/v/locks/master.lck|mail.example.com|77|123", 0)
			f.process(77, master3...)
		}},
		{"2.1 starting", "/v/qfiles/in", yes, func(f *fake) {
			f.lock("/v/locks/master-qrunner", "/v/locks/master-qrunner.mx1.77.0", 0)
			f.process(77, master2...)
		}},
		{"2.1 in the same var directory as 3", "/v/qfiles/in", no, func(f *fake) {
			f.write("/v/master.pid", "77\n")
			f.process(77, master3...)
		}},
		{"3 that keeps its queues in qfiles", "/v/qfiles/in", yes, func(f *fake) {
			f.write("/v/master.pid", "77\n")
			f.process(77, master3...)
			f.mkdir("/v/qfiles/pipeline")
		}},

		// Links.
		{"var is a link, the pid file beside it", "/v/queue/in", yes, func(f *fake) {
			f.link("/v", "/disk/v")
			f.mkdir("/disk/v/queue/in")
			f.write("/v/master.pid", "77\n")
			f.process(77, master3...)
		}},
		{"a link to the queue", "/home/me/in", yes, func(f *fake) {
			f.link("/home/me/in", "../../v/queue/in")
			f.mkdir("/v/queue/in")
			f.write("/v/master.pid", "77\n")
			f.process(77, master3...)
		}},
		{"a link to a link in the middle", "/q/in", yes, func(f *fake) {
			f.link("/q", "/v/queue")
			f.link("/v/queue", "/disk/q")
			f.mkdir("/disk/q/in")
			f.write("/v/master.pid", "77\n")
			f.process(77, master3...)
		}},
		{"another name for the queue", "/home/me/mine", yes, func(f *fake) {
			f.link("/home/me/mine", "/v/queue/in")
			f.mkdir("/v/queue/in")
			f.write("/v/master.pid", "77\n")
			f.process(77, master3...)
		}},
		{"a link and back", "/home/me/q/../in", yes, func(f *fake) {
			f.link("/home/me/q", "/v/queue/out")
			f.mkdir("/v/queue/in")
			f.mkdir("/v/queue/out")
			f.write("/v/master.pid", "77\n")
			f.process(77, master3...)
		}},
		{"a ring of links", "/a/in", no, func(f *fake) { f.link("/a", "/b"); f.link("/b", "/a") }},

		// Below /run.
		{"3 of Debian", "/var/lib/mailman3/queue/in", yes, debian},
		{"3 of Debian, another tree", "/srv/queue/in", no, func(f *fake) { debian(f); f.mkdir("/srv/queue/in") }},
		{"3 of Debian, an old tree", "/old/qfiles/in", no, func(f *fake) { debian(f); f.mkdir("/old/qfiles/in") }},
		{"3 of Debian, a bind mount of its tree", "/srv/mm/queue/in", yes, func(f *fake) { debian(f); f.link("/srv/mm", "/var/lib/mailman3") }},
		{"3 of Debian, one queue on another disk", "/fast/in", yes, func(f *fake) {
			debian(f)
			f.mkdir("/fast/in")
			f.mkdir("/var/lib/mailman3/queue")
			os.RemoveAll(f.root + "/var/lib/mailman3/queue/in")
			f.link("/var/lib/mailman3/queue/in", "/fast/in")
		}},
		{"3, var by the environment", "/srv/queue/in", yes, func(f *fake) {
			debian(f)
			f.mkdir("/srv/queue/in")
			f.environment(77, "MAILMAN_VAR_DIR=/srv")
		}},
		{"3, its configuration cannot be read", "/srv/queue/in", yes, func(f *fake) {
			debian(f)
			f.mkdir("/srv/queue/in")
			f.hide(77)
		}},
		{"3, nor can it, but it could not write there", "/srv/queue/in", no, func(f *fake) {
			debian(f)
			f.mkdir("/srv/queue/in")
			f.processAt(78, 2*time.Hour, "4711", "", master3...)
			f.write("/run/mailman3/master.pid", "78\n")
			f.hide(78)
		}},
		{"3, nor can it, and the old tree is 2.1's", "/old/qfiles/in", no, func(f *fake) { debian(f); f.hide(77); f.mkdir("/old/qfiles/in") }},
		{"2.1 of Debian", "/var/lib/mailman/qfiles/in", yes, debian2},
		{"2.1 of Debian, another tree", "/srv/qfiles/in", no, func(f *fake) { debian2(f); f.mkdir("/srv/qfiles/in") }},
		{"2.1, queues set in a way that is not understood", "/srv/qfiles/in", yes, func(f *fake) {
			debian2(f)
			f.mkdir("/srv/qfiles/in")
			f.write("/usr/lib/mailman/Mailman/mm_cfg.py", "from Defaults import *\nif True:\n    QUEUE_DIR = '/srv/qfiles'\n")
		}},
		{"2.1, a tree of 3", "/srv/queue/in", no, func(f *fake) { debian2(f); f.mkdir("/srv/queue/in") }},
		{"var/run is not run", "/srv/queue/in", yes, func(f *fake) {
			f.write("/var/run/mailman3/master.pid", "77\n")
			f.process(77, master3...)
		}},
		{"Fedora, starting", "/var/spool/mailman3/in", yes, func(f *fake) {
			f.lock("/run/lock/mailman3/master.lck", "/run/lock/mailman3/master.lck|mx1|77|1", 0)
			f.process(77, master3...)
		}},

		// A number that another process has now.
		{"some process, and the file is younger", "/v/queue/in", tell, func(f *fake) { f.write("/v/master.pid", "77"); f.process(77, "sleep", "60") }},
		{"the number was used again", "/v/queue/in", no, func(f *fake) {
			f.write("/v/master.pid", "77")
			f.processAt(77, aFewMinutes, "0", "", "sleep", "60")
		}},
		{"the number was used again, the lock is its own", "/v/queue/in", no, func(f *fake) {
			f.write("/v/master.pid", "77")
			f.lock("/v/locks/master.lck", "/v/locks/master.lck|mail.example.com|77|1", time.Hour)
			f.processAt(77, aFewMinutes, "0", "", "sleep", "60")
		}},
		{"of process 1", "/v/queue/in", tell, func(f *fake) { f.write("/v/master.pid", "1\n") }},
		{"of process 1 before the machine started", "/v/queue/in", no, func(f *fake) {
			f.writeAt("/v/master.pid", "1\n", f.clock.Add(-100*time.Hour))
			f.processAt(1, 24*time.Hour, "0", "", "/sbin/init")
		}},
		{"of process 1, and its lock has expired", "/v/queue/in", no, func(f *fake) {
			f.write("/v/master.pid", "1\n")
			f.lock("/v/locks/master.lck", "/opt/mailman/var/locks/master.lck|1f2e3d4c5b6a|1|123", 31*time.Hour)
		}},
		{"of process 1, and another one's lock has expired", "/v/queue/in", tell, func(f *fake) {
			f.write("/v/master.pid", "1\n")
			f.lock("/v/locks/master.lck", "/opt/mailman/var/locks/master.lck|1f2e3d4c5b6a|2|123", 31*time.Hour)
		}},
		{"of process 1, and another host's lock is fresh", "/v/queue/in", tell, func(f *fake) {
			f.write("/v/master.pid", "1\n")
			f.lock("/v/locks/master.lck", "/opt/mailman/var/locks/master.lck|1f2e3d4c5b6a|1|123", time.Hour)
		}},
		{"another Mailman has the number", "/v/queue/in", yes, func(f *fake) {
			f.write("/v/master.pid", "77")
			f.process(77, master2...)
			f.mkdir("/v/queue/pipeline")
			f.process(80, "/usr/bin/python3", "/usr/bin/runner", "--runner=in:0:1")
			f.hide(80)
		}},
		{"Postfix's master", "/v/queue/in", tell, func(f *fake) {
			f.write("/v/master.pid", "77")
			f.process(77, "/usr/lib/postfix/sbin/master", "-w")
		}},

		// Containers and other machines.
		{"a container here", "/v/queue/in", yes, func(f *fake) {
			f.write("/v/master.pid", "1\n")
			f.processAt(900, time.Hour, "100", "\t1", "/usr/bin/python3", "/usr/bin/master", "--force")
			f.hide(900)
			chmod(f, "/v/queue/in", 0o777)
		}},
		{"a container here, with the queue on a bind mount", "/v/queue/in", yes, func(f *fake) {
			f.write("/v/master.pid", "33\n")
			f.processAt(900, time.Hour, "100", "\t33", "/usr/bin/python3", "/usr/bin/master", "-C", "/etc/mailman.cfg")
			os.Remove(f.root + "/proc/900/root")
			f.write("/c/etc/mailman.cfg", "[mailman]\nlayout: x\n[paths.x]\nvar_dir: /opt/mailman/var\n")
			f.link("/proc/900/root", "/c")
			f.link("/c/opt/mailman/var", "/v")
		}},
		{"a container here, of others", "/v/queue/in", no, func(f *fake) {
			f.write("/v/master.pid", "33\n")
			f.processAt(900, time.Hour, "0", "\t34", "/usr/bin/python3", "/usr/bin/master", "--force")
			f.hide(900)
		}},
		{"another machine", "/v/queue/in", tell, func(f *fake) {
			f.write("/v/master.pid", "25\n")
			f.lock("/v/locks/master.lck", "/opt/mailman/var/locks/master.lck|1f2e3d4c5b6a|25|123", time.Hour)
		}},
		{"another machine, long ago", "/v/queue/in", no, func(f *fake) {
			f.write("/v/master.pid", "25\n")
			f.lock("/v/locks/master.lck", "/opt/mailman/var/locks/master.lck|1f2e3d4c5b6a|25|123", 31*time.Hour)
		}},
		{"this machine, killed", "/v/queue/in", no, func(f *fake) {
			f.write("/v/master.pid", "25\n")
			f.lock("/v/locks/master.lck", "/v/locks/master.lck|mail.example.com|25|123", time.Hour)
		}},
		{"killed, and its runners live on", "/v/queue/in", yes, func(f *fake) {
			f.write("/v/master.pid", "25\n")
			f.write("/etc/mailman3/mailman.cfg", "[mailman]\nlayout: here\n[paths.here]\nvar_dir: /v\n")
			f.process(26, runner3...)
		}},
		{"killed, and the runners of another one", "/v/queue/in", no, func(f *fake) {
			debian(f)
			f.write("/v/master.pid", "25\n")
			f.process(78, runner3...)
		}},
		{"in a container, with a lock from outside", "/v/queue/in", tell, func(f *fake) {
			nested(f)
			f.lock("/v/locks/master.lck", "/v/locks/master.lck|mx1|25|123", time.Hour)
		}},
		{"before Linux 3.8, in a container", "/v/queue/in", tell, func(f *fake) {
			unnamedNamespaces(f)
			f.lock("/v/locks/master.lck", "/v/locks/master.lck|mx1|25|123", time.Hour)
		}},
		{"before Linux 3.8, not in a container", "/v/queue/in", no, func(f *fake) {
			unnamedNamespaces(f)
			f.write("/proc/2/comm", "kthreadd\n")
			f.lock("/v/locks/master.lck", "/v/locks/master.lck|mx1|25|123", time.Hour)
		}},
		{"in a container, a number may be from outside", "/v/queue/in", tell, func(f *fake) {
			nested(f)
			f.write("/v/master.pid", "77")
			f.processAt(77, aFewMinutes, "0", "", "sleep", "60")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			if !strings.Contains(test.name, "link") {
				f.mkdir("/v/queue/in")
			}
			test.make(f)
			err := f.running(test.queue, nil)
			switch {
			case test.want == no && err != nil:
				t.Errorf("%v", err)
			case test.want != no && (err == nil || !errors.Is(err, ErrRunning) || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v, not %q", err, test.want)
			case err != nil && strings.Contains(err.Error(), f.root):
				t.Errorf("%v", err)
			}
			if e, ok := errors.AsType[*queue.Error](err); ok && (e.Remedy == "" || e.Path != test.queue) {
				t.Errorf("%+v", e)
			}
		})
	}
}

func debian(f *fake) {
	f.mkdir("/var/lib/mailman3/queue/in")
	f.write("/run/mailman3/master.pid", "77\n")
	f.write("/etc/mailman3/mailman.cfg", debian3)
	f.process(77, master3...)
}

func debian2(f *fake) {
	f.mkdir("/var/lib/mailman/qfiles/in")
	f.write("/run/mailman/mailman.pid", "77\n")
	f.write("/usr/lib/mailman/Mailman/Defaults.py", defaults2)
	f.write("/usr/lib/mailman/Mailman/mm_cfg.py", "from Defaults import *\n# QUEUE_DIR = '/srv/qfiles'\n")
	f.process(77, master2...)
}

// unnamedNamespaces makes the process table that of a kernel before Linux 3.8.
func unnamedNamespaces(f *fake) { os.Remove(f.root + "/proc/self/ns/pid") }

func nested(f *fake) {
	os.Remove(f.root + "/proc/self/ns/pid")
	f.link("/proc/self/ns/pid", "pid:[4026532177]")
}

func chmod(f *fake, path string, mode os.FileMode) {
	f.mkdir(path)
	if err := os.Chmod(f.root+path, mode); err != nil {
		f.Fatal(err)
	}
}

// TestConfiguredPidFile checks that a pid file in the configuration counts, whatever
// else is known.
func TestConfiguredPidFile(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	debian(f)
	f.mkdir("/old/qfiles/in")
	f.write("/srv/some.pid", "77\n")
	if err := f.running("/old/qfiles/in", []string{"/srv/some.pid"}); !errors.Is(err, ErrRunning) || !strings.Contains(err.Error(), "/srv/some.pid") {
		t.Error(err)
	}
}

// TestThisMachine checks that the real process table has this process, which is not a
// Mailman.
func TestThisMachine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/queue/in", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Running(dir + "/queue/in"); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(dir+"/master.pid", fmt.Append(nil, os.Getpid()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Running(dir + "/queue/in"); !errors.Is(err, ErrRunning) {
		t.Error(err)
	}
}

// BenchmarkRunning measures Running, which every claim calls.
func BenchmarkRunning(b *testing.B) {
	queue := b.TempDir() + "/queue/in"
	if err := os.MkdirAll(queue, 0o700); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := Running(queue); err != nil {
			b.Fatal(err)
		}
	}
}
