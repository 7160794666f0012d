package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"switchboard/test/harness"
)

// elsewhere names the tests of statuses that take more than a script.
var elsewhere = map[string]string{
	"qcat 75":    "a full disk: test/kill",
	"qfinish 75": "a full disk: test/kill",
}

// provoke has a script for each exit status in the manual pages, to be run in the
// sandbox. A command after NOBODY runs as another user if this is root; otherwise it
// runs on a queue that may not be written to.
var provoke = map[string]string{
	"qcat 0":  `qcat in/BASE.pck`,
	"qcat 1":  `qcat in/BASE.bak`,
	"qcat 64": `qcat`,
	"qcat 65": `echo garbage >in/BASE.psv; qcat in/BASE.psv`,
	"qcat 66": `qcat nosuch/BASE.pck`,
	"qcat 69": `qcat x:in/BASE.pck`,
	"qcat 73": `qcat --maildir in in/BASE.pck`,
	"qcat 74": `qcat in/BASE.pck >/dev/full`,
	"qcat 77": `chmod 0 in/BASE.pck; NOBODY qcat in/BASE.pck`,
	"qcat 78": `qcat --config nosuch in/BASE.pck`,

	"qdeliver 0":  `qdeliver out`,
	"qdeliver 1":  `qdeliver in3`,
	"qdeliver 64": `qdeliver`,
	"qdeliver 65": `echo garbage >out/BASE.pck; qdeliver out`,
	"qdeliver 66": `qdeliver nosuch`,
	"qdeliver 69": `qenqueue -q -l staff -m 'recips:=["550.anne@example.net"]' in3 message.eml; qdeliver in3`,
	"qdeliver 73": `qenqueue -q -l staff -m 'recips:=["550.anne@example.net"]' in3 message.eml; qdeliver --shunt /proc/nosuch in3`,
	"qdeliver 74": `qdeliver --json out >/dev/full`,
	"qdeliver 75": `qenqueue -q -l staff -m 'recips:=["450.anne@example.net"]' in3 message.eml; qdeliver in3`,
	"qdeliver 77": `NOBODY qdeliver out`,
	"qdeliver 78": `qdeliver --config nosuch out`,

	"qdequeue 0":  `qdequeue in`,
	"qdequeue 1":  `qdequeue in3`,
	"qdequeue 64": `qdequeue`,
	"qdequeue 65": `echo garbage >in/BASE.pck; qdequeue in/BASE.pck`,
	"qdequeue 66": `qdequeue nosuch`,
	"qdequeue 69": `qdequeue x:in`,
	"qdequeue 73": `rm -r bad; : >bad; echo garbage >in/BASE.pck; qdequeue in/BASE.pck`,
	"qdequeue 74": `qdequeue in >/dev/full`,
	"qdequeue 75": `mkdir data; echo $$ >data/master-qrunner.pid; qdequeue qfiles/in`,
	"qdequeue 77": `NOBODY qdequeue in`,
	"qdequeue 78": `echo 'nosuch = 1' >bad.toml; qdequeue --config bad.toml in`,

	"qdiscard 0":  `qdiscard --dry-run in/BASE 2>/dev/null`,
	"qdiscard 1":  `qdiscard in/BASE.bak`,
	"qdiscard 64": `qdiscard`,
	"qdiscard 65": `qdiscard in/nosuch.psv`,
	"qdiscard 66": `qdiscard nosuch/BASE`,
	"qdiscard 69": `qdiscard x:in/BASE`,
	"qdiscard 74": `qdiscard - <.`,
	"qdiscard 75": `mkdir data; echo $$ >data/master-qrunner.pid; qdiscard qfiles/in/BASE`,
	"qdiscard 77": `NOBODY qdiscard in/BASE`,
	"qdiscard 78": `qdiscard --config nosuch in/BASE`,

	"qenqueue 0":  `qenqueue in message.eml`,
	"qenqueue 64": `qenqueue in message.eml -l staff`,
	"qenqueue 65": `qenqueue in /dev/null`,
	"qenqueue 66": `qenqueue in nosuch`,
	"qenqueue 75": `qenqueue in .`,

	"qfinish 0":  `qfinish "$(qdequeue in)"`,
	"qfinish 1":  `qfinish in/BASE`,
	"qfinish 64": `qfinish --preserve --requeue in/BASE`,
	"qfinish 65": `qfinish in/nosuch.bak`,
	"qfinish 66": `qfinish nosuch/BASE`,
	"qfinish 69": `qfinish x:in/BASE.bak@1`,
	"qfinish 73": `qfinish --preserve --bad /proc/nosuch "$(qdequeue in)"`,
	"qfinish 74": `qfinish - <.`,
	"qfinish 77": `e=$(qdequeue in); NOBODY qfinish "$e"`,
	"qfinish 78": `qfinish --config nosuch in/BASE`,

	"qmove 0":  `qmove --to hold in/BASE`,
	"qmove 1":  `qmove --to hold in/BASE.bak`,
	"qmove 64": `qmove --to hold`,
	"qmove 65": `qmove --to in in/BASE`,
	"qmove 66": `qmove --to ./nosuch in/BASE`,
	"qmove 69": `qmove --to x:out in/BASE`,
	"qmove 73": `: >held; qmove --to held in/BASE`,
	"qmove 74": `qmove --to hold in/BASE >/dev/full`,
	"qmove 75": `mkdir data; echo $$ >data/master-qrunner.pid; qmove --to hold qfiles/in/BASE`,
	"qmove 77": `NOBODY qmove --to out in/BASE`,
	"qmove 78": `qmove --config nosuch --to hold in/BASE`,

	"qrestore 0":  `qrestore in`,
	"qrestore 1":  `qrestore in/BASE.bak`,
	"qrestore 64": `qrestore --max-restores 1000 in`,
	"qrestore 65": `qenqueue in message.eml; qfinish --preserve "$(qdequeue in)"; qrestore --to shunt bad/*.psv in/nosuch.psv`,
	"qrestore 66": `qrestore nosuch`,
	"qrestore 69": `qrestore x:in`,
	"qrestore 73": `qrestore --max-restores 1 --bad /proc/nosuch in`,
	"qrestore 74": `qrestore in >/dev/full`,
	"qrestore 75": `qrestore --min-age 1h in`,
	"qrestore 77": `chmod 600 in/*.bak; NOBODY qrestore in`,
	"qrestore 78": `qrestore --config nosuch in`,

	"qrun 0":   `qrun in handler`,
	"qrun 1":   `qrun in sh -c 'qfinish --requeue "$Q_ENTRY"'`,
	"qrun 64":  `qrun in`,
	"qrun 65":  `qrun in fail`,
	"qrun 66":  `qrun nosuch handler`,
	"qrun 69":  `qrun --max-failures 1 in fail`,
	"qrun 73":  `qrun --shunt /proc/nosuch in fail`,
	"qrun 74":  `qrun --json in handler >/dev/full`,
	"qrun 75":  `qrun in sh -c 'exit 75'`,
	"qrun 77":  `NOBODY qrun in handler`,
	"qrun 78":  `qrun --config nosuch in handler`,
	"qrun 126": `qrun in ./message.eml`,
	"qrun 127": `qrun in nosuch`,

	"qstat 0":  `qstat in`,
	"qstat 1":  `qstat in/BASE.bak`,
	"qstat 64": `qstat -le in`,
	"qstat 65": `mkfifo in/fifo; qstat --check in`,
	"qstat 66": `qstat nosuch`,
	"qstat 69": `qstat x:in`,
	"qstat 74": `qstat in >/dev/full`,
	"qstat 77": `chmod 0 in; NOBODY qstat in`,
	"qstat 78": `qstat --config nosuch in`,
}

// TestExitStatuses provokes every exit status in the manual pages. With 0, and if a queue
// is empty, standard error must be empty. Otherwise it must have one line that names the
// command.
func TestExitStatuses(t *testing.T) {
	t.Parallel()
	asked := 0
	for _, name := range commands(t) {
		text, _ := section(page(t, name+".1"), "EXIT STATUS")
		for _, m := range statusItem.FindAllStringSubmatch(text, -1) {
			key := name + " " + m[1]
			if elsewhere[key] != "" {
				continue
			}
			script, ok := provoke[key]
			if !ok {
				t.Errorf("%s.1 says %s, which nothing provokes", name, m[1])
				continue
			}
			asked++
			t.Run(strings.ReplaceAll(key, " ", "-"), func(t *testing.T) {
				t.Parallel()
				exits(t, name, m[1], script)
			})
		}
	}
	if asked != len(provoke) {
		t.Errorf("%d statuses, %d scripts", asked, len(provoke))
	}
}

// exits runs a script and checks its status.
func exits(t *testing.T, name, want, script string) {
	t.Helper()
	s := newSandbox(t)
	// Everybody may read, and only the owner may change anything.
	for dir := s.dir; dir != filepath.Dir(os.TempDir()) && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(script, "NOBODY ") {
		as := ""
		switch {
		case os.Geteuid() == 0:
			as = tool(t, "setpriv") + " --reuid=65534 --regid=65534 --clear-groups"
		case !strings.Contains(script, "chmod 0"):
			as = "chmod 555 in out;"
		}
		t.Cleanup(func() {
			os.Chmod(filepath.Join(s.dir, "in"), 0o755)
			os.Chmod(filepath.Join(s.dir, "out"), 0o755)
		})
		script = strings.ReplaceAll(script, "NOBODY", as)
	}
	script = strings.ReplaceAll(script, "BASE", exampleBase)
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Dir = s.dir
	cmd.Stdin = strings.NewReader(exampleMail)
	cmd.Env = append(os.Environ(), "SWITCHBOARD_CONFIG="+s.config,
		"PATH="+s.bin+":"+filepath.Join(s.dir, "bin")+":"+os.Getenv("PATH"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.Status); got != want {
		t.Errorf("%s\nexits %s, want %s\n%s%s", script, got, want, r.Out, r.Err)
	}
	first, _, _ := strings.Cut(r.Err, "\n")
	said, empty := name+": ", script == "qdequeue in3" || script == "qdeliver in3"
	switch {
	case want == "0" && r.Err != "" && name != "qrun", empty && r.Err != "":
		t.Errorf("%s\nsays %q", script, r.Err)
	case want != "0" && !empty && !strings.Contains(script, "--check") && !strings.HasPrefix(first, said):
		t.Errorf("%s\nsays %q, want a line that begins with %q", script, r.Err, said)
	}
}
