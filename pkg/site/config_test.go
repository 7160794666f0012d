package site

import (
	"strings"
	"testing"
)

// TestMailman3Queues checks where a Mailman 3 has its queues, by its configuration.
func TestMailman3Queues(t *testing.T) {
	t.Parallel()
	const file = "/etc/mailman3/mailman.cfg"
	for _, test := range []struct{ name, config, want string }{
		{"Debian", debian3, "/var/lib/mailman3/queue"},
		{"fhs, built in", "[mailman]\nlayout: fhs\n", "/var/spool/mailman"},
		{"fhs, changed", "[mailman]\nlayout = fhs\n[paths.fhs]\nqueue_dir = /q\n", "/q"},
		{"local, built in", "[mailman]\nlayout: local\n", "/var/tmp/mailman/queue"},
		{"here, the default", "[mailman]\nsite_owner: x\n", "/cwd/var/queue"},
		{"dev", "[mailman]\nlayout: dev\n", "/etc/queue"},
		{"another setting", "[mailman]\nlayout: x\n[paths.x]\nvar_dir: /v\nlists: $var_dir\nqueue_dir: ${data_dir}/q\ndata_dir: $var_dir/data\n", "/v/data/q"},
		{"comments and continued lines", "# x\n[mailman]\nlayout: x\nsite_owner: a\n  b\n\n; y\n[paths.x]\nvar_dir: /v\n", "/v/queue"},
		{"relative", "[mailman]\nlayout: x\n[paths.x]\nvar_dir: v\n", "/cwd/v/queue"},
		{"a place for each queue, as usual", "[mailman]\nlayout: x\n[paths.x]\nvar_dir: /v\n[runner.in]\npath: $QUEUE_DIR/$name\n[runner.lmtp]\npath:\n", "/v/queue"},

		{"a queue elsewhere", "[mailman]\nlayout: x\n[paths.x]\nvar_dir: /v\n[runner.in]\npath: /fast/in\n", ""},
		{"no such layout", "[mailman]\nlayout: x\n", ""},
		{"it includes another file", "[meta]\nextends: other.cfg\n", ""},
		{"a name without a value", "[mailman]\nlayout: x\n[paths.x]\nvar_dir: $nosuch\n", ""},
		{"a ring", "[mailman]\nlayout: x\n[paths.x]\nvar_dir: $queue_dir\n", ""},
		{"no configuration", "layout: x\n", ""},
		{"garbage", "[mailman]\n\x00\xff\n", ""},
		{"too large", "[mailman]\nlayout: fhs\n#" + strings.Repeat("x", mostConfig), ""},
	} {
		f := newFake(t)
		f.write(file, test.config)
		v := view{root: f.root, dir: "/cwd", environment: map[string]string{}}
		got, ok := mailman3Queues(v, process{argv: master3})
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
}

// TestMailman3Config checks which configuration a Mailman 3 reads.
func TestMailman3Config(t *testing.T) {
	t.Parallel()
	all := []string{"/e/env.cfg", "/cwd/mailman.cfg", "/home/mm/.mailman.cfg", "/etc/mailman.cfg", "/etc/mailman3/mailman.cfg", "/opt/mm/etc/mailman.cfg"}
	python := []string{"/opt/mm/bin/python3", "/opt/mm/bin/master"}
	for i, want := range all {
		f := newFake(t)
		v := view{root: f.root, dir: "/cwd", environment: map[string]string{"HOME": "/home/mm", "MAILMAN_CONFIG_FILE": "/e/env.cfg"}}
		for _, file := range all[i:] {
			f.write(file, "[mailman]\n")
		}
		if got, _ := mailman3Config(v, process{argv: python}); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	v := view{dir: "/cwd", environment: map[string]string{"MAILMAN_CONFIG_FILE": "/e/env.cfg"}}
	for option, want := range map[string]string{"-C /a.cfg": "/a.cfg", "-C/a.cfg": "/a.cfg", "--config /a.cfg": "/a.cfg", "--config=a.cfg": "/cwd/a.cfg", "-v -C a.cfg -n": "/cwd/a.cfg"} {
		if got, ok := mailman3Config(v, process{argv: append(python, strings.Fields(option)...)}); !ok || got != want {
			t.Errorf("%s: %q", option, got)
		}
	}
}

// TestMailman2Queues checks where a Mailman 2.1 has its queues, by Python files that
// are not run.
func TestMailman2Queues(t *testing.T) {
	t.Parallel()
	const own = "from Defaults import *\n"
	for _, test := range []struct{ name, config, want string }{
		{"as released", own, "/var/lib/mailman/qfiles"},
		{"Red Hat", own + "QUEUE_DIR = '/var/spool/mailman'   # FHS\n", "/var/spool/mailman"},
		{"QUEUE_DIR was joined before VAR_PREFIX changed", own + "VAR_PREFIX = '/v'\n", "/var/lib/mailman/qfiles"},
		{"joined again", own + "VAR_PREFIX = \"/v\"\nQUEUE_DIR = os.path.join(VAR_PREFIX, 'q')\n", "/v/q"},
		{"other names and comparisons", own + "DEFAULT_URL_HOST = 'x'\nif a == b: pass\n# QUEUE_DIR = f()\nadd_virtualhost(A, B)\nX_DIR = f(1)\n", "/var/lib/mailman/qfiles"},

		{"a function", own + "QUEUE_DIR = find()\n", ""},
		{"a condition", own + "if True:\n    QUEUE_DIR = '/q'\n", ""},
		{"one queue elsewhere", own + "INQUEUE_DIR = '/fast/in'\n", ""},
		{"a sum", own + "QUEUE_DIR = VAR_PREFIX + '/q'\n", ""},
		{"two at once", own + "QUEUE_DIR, X = '/q', 1\n", ""},
		{"added to", own + "QUEUE_DIR += '/q'\n", ""},
		{"another file", own + "from site_config import *\n", ""},
		{"another file, run", own + "execfile('/etc/x.py')\n", ""},
		{"an escape", own + "QUEUE_DIR = '\\x2fq'\n", ""},
		{"relative", own + "QUEUE_DIR = 'q'\n", ""},
	} {
		f := newFake(t)
		f.write("/usr/lib/mailman/Mailman/Defaults.py", "import os\n"+defaults2)
		f.write("/usr/lib/mailman/Mailman/mm_cfg.py", test.config)
		got, ok := mailman2Queues(view{root: f.root}, process{argv: master2})
		if !ok {
			got = ""
		}
		if got != test.want {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
}

// TestCommandLines checks which processes are Mailman, and of which generation.
func TestCommandLines(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]generation{
		"/usr/bin/python3 /usr/lib/mailman3/bin/master --force -C /etc/mailman3/mailman.cfg": mailman3,
		"/opt/mailman/venv/bin/python /opt/mailman/venv/bin/runner -C x --runner=out:0:1":    mailman3,
		"python3 -m mailman.bin.master -C x":                                                 mailman3,
		"python3.11 -u /nix/store/x-mailman/bin/.master-wrapped":                             mailman3,
		"/usr/bin/python /usr/lib/mailman/bin/mailmanctl -s -q start":                        mailman2,
		"/usr/bin/python2.7 /usr/lib/mailman/bin/qrunner --runner=IncomingRunner:0:1 -s":     mailman2,
		"/usr/lib/postfix/sbin/master -w":                                                    unknown,
		"sleep 60":                                                                           unknown,
		"vi /usr/lib/mailman3/bin/master":                                                    unknown,
		"/usr/bin/python3 /usr/bin/mailman -C /etc/mailman3/mailman.cfg shell":               unknown,
		"/usr/bin/python3 -m http.server":                                                    unknown,
		"/usr/bin/python3 -c master":                                                         unknown,
		"/usr/bin/python3 /srv/app.py master":                                                unknown,
		"/usr/bin/python3":                                                                   unknown,
	} {
		if got := (process{argv: strings.Fields(line)}).generation(); got != want {
			t.Errorf("%s: %d", line, got)
		}
	}
	if got := (process{argv: []string{}}).generation(); got != unknown {
		t.Errorf("a kernel thread: %d", got)
	}
}

// TestLockHolder checks the text of locks of both generations.
func TestLockHolder(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		host string
		pid  int
	}{
		"/var/lib/mailman3/locks/master.lck|mail.example.com|1234|8765": {"mail.example.com", 1234},
		"/v|w/locks/master.lck|h|12|8":                                  {"h", 12},
		"/var/lock/mailman/master-qrunner.mail.example.com.1234.0":      {"mail.example.com", 1234},
		"/v.1/locks/master-qrunner.10.0.0.5.1234.0\n":                   {"10.0.0.5", 1234},
		"/v/locks/master.lck|h|x|8":                                     {"h", 0},
		"/v/locks/master-qrunner":                                       {"", 0},
		"":                                                              {"", 0},
		"|||":                                                           {"", 0},
		"1.2.3":                                                         {"", 0},
	} {
		if host, pid := lockHolder(text); pid != want.pid || pid != 0 && host != want.host {
			t.Errorf("%q: %q %d", text, host, pid)
		}
	}
}

// TestIsOurs checks which host names in a lock belong to this machine, mx1.
func TestIsOurs(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for host, want := range map[string]bool{
		"mx1": true, "MX1": true, "mx1.example.com": true, "mail.example.com": true, "localhost": true, "localhost.localdomain": true,
		"mx2": false, "mx1x": false, "1f2e3d4c5b6a": false, "": false, "mail": true, "mail.example.org": false,
	} {
		if got := f.isOurs(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

// FuzzReaders checks that the functions that read other programs' files accept any
// text.
func FuzzReaders(f *testing.F) {
	f.Add(debian3)
	f.Add(defaults2)
	f.Add("/v/locks/master.lck|mx1|77|1")
	f.Add("Name:\tx\nNSpid:\t1\t2\nUid:\t1")
	f.Add("77 (x) S 1 1 1 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 96383 3133440")
	f.Fuzz(func(t *testing.T, text string) {
		parseINI(text)
		assignments(text, map[string]string{"VAR_PREFIX": "/v"})
		expand(text, map[string]string{"a": text, "var_dir": "$a"})
		lockHolder(text)
		var p process
		processes{dir: "/nosuch"}.status(&p, []byte(text))
		processes{dir: "/nosuch"}.start([]byte(text))
		process{argv: split([]byte(text))}.configOption()
	})
}
