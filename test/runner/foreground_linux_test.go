package runner

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"switchboard/test/harness"
)

// TestForeground checks that with one job the command has the terminal: it can read the
// keyboard, as less does, and is not stopped for that.
func TestForeground(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(2, plain)
	p := s.terminal(false, `qrun --keep in sh -c 'n=$(grep Subject); printf "next $n? "; read a </dev/tty; echo "$a" >>$out/answers; exit 75'`)
	p.types("Subject: 0? ", "one\n")
	p.types("Subject: 1? ", "two\n")
	p.ends(0)
	if got := strings.Join(s.log("answers"), " "); got != "one two" {
		t.Errorf("answers %q", got)
	}
	s.holds("in", 2, 0, 0)
}

// TestKeysEndRun checks that keys that end a command also end the run, and that this is not a
// crash.
func TestKeysEndRun(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"interrupt": "\x03", "quit": "\x1c"} {
		for _, options := range []string{"", "--keep", "-w", "-v"} {
			t.Run(name+options, func(t *testing.T) {
				t.Parallel()
				s := newSite(t)
				s.fill(3, plain)
				p := s.terminal(false, `ulimit -c 0; exec qrun `+options+` in sh -c 'printf "ok? "; read a </dev/tty'`)
				p.types("ok? ", key)
				status := 75
				if options == "-w" {
					status = 0
				}
				p.ends(status)
				s.holds("in", 3, 0, 0)
				if n := strings.Count(p.shows(), "ok? "); n != 1 {
					t.Errorf("%d commands were started", n)
				}
				if held, err := harness.Read(s.path("in") + "/" + harness.Base(0) + ".pck"); err != nil || held.Restores != 0 {
					t.Errorf("%d restores are counted, %v", held.Restores, err)
				}
			})
		}
	}
}

// TestCaughtInterrupt checks that if a command catches ^C, it goes on, and so does the run.
func TestCaughtInterrupt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(1, plain)
	p := s.terminal(false, `exec qrun in sh -c 'trap "echo caught" INT; printf "ok? "; while ! read a </dev/tty; do :; done'`)
	// The answer does not wait for the word: a shell that a signal meets right before it reads
	// says the word only after the answer.
	p.types("ok? ", "\x03yes\n")
	p.types("caught", "")
	p.ends(0)
	s.holds("in", 0, 0, 0)
}

// TestTerminalAfterCrash checks that the run undoes what a crashed command did to the
// terminal.
func TestTerminalAfterCrash(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(1, plain)
	p := s.terminal(false, `stty -a >$out/before; qrun --max-restores 1 in sh -c 'stty raw -echo </dev/tty; kill -9 $$'; stty -a >$out/after; echo done`)
	p.types("done", "")
	p.ends(0)
	if before, after := fmt.Sprint(s.log("before")), fmt.Sprint(s.log("after")); before != after {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// TestStopAndContinue checks that ^Z stops the run with its command, so that the shell shows
// its prompt. fg continues both, with the command in the foreground.
func TestStopAndContinue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(2, plain)
	p := s.terminal(true, `qrun in sh -c 'printf "ok? "; read a </dev/tty; echo "$a" >>$out/answers; grep -q "Subject: 1"'; echo "stopped: $?"; fg >/dev/null; echo "ended: $?"`)
	p.types("ok? ", "\x1a")
	p.types("stopped: ", "one\n")
	s.eventually("the first answer", func() bool { return len(s.log("answers")) == 1 })
	s.eventually("the second command", func() bool { return strings.Count(p.shows(), "ok? ") == 2 })
	p.types("ok? ", "two\n")
	p.types("ended: 65", "")
	p.ends(0)
	if got := strings.Join(s.log("answers"), " "); got != "one two" {
		t.Errorf("answers %q", got)
	}
	s.holds("shunt", 1, 0, 0)
}

// TestStopAndContinueInBackground checks that bg continues both in the background. When the
// run continues, the end of its own pause and the signal come together. A run that saw the
// pause first once left its command stopped.
func TestStopAndContinueInBackground(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.fill(1, plain)
			// The command does not fork: a shell that waits for a vfork cannot stop.
			p := s.terminal(true, `mkfifo $out/go; qrun in sh -c 'echo begun; exec cat $out/go'; sleep 0.5; bg >/dev/null; : >$out/go
				i=0; while kill -0 %1 && test $i -lt 600; do sleep 0.1; i=$((i+1)); done; echo ended`)
			p.types("begun", "\x1a")
			p.types("ended", "")
			p.ends(0)
			s.holds("in", 0, 0, 0)
		})
	}
}

// TestStopWithoutShell checks that ^Z does not stop a run for ever if no shell could continue
// it.
func TestStopWithoutShell(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(1, plain)
	p := s.terminal(false, `exec qrun in sh -c 'trap "echo continued" CONT; printf "ok? "; while ! read a </dev/tty; do :; done; echo "$a" >>$out/answers'`)
	// The answer does not wait for the word, as in TestCaughtInterrupt.
	p.types("ok? ", "\x1ayes\n")
	p.types("continued", "")
	p.ends(0)
	s.holds("in", 0, 0, 0)
}

// TestInterrupt checks that a person who presses Ctrl-C is told what that does.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(2, plain)
	p := s.terminal(false, `qrun in sh -c 'kill -INT $PPID; until test -e $out/go; do sleep 0.05; done'`)
	p.types("qrun: waiting for running commands; press ^C again to stop them", "")
	s.release()
	p.ends(75)
	p.types("qrun: in: stopped; entries are left for another run", "")
	s.holds("in", 1, 0, 0)
}

// TestSeveralJobsInterrupted checks that several jobs share the terminal, none in the
// foreground: ^C goes to the run.
func TestSeveralJobsInterrupted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fill(3, plain)
	p := s.terminal(false, `exec qrun -j 2 in sh -c 'echo $$ >>$out/begun; exec sleep 1000'`)
	s.eventually("two commands", func() bool { return len(s.log("begun")) == 2 })
	p.types("", "\x03")
	p.types("qrun: waiting for running commands; press ^C again to stop them", "\x03")
	p.ends(75)
	s.holds("in", 3, 0, 0)
	killed := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if killed.Signaled() {
		t.Errorf("qrun was ended by %v", killed.Signal())
	}
}
