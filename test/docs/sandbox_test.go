package docs

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/message"
	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
	"switchboard/test/harness/smtpd"
)

// exampleBase is the file base in the examples.
const exampleBase = "1700000000.5+da39a3ee5e6b4b0d3255bfef95601890afd80709"

const exampleMail = "From: Anne <anne@example.com>\nTo: staff@example.com\nSubject: The roof leaks\n\nWater!\n"

// sandbox is a directory in which the examples of the documents can be run, and a mail server
// that its configuration names.
type sandbox struct {
	dir, bin, config string
	server           *smtpd.Server
	// database is nil unless the examples are about queues in PostgreSQL.
	database *postgres.Database
}

// newSandbox makes queues with mail in every state: two ready entries in each of in, out,
// old, shunt and Mailman's own queues, one in hold, one in flight in each queue called in, and
// one preserved in bad. It also makes a message, and handlers that accept everything.
func newSandbox(t *testing.T) sandbox {
	t.Helper()
	bin, err := filepath.Abs(harness.Bin(t))
	if err != nil {
		t.Fatal(err)
	}
	s := sandbox{dir: t.TempDir(), bin: bin, server: smtpd.Start(t, smtpd.Options{})}
	s.config = filepath.Join(s.dir, "switchboard.toml")
	s.write(t, "switchboard.toml", s.deliver(), 0o644)
	for _, dir := range []string{
		"in", "in3", "out", "old", "shunt", "hold", "bad", "bin",
		"qfiles", "qfiles/in", "qfiles/out", "oldqfiles", "oldqfiles/in", "queue", "queue/in", "queue/command", "queue/bounces",
	} {
		if err := os.Mkdir(filepath.Join(s.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, queue := range []string{"in", "out", "old", "shunt", "qfiles/in", "qfiles/out", "oldqfiles/in"} {
		s.entry(t, queue, ".pck", harness.Base(3))
		s.entry(t, queue, ".pck", exampleBase)
	}
	s.entry(t, "hold", ".pck", harness.Base(9))
	s.entry(t, "bad", ".psv", strings.Replace(exampleBase, "0.5+", "1.5+", 1))
	for _, queue := range []string{"in", "qfiles/in", "oldqfiles/in"} {
		s.entry(t, queue, ".bak", harness.Base(7))
	}
	s.entry(t, "oldqfiles/in", ".pck", harness.Base(5), message.Item{Key: "toowner", Value: 1})
	for name, script := range map[string]string{
		"handler": "cat >/dev/null",
		"less":    "cat",
		"fail":    "cat >/dev/null; exit 1",
	} {
		s.write(t, "bin/"+name, "#!/bin/sh\n"+script+"\n", 0o755)
	}
	s.write(t, "bin/migrate-mailman2", read(t, "contrib/migrate-mailman2"), 0o755)
	s.write(t, "message.eml", exampleMail, 0o644)
	s.write(t, "done", "in/"+harness.Base(7)+".bak\n", 0o644)
	return s
}

// deliver is the part of the configuration that says where mail is sent to.
func (s sandbox) deliver() string {
	return "[deliver]\nserver = \"" + s.server.URL + "\"\ndomain = \"lists.example.com\"\n"
}

func (s sandbox) entry(t *testing.T, queue, ext, base string, more ...message.Item) {
	t.Helper()
	e := harness.Entry{
		Base: base, Text: []byte("X-Queue: " + queue + "\n" + exampleMail),
		Metadata: append(more, message.Item{Key: "whichq", Value: "in3"}, message.Item{Key: "listname", Value: "staff"}),
	}
	if filepath.Base(queue) == "out" {
		e.Metadata = append(e.Metadata, message.Item{Key: "recips", Value: []any{"anne@example.net", "bart@example.net"}})
	}
	if _, err := e.Write(filepath.Join(s.dir, queue), ext); err != nil {
		t.Fatal(err)
	}
}

func (s sandbox) write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	var err error
	if mode&0o111 != 0 {
		err = harness.WriteProgram(path, text)
	} else {
		err = os.WriteFile(path, []byte(text), mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// names returns the files of a queue whose names end in ext.
func (s sandbox) names(t *testing.T, queue, ext string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.dir, queue, "*"+ext))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// moved replaces a machine's directories in a script by those of the sandbox.
func (s sandbox) moved(script string) string {
	script = mailServer.ReplaceAllString(script, s.server.URL)
	return strings.NewReplacer(
		"/usr/local/bin/", s.bin+"/",
		"/var/lib/mailman/qfiles", s.dir+"/qfiles",
		"/var/lib/mailman3/queue", s.dir+"/queue",
		"/old/qfiles", s.dir+"/oldqfiles",
		exampleBase+".psv", strings.Replace(exampleBase, "0.5+", "1.5+", 1)+".psv",
	).Replace(script)
}

// mailServer is the server of the examples.
var mailServer = regexp.MustCompile(`smtp://\w+\.example\.com`)

// waits matches a command that does not end by itself, and the queue that it drains.
var waits = regexp.MustCompile(`(?:qrun|qdeliver|qmove) .*-w.* ((?:pg:|/\S+/)?(?:in|out))\b`)

// ending returns a script that ends when its queue is empty, if it does not end by itself.
func ending(script string) string {
	m := waits.FindStringSubmatch(script)
	if m == nil {
		return script
	}
	return script + " &\nwhile [ \"$(qstat --count ready " + m[1] + ")$(qstat --count inflight " + m[1] + ")\" != 00 ]; do sleep 0.1; done; kill -TERM $!; wait $!"
}

// run runs a script of the documents, unchanged except for the directories and the mail
// server.
func (s sandbox) run(t *testing.T, script string) harness.Result {
	t.Helper()
	if strings.ContainsFunc(script, func(r rune) bool { return r > 126 }) {
		t.Errorf("%s\ncannot be typed everywhere: it is not ASCII", script)
	}
	script = s.moved(script)
	if !strings.Contains(script, "e=$(") && strings.Contains(script, `"$e"`) && !strings.Contains(script, "read -r e") {
		script = "e=$(qdequeue in)\n" + script
	}
	cmd := exec.Command("/bin/sh", "-u", "-c", ending(script))
	cmd.Dir = s.dir
	cmd.Stdin = strings.NewReader(exampleMail)
	cmd.Env = append(os.Environ(), "SWITCHBOARD_CONFIG="+s.config,
		"PATH="+s.bin+":"+filepath.Join(s.dir, "bin")+":"+os.Getenv("PATH"))
	hang := time.AfterFunc(5*time.Minute, func() { cmd.Process.Kill() })
	defer hang.Stop()
	r, err := harness.Wait(cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// queued counts the messages in all queues of the sandbox.
func (s sandbox) queued(t *testing.T) int {
	t.Helper()
	n := 0
	for _, queue := range []string{"*", "*/*"} {
		for _, ext := range []string{".pck", ".bak", ".psv"} {
			for _, path := range s.names(t, queue, ext) {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Contains(text, []byte("Water!")) {
					t.Errorf("%s has lost its message", path)
				}
				n++
			}
		}
	}
	if s.database != nil {
		n += inDatabase(t, s.database, "Water!")
	}
	return n
}
