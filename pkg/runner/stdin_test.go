package runner_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// long is a message that is not kept in memory.
var long = mail + strings.Repeat("a line of the body\n", 100_000)

// TestStdin checks that the command's standard input is a complete file, at its
// beginning and opened only for reading. The file has no name that a crash could leave
// behind.
func TestStdin(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("looks into /proc")
	}
	for name, text := range map[string]string{"short": mail, "long": long} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.add(text)
			o := s.options(`readlink /proc/self/fd/0 >$out/is; sed -n 's/^flags:.*\(..\)$/\1/p' /proc/self/fdinfo/0 >$out/flags
				stat -Lc %s /dev/stdin >$out/size
				(echo x >&0) 2>/dev/null && echo written >$out/harm
				if test -z "$long"; then (echo x >/dev/stdin) 2>/dev/null && echo written >$out/harm; fi
				ls -A "$Q_QUEUE" "$TMPDIR" >$out/ls
				cat >$out/message`)
			if o.Env = append(o.Env, "TMPDIR="+o.TempDir); name == "long" {
				// The owner of a file on a disk may open it again for writing. That
				// changes nothing but the copy.
				o.Env = append(o.Env, "long=yes")
			}
			if _, err := s.run(o); err != nil || s.kinds() != "finished" {
				t.Fatalf("%v, outcomes %q", err, s.kinds())
			}
			want := "/memfd:message (deleted)\n"
			if name == "long" {
				want = s.dir.Path() + "/#"
			}
			if is := s.written("is"); !strings.HasPrefix(is, want) && !strings.HasPrefix(is, filepath.Join(o.TempDir, "#")) {
				t.Errorf("standard input is %q, want %q", is, want)
			}
			// The last two digits of the flags have the access mode: 00 is O_RDONLY.
			if got := s.written("flags"); got != "00\n" {
				t.Errorf("standard input is opened with flags that end in %q", got)
			}
			if s.written("harm") != "" {
				t.Error("the command could write to its standard input")
			}
			if got := s.written("message"); got != text {
				t.Errorf("the command read %d bytes, want %d", len(got), len(text))
			}
			if got := s.written("ls"); strings.Contains(got, "message") || strings.Contains(got, "#") {
				t.Errorf("the copy has a name: %q", got)
			}
		})
	}
}

// TestEnvelopeLine checks that the command does not see the envelope line that a mail
// server put before the message.
func TestEnvelopeLine(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.add("From bounce@example.org  Sat Nov 28 10:00:00 2026\n" + mail)
	if _, err := s.run(s.options(`cat >$out/message`)); err != nil {
		t.Fatal(err)
	}
	if got := s.written("message"); got != mail {
		t.Errorf("the command read %q", got)
	}
}
