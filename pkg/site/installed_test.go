package site

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// fedora3 is the configuration of Fedora's mailman3.
const fedora3 = "[mailman]\nlayout: fhs\n[paths.fhs]\nbin_dir: /usr/libexec/mailman3\nvar_dir: /var/lib/mailman3\nqueue_dir: /var/spool/mailman3\n"

// TestInstallations checks which Mailmans are found on a machine.
func TestInstallations(t *testing.T) {
	t.Parallel()
	in := func(f *fake, paths ...string) {
		for _, path := range paths {
			f.mkdir(path + "/in")
		}
	}
	for _, test := range []struct {
		name, want string
		set        func(*fake)
	}{
		{"no Mailman", "", func(f *fake) {}},
		{"2.1 of Debian", "/var/lib/mailman/qfiles", func(f *fake) { in(f, "/var/lib/mailman/qfiles") }},
		{"2.1 of Debian with its configuration", "/var/lib/mailman/qfiles", func(f *fake) {
			in(f, "/var/lib/mailman/qfiles")
			f.write("/usr/lib/mailman/Mailman/Defaults.py", defaults2)
			f.write("/etc/mailman/mm_cfg.py", "from Defaults import *\n")
			f.link("/usr/lib/mailman/Mailman/mm_cfg.py", "/etc/mailman/mm_cfg.py")
		}},
		{"2.1 of Red Hat", "/var/spool/mailman", func(f *fake) { in(f, "/var/spool/mailman") }},
		{"2.1 from source", "/usr/local/mailman/qfiles", func(f *fake) { in(f, "/usr/local/mailman/qfiles") }},
		{"2.1 of cPanel", "/usr/local/cpanel/3rdparty/mailman/qfiles", func(f *fake) { in(f, "/usr/local/cpanel/3rdparty/mailman/qfiles") }},
		{"2.1 that mm_cfg.py puts elsewhere", "/q", func(f *fake) {
			in(f, "/q", "/var/lib/mailman/qfiles")
			f.write("/usr/lib/mailman/Mailman/Defaults.py", defaults2)
			f.write("/usr/lib/mailman/Mailman/mm_cfg.py", "from Defaults import *\nQUEUE_DIR = '/q'\n")
		}},
		{"2.1 with a configuration that cannot be evaluated", "/var/lib/mailman/qfiles", func(f *fake) {
			in(f, "/q", "/var/lib/mailman/qfiles")
			f.write("/usr/lib/mailman/Mailman/Defaults.py", defaults2)
			f.write("/usr/lib/mailman/Mailman/mm_cfg.py", "from Defaults import *\nQUEUE_DIR = find()\n")
		}},
		{"2.1 of Gentoo", "/var/gentoo/qfiles", func(f *fake) {
			in(f, "/var/gentoo/qfiles")
			f.write("/usr/lib64/mailman/Mailman/Defaults.py", strings.ReplaceAll(defaults2, "/var/lib/mailman", "/var/gentoo"))
			f.write("/usr/lib64/mailman/Mailman/mm_cfg.py", "from Defaults import *\n")
		}},
		{"3 of Debian", "/var/lib/mailman3/queue", func(f *fake) {
			in(f, "/var/lib/mailman3/queue")
			f.write("/etc/mailman3/mailman.cfg", debian3)
		}},
		{"3 of Debian, which keeps its configuration from others", "/var/lib/mailman3/queue", func(f *fake) { in(f, "/var/lib/mailman3/queue") }},
		{"3 of Fedora", "/var/spool/mailman3", func(f *fake) {
			in(f, "/var/spool/mailman3")
			f.write("/etc/mailman.cfg", fedora3)
		}},
		{"3 of NixOS", "/var/lib/mailman/queue", func(f *fake) { in(f, "/var/lib/mailman/queue") }},
		{"3 in a virtual environment", "/opt/mailman/mm/var/queue", func(f *fake) {
			in(f, "/opt/mailman/mm/var/queue")
			f.write("/etc/mailman3/mailman.cfg", "[mailman]\nlayout: here\n[paths.here]\nvar_dir: /opt/mailman/mm/var\n")
		}},
		{"3, inside a container", "/opt/mailman/var/queue", func(f *fake) {
			in(f, "/opt/mailman/var/queue")
			f.write("/etc/mailman.cfg", "[runner.retry]\nsleep_time: 10s\n")
		}},
		{"3, outside its container", "/opt/mailman/core/var/queue", func(f *fake) { in(f, "/opt/mailman/core/var/queue") }},
		{"3 that mailman.cfg puts elsewhere", "/data/queue", func(f *fake) {
			in(f, "/data/queue", "/var/lib/mailman3/queue")
			f.write("/etc/mailman3/mailman.cfg", strings.ReplaceAll(debian3, "$var_dir", "/data"))
		}},
		{"3 with a configuration that it never started with", "/opt/mailman/mm/var/queue", func(f *fake) {
			in(f, "/opt/mailman/mm/var/queue")
			f.write("/etc/mailman3/mailman.cfg", debian3)
		}},
		{"3 that runs elsewhere", "/srv/mm/queue", func(f *fake) {
			in(f, "/srv/mm/queue")
			f.write("/srv/mm.cfg", "[mailman]\nlayout: x\n[paths.x]\nvar_dir: /srv/mm\n")
			f.process(77, "/opt/mm/bin/python3", "/opt/mm/bin/master", "-C", "/srv/mm.cfg")
			f.process(78, "/opt/mm/bin/python3", "/opt/mm/bin/runner", "-C", "/srv/mm.cfg", "--runner=in:0:1")
		}},
		{"3 that somebody else runs", "", func(f *fake) {
			in(f, "/srv/mm/queue")
			f.write("/srv/mm.cfg", "[mailman]\nlayout: x\n[paths.x]\nvar_dir: /srv/mm\n")
			f.processAt(77, time.Hour, "54321", "", "/opt/mm/bin/python3", "/opt/mm/bin/master", "-C", "/srv/mm.cfg")
		}},
		{"3 that runs in another root", "", func(f *fake) {
			in(f, "/srv/mm/queue")
			f.write("/srv/mm.cfg", "[mailman]\nlayout: x\n[paths.x]\nvar_dir: /srv/mm\n")
			f.process(77, "/opt/mm/bin/python3", "/opt/mm/bin/master", "-C", "/srv/mm.cfg")
			f.hide(77)
			f.write("/proc/77/environ", "HOME=/\x00")
			f.link("/proc/77/root", "/srv")
			f.link("/proc/77/cwd", "/srv")
		}},
		{"both", "/var/lib/mailman3/queue /var/lib/mailman/qfiles", func(f *fake) {
			in(f, "/var/lib/mailman3/queue", "/var/lib/mailman/qfiles")
			f.write("/etc/mailman3/mailman.cfg", debian3)
		}},
		{"one by two paths", "/var/lib/mailman/qfiles", func(f *fake) {
			in(f, "/var/lib/mailman/qfiles")
			f.link("/var/spool/mailman", "/var/lib/mailman/qfiles")
		}},
		{"another program's directory", "", func(f *fake) { f.mkdir("/var/spool/mailman/lists") }},
		{"a file", "", func(f *fake) { f.write("/var/lib/mailman3/queue", "in") }},
	} {
		f := newFake(t)
		test.set(f)
		var got []string
		for _, found := range f.installations() {
			got = append(got, found.Path)
			if want := []string{found.Path + "/in"}; !slices.Equal(found.Queues, want) {
				t.Errorf("%s: %q, not %q", test.name, found.Queues, want)
			}
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
}

// TestInstallationQueues checks which subdirectories are queues.
func TestInstallationQueues(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	const path = "/var/lib/mailman/qfiles"
	for _, name := range []string{"shunt", "hold", "maildir", "lost+found", ".snapshot"} {
		f.mkdir(path + "/" + name)
	}
	f.mkdir("/fast/in")
	f.link(path+"/in", "/fast/in")
	f.link(path+"/nowhere", "/nosuch")
	f.write(path+"/README", "x")
	all := f.installations()
	if want := []string{path + "/hold", path + "/in", path + "/shunt"}; len(all) != 1 || !slices.Equal(all[0].Queues, want) {
		t.Errorf("%q, not %q", all, want)
	}
}

// TestInstallationsHidden checks that a directory that may not be read is an installation,
// and that one that may be there is so only if no other is.
func TestInstallationsHidden(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root may read everything: TestSite in test/interop is the same as another user")
	}
	f := newFake(t)
	closed := func(path string, mode os.FileMode) {
		f.mkdir(path + "/in")
		if err := os.Chmod(f.root+path, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(f.root+path, 0o755) })
	}
	closed("/opt/mailman", 0)
	if all := f.installations(); len(all) == 0 || all[0].Path != "/opt/mailman/mm/var/queue" || all[0].Queues != nil {
		t.Errorf("%q", all)
	}
	closed("/var/lib/mailman3/queue", 0o111)
	if all := f.installations(); len(all) != 1 || all[0].Path != "/var/lib/mailman3/queue" || all[0].Queues != nil {
		t.Errorf("%q", all)
	}
}
