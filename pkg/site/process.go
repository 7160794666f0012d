package site

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processes is the process table.
type processes struct {
	// dir is where Linux shows the table. On other systems the directory is empty,
	// and every process is hidden.
	dir string
	// kill sends a process signal 0, to find out whether it exists.
	kill func(pid int) error
}

// process is what the table shows of one process.
type process struct {
	pid  int
	dead bool
	// argv is its command line: nil if it cannot be seen, empty for a kernel
	// thread.
	argv    []string
	command string // the name that the kernel has for it
	started time.Time
	uid     int
	groups  []int
	// inner are its numbers in the pid namespaces below this one.
	inner []int
}

// kind is what a process is.
type kind int

const (
	isDead kind = iota
	isHidden
	isMailman
	isOther
)

func (p process) kind() kind {
	switch {
	case p.dead:
		return isDead
	case p.argv == nil:
		return isHidden
	case p.script() != "":
		return isMailman
	}
	return isOther
}

// name returns what to call a process in a message.
func (p process) name() string {
	if len(p.argv) > 0 {
		return p.argv[0]
	}
	return p.command
}

// look returns what the table shows of one process.
func (t processes) look(pid int) process {
	p := process{pid: pid}
	if err := t.kill(pid); err != nil && !errors.Is(err, syscall.EPERM) {
		p.dead = true
		return p
	}
	status, err := os.ReadFile(t.file(pid, "status"))
	if err != nil {
		return p
	}
	t.status(&p, status)
	p.argv = t.argv(pid)
	if text, err := os.ReadFile(t.file(pid, "stat")); err == nil {
		p.started = t.start(text)
	}
	return p
}

// argv returns the command line of a process, or nil if it cannot be seen.
func (t processes) argv(pid int) []string {
	text, err := os.ReadFile(t.file(pid, "cmdline"))
	if err != nil {
		return nil
	}
	return split(text)
}

func (t processes) file(pid int, name string) string {
	return filepath.Join(t.dir, strconv.Itoa(pid), name)
}

// split splits a list of strings that each end with a zero byte.
func split(text []byte) []string {
	list := []string{}
	for arg := range bytes.SplitSeq(bytes.TrimSuffix(text, []byte{0}), []byte{0}) {
		list = append(list, string(arg))
	}
	if len(list) == 1 && list[0] == "" {
		return []string{}
	}
	return list
}

// status reads /proc/PID/status. A zombie counts as dead: a master waits for its
// runners before it ends.
func (t processes) status(p *process, text []byte) {
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		if len(fields) == 0 {
			continue
		}
		switch name {
		case "Name":
			p.command = strings.TrimSpace(value)
		case "State":
			p.dead = fields[0] == "Z" || fields[0] == "X"
		case "Uid":
			p.uid = field(fields, 1)
		case "Gid":
			p.groups = append(p.groups, field(fields, 1))
		case "Groups":
			p.groups = append(p.groups, numbers(fields)...)
		case "NSpid":
			p.inner = numbers(fields)[1:]
		}
	}
}

func field(fields []string, i int) int {
	if i >= len(fields) {
		return -1
	}
	n, err := strconv.Atoi(fields[i])
	if err != nil {
		return -1
	}
	return n
}

func numbers(fields []string) []int {
	list := make([]int, len(fields))
	for i := range fields {
		list[i] = field(fields, i)
	}
	return list
}

// start returns when a process started, from /proc/PID/stat: the 22nd field, in
// hundredths of a second since the machine started. The second field may have
// blanks.
func (t processes) start(stat []byte) time.Time {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	ticks := field(fields, 19)
	text, err := os.ReadFile(filepath.Join(t.dir, "stat"))
	if err != nil || ticks < 0 {
		return time.Time{}
	}
	for line := range strings.Lines(string(text)) {
		if boot, ok := strings.CutPrefix(line, "btime "); ok {
			if seconds, err := strconv.ParseInt(strings.TrimSpace(boot), 10, 64); err == nil {
				return time.Unix(seconds, 0).Add(time.Duration(ticks) * (time.Second / 100))
			}
		}
	}
	return time.Time{}
}

// all returns the numbers of the processes that can be seen.
func (t processes) all() []int {
	dir, err := os.Open(t.dir)
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	var pids []int
	for _, name := range names {
		if pid := number(name); pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids
}

// complete reports whether processes of other users can be seen (no hidepid).
func (t processes) complete() bool {
	_, err := os.Stat(t.file(1, "cmdline"))
	return err == nil
}

// initialNamespace is what Linux calls the first namespace of process numbers.
const initialNamespace = "pid:[4026531836]"

// nested reports whether there may be processes that this table does not show,
// because it is that of a container. Before Linux 3.8 a namespace of process numbers
// has no name. Only the first one has the kernel's own threads, of which process 2 is
// the parent.
func (t processes) nested() bool {
	name, err := os.Readlink(filepath.Join(t.dir, "self/ns/pid"))
	if err == nil {
		return name != initialNamespace
	}
	if _, err := os.Stat(filepath.Join(t.dir, "self/ns")); err != nil {
		return false // not Linux
	}
	second, err := os.ReadFile(t.file(2, "comm"))
	return err != nil || string(second) != "kthreadd\n"
}
