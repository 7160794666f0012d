package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"switchboard/test/harness"
)

// bin is the directory of the server's programs, and its major version.
var bin struct {
	sync.Once
	dir   string
	major int
	err   error
}

// find takes the directory that SWITCHBOARD_POSTGRES names, or else the newest version of
// Debian's packages, or else the one in PATH.
func find() {
	if harness.Bare() {
		bin.err = harness.ErrBare
		return
	}
	bin.dir = os.Getenv("SWITCHBOARD_POSTGRES")
	if bin.dir == "" {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
		slices.SortFunc(found, func(a, b string) int { return cmp.Compare(number(a), number(b)) })
		if len(found) > 0 {
			bin.dir = filepath.Dir(found[len(found)-1])
		} else if path, err := exec.LookPath("postgres"); err == nil {
			bin.dir = filepath.Dir(path)
		} else {
			bin.err = errors.New("not installed")
			return
		}
	}
	out, err := exec.Command(filepath.Join(bin.dir, "postgres"), "--version").Output()
	bin.major, bin.err = number(string(out)), err
}

var digits = regexp.MustCompile(`\d+`)

// number returns the first number in a text.
func number(s string) int {
	n, _ := strconv.Atoi(digits.FindString(s))
	return n
}

// Disk is where a server keeps its data.
type Disk int

const (
	// Memory is a filesystem in memory if the machine has one with room, else the disk.
	Memory Disk = iota
	// Real is the disk, where fsync takes as long as it does.
	Real
)

// Temp makes a directory that belongs to the server's user. It is not below TMPDIR, because
// the path of a unix socket has at most 107 bytes, and because it is removed when the test
// process has ended.
func (on Disk) Temp() (string, error) {
	parent, ok := memory()
	if on == Real || !ok {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "switchboard-pg-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	uid, gid, err := owner()
	if err == nil && os.Getuid() == 0 {
		err = os.Chown(dir, uid, gid)
	}
	return dir, err
}

// owner returns whom servers run as: the user of the tests, or for root, whom PostgreSQL
// refuses, the user of Debian's package.
func owner() (uid, gid int, err error) {
	if os.Getuid() != 0 {
		return os.Getuid(), os.Getgid(), nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return 0, 0, err
	}
	uid, err = strconv.Atoi(u.Uid)
	if err == nil {
		gid, err = strconv.Atoi(u.Gid)
	}
	return uid, gid, err
}

// AsUser has a command run as the owner of a server, in the directory / and with hardly any
// environment, and returns it.
func AsUser(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if uid, gid, err := owner(); err == nil && os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	cmd.Dir = "/"
	// The tests' own variables, PGHOST for example, do not reach the server.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	return cmd
}

// first is the result of initdb, which all servers of this process are copies of.
var first struct {
	sync.Once
	dir string
	// end keeps the directory for as long as it is open: for as long as something refers to it.
	end io.Closer
	err error
}

func cluster() (string, error) {
	first.Do(func() { first.dir, first.err = initdb() })
	return first.dir, first.err
}

func initdb() (string, error) {
	dir, err := Memory.Temp()
	if err != nil {
		return "", err
	}
	// When the process has ended, cat ends, and the directory goes.
	cleaner := AsUser(exec.Command("/bin/sh", "-c", `trap '' INT HUP TERM; cat; rm -rf "$PWD"`))
	cleaner.Dir = dir
	cleaner.SysProcAttr.Setpgid = true
	if first.end, err = cleaner.StdinPipe(); err != nil {
		return "", err
	}
	if err := cleaner.Start(); err != nil {
		return "", err
	}
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(Password+"\n"), 0o644); err != nil {
		return "", err
	}
	data := filepath.Join(dir, "data")
	args := []string{"-D", data, "-U", "postgres", "--no-sync", "--pwfile", password, "-E", "UTF8", "--locale=C.UTF-8",
		"--auth-local=trust", "--auth-host=scram-sha-256"}
	if bin.major >= 15 {
		// A collation of a language, as servers have, shows what forgets to ask for that of C.
		args = append(args, "--locale-provider=icu", "--icu-locale=en")
	}
	if out, err := AsUser(exec.Command(filepath.Join(bin.dir, "initdb"), args...)).CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return data, nil
}
