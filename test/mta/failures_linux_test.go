package mta

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// failure is something that goes wrong if a mail server calls qenqueue.
type failure struct {
	name string
	// script is the command to call, after exec. $D is the directory, $Q the queue.
	script string
	// status is the exit status of the contract.
	status int
	// said is a part of the message about it, or "" if there is none.
	said string
}

// unlogged reports whether qenqueue cannot write to the log either, because there is no
// descriptor left for a socket.
func (f failure) unlogged() bool { return strings.HasPrefix(f.name, "few-files") }

// failures has each way in which qenqueue can fail, up to the kind of system call, and some
// cases that succeed. test/kill has the failures of single calls.
var failures = []failure{
	{name: "stored", script: `qenqueue $Q`, status: 0},
	{name: "stored-quiet", script: `qenqueue -q $Q`, status: 0},
	{name: "stored-noisy", script: `qenqueue -qv $Q`, status: 0, said: "stored "},
	{name: "stdout-closed", script: `qenqueue $Q >&-`, status: 0},
	{name: "both-closed", script: `qenqueue -q $Q >&- 2>&-`, status: 0},
	{name: "stdout-full-quiet", script: `qenqueue -q $Q >/dev/full`, status: 0},
	{name: "stderr-full", script: `qenqueue $D/nosuch 2>/dev/full`, status: 75},

	// The queue.
	{name: "queue-missing", script: `qenqueue $D/nosuch`, status: 75, said: "nosuch: no such queue"},
	{name: "queue-unknown", script: `qenqueue nosuch`, status: 75, said: "no such queue"},
	{name: "queue-file", script: `qenqueue $D/file`, status: 75, said: "file: is a file, not a queue"},
	{name: "queue-below-file", script: `qenqueue $D/file/q`, status: 75, said: "file/q: is not a directory"},
	{name: "queue-closed", script: `qenqueue $D/closed`, status: 75, said: "closed: permission denied"},
	{name: "queue-below-closed", script: `qenqueue $D/closed/q`, status: 75, said: "permission denied"},
	{name: "queue-not-writable", script: `qenqueue $D/frozen`, status: 75, said: "frozen: permission denied"},
	{name: "queue-loop", script: `qenqueue $D/loop`, status: 75, said: "too many levels"},
	{name: "queue-long-name", script: `qenqueue ` + strings.Repeat("x", 300), status: 75},
	{name: "queue-not-made", script: `qenqueue -p $D/closed/new`, status: 75, said: "permission denied"},
	{name: "read-only", script: `qenqueue $D/readonly`, status: 75, said: "read-only file system"},
	{name: "disk-full", script: `qenqueue $D/full`, status: 75, said: "no space left"},

	// The configuration.
	{name: "config-broken", script: `qenqueue --config $D/broken.toml $Q`, status: 75, said: "broken.toml:2: "},
	{name: "config-half-saved", script: `env SWITCHBOARD_CONFIG=$D/half.toml qenqueue $Q`, status: 75, said: "half.toml:1: "},
	{name: "config-unreadable", script: `env SWITCHBOARD_CONFIG=$D/secret.toml qenqueue $Q`, status: 75, said: "secret.toml: permission denied"},
	{name: "config-missing", script: `qenqueue --config $D/nosuch.toml $Q`, status: 75, said: "nosuch.toml: no such file"},
	{name: "config-directory", script: `qenqueue --config $D $Q`, status: 75, said: "is a directory"},

	// Limits.
	{name: "file-size", script: `prlimit --fsize=100 qenqueue $Q`, status: 75, said: "file too large"},
	{name: "few-files", script: `prlimit --nofile=4 qenqueue $Q`, status: 75, said: "too many open files"},
	{name: "few-files-config", script: `env SWITCHBOARD_CONFIG=$D/good.toml prlimit --nofile=4 qenqueue $Q`, status: 75, said: "too many open files"},

	// The message.
	{name: "empty", script: `qenqueue $Q </dev/null`, status: 65, said: "standard input: empty message"},
	{name: "stdin-closed", script: `qenqueue $Q <&-`, status: 65, said: "empty message"},
	{name: "stdin-unreadable", script: `qenqueue $Q <$D`, status: 75, said: "standard input: is a directory"},
	{name: "file-missing", script: `qenqueue $Q $D/nosuch`, status: 66, said: "nosuch: no such file"},
	{name: "file-below-file", script: `qenqueue $Q $D/file/x`, status: 66, said: "not a directory"},
	{name: "file-unreadable", script: `qenqueue $Q $D/secret.toml`, status: 75, said: "secret.toml: permission denied"},
	{name: "file-directory", script: `qenqueue $Q $D`, status: 75, said: "is a directory"},
	{name: "entry-missing", script: `qenqueue $Q $D/frozen/` + base + `.pck`, status: 66},
	{name: "entry-queue-missing", script: `qenqueue $Q $D/nosuch/` + base + `.pck`, status: 66},
	{name: "entry-queue-closed", script: `qenqueue $Q $D/closed/` + base + `.pck`, status: 75, said: "permission denied"},
	{name: "entry-garbage", script: `qenqueue $Q $D/garbage.pck`, status: 65, said: "garbage.pck: "},
	{name: "entry-unreadable", script: `qenqueue $Q $D/secret.pck`, status: 75, said: "secret.pck: permission denied"},

	// The alias.
	{name: "no-queue", script: `qenqueue`, status: 64, said: "qenqueue"},
	{name: "unknown-option", script: `qenqueue --nosuch $Q`, status: 64, said: "nosuch"},
	{name: "option-behind", script: `qenqueue $Q -l staff`, status: 64, said: "-l"},
	{name: "unknown-format", script: `qenqueue -f mailman4 $Q`, status: 64, said: "mailman4"},
	{name: "list-not-utf8", script: `qenqueue -l "$(printf '\377')" $Q`, status: 64, said: "UTF-8"},
	{name: "metadata-no-value", script: `qenqueue -m x $Q`, status: 64, said: "KEY=VALUE"},
}

const base = "1700000000.5+da39a3ee5e6b4b0d3255bfef95601890afd80709"

// mail is longer than the limit of "file-size".
const mail = "From: anne@example.com\nTo: staff@list.example.com\nSubject: The roof leaks\n\n" +
	"Water!\nWater!\nWater!\nWater!\nWater!\nWater!\nWater!\nWater!\n"

// nobody is the user that runs the mail servers' commands here.
const nobody = 65534

// prepare makes what the failures need, and a script for each. quiet adds -q.
func (m *machine) prepare(quiet bool) {
	m.Helper()
	for name, mode := range map[string]os.FileMode{"q": 0o770, "closed": 0o700, "frozen": 0o555, "readonly": 0o777, "full": 0o777, "run": 0o755} {
		path := filepath.Join(m.dir, name)
		if err := os.Mkdir(path, mode); err != nil {
			m.Fatal(err)
		}
		os.Chmod(path, mode)
	}
	os.Chown(filepath.Join(m.dir, "q"), nobody, nobody)
	os.Symlink("loop", filepath.Join(m.dir, "loop"))
	m.write("file", "", 0o644)
	m.write("good.toml", "root = \"x\"\n", 0o644)
	m.write("broken.toml", "root = \"x\"\nnosuch = 1\n", 0o644)
	m.write("half.toml", "root = \"/var/li", 0o644)
	m.write("secret.toml", "", 0o600)
	m.write("secret.pck", "", 0o600)
	m.write("garbage.pck", "garbage", 0o644)
	m.run(`mount -t tmpfs -o ro,mode=755 tmpfs $D/readonly
		mount -t tmpfs -o mode=777,nr_inodes=1 tmpfs $D/full`)
	for _, f := range failures {
		m.script(f.name, f.line(quiet))
	}
}

// line returns the shell command. quiet adds -q if it is not there.
func (f failure) line(quiet bool) string {
	if quiet && !strings.Contains(f.script, "qenqueue -q") {
		return strings.Replace(f.script, "qenqueue", "qenqueue -q", 1)
	}
	return f.script
}

// script makes an executable script that runs one command.
func (m *machine) script(name, line string) {
	m.Helper()
	m.write("run/"+name, fmt.Sprintf("#!/bin/sh\nexport PATH=%q D=%q Q=%q\nexec %s\n",
		m.bin()+":/usr/bin:/bin", m.dir, filepath.Join(m.dir, "q"), line), 0o755)
}
