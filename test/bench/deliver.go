package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"switchboard/pkg/message"
	"switchboard/test/harness"
)

// deliver measures how fast mail is sent to Postfix's smtp-sink, which takes everything and
// keeps nothing.
func (b *bench) deliver() {
	postfix, err := postfixTools()
	if err != nil {
		log.Printf("SKIP: no smtp-sink to send to: %v", err)
		return
	}
	port, stop := b.sink(postfix)
	defer stop()
	n := b.size(10_000)
	for _, jobs := range []int{1, 8} {
		r := b.add(fmt.Sprintf("qdeliver -j%d of %d messages of 4 KiB to smtp-sink, durable, beside smtp-source -s%d, then qdequeue and qfinish of as many", jobs, n, jobs),
			pairs(b.runs(5), b.delivering(n, jobs, "mailman2", port), func() time.Duration {
				q := b.letters("out", "mailman2", n)
				source := postfix.command("smtp-source", "-d", "-s", fmt.Sprint(jobs), "-m", fmt.Sprint(n), "-l", "4096", "127.0.0.1:"+port)
				return took(func() {
					out, err := source.CombinedOutput()
					if err != nil {
						check(fmt.Errorf("smtp-source: %w: %s", err, out))
					}
					b.command(b.command("", b.q("qdequeue"), "-a", q), b.q("qfinish"), "-")
				})
			}), 1.5)
		r.main = jobs == 1
	}
	for _, m := range mailmans {
		if b.works(m) {
			b.deliverBeside(m, port)
		}
	}
	b.deliverMemory(port)
}

// delivering returns a run of qdeliver over a new queue.
func (b *bench) delivering(n, jobs int, format, port string) func() time.Duration {
	return func() time.Duration {
		q := b.letters("out", format, n)
		return took(func() { b.command("", b.q("qdeliver"), b.sending(port, "-j", fmt.Sprint(jobs), q)...) })
	}
}

func (b *bench) sending(port string, args ...string) []string {
	return append([]string{"--server", "smtp://127.0.0.1:" + port, "--domain", "lists.example.com"}, args...)
}

// deliverBeside compares qdeliver with a real outgoing runner, which works alone, as ours does
// with one job. Its Python and its Mailman have started, and its list is a real one: a
// Mailman 2.1 has it in a file, a Mailman 3 in an SQLite database. Both send the same
// entries, one message to one recipient each, to the same server. Our time has our start.
func (b *bench) deliverBeside(m realMailman, port string) {
	variable := filepath.Join(b.disk, m.format)
	defer os.RemoveAll(variable)
	n := max(b.size(2000), 500) // enough that our start does not count
	b.timesAsFast(fmt.Sprintf("qdeliver of %d messages of 4 KiB to smtp-sink, beside %s's outgoing runner with a real list", n, m.name),
		pairs(b.runs(3), b.delivering(n, 1, m.format, port), func() time.Duration {
			check(os.RemoveAll(variable))
			theirs := filepath.Join(variable, m.queues, "out")
			check(os.MkdirAll(filepath.Dir(theirs), 0o770))
			check(os.Rename(b.letters("theirs", m.format, n), theirs))
			took := b.theirs(m, variable, "send", port)
			if left, err := os.ReadDir(theirs); err != nil || len(left) > 0 {
				log.Panicf("%s has left %d entries: %v", m.name, len(left), err)
			}
			return took
		}), 5).peer = m.name
}

// letters makes a queue with n messages of 4 KiB to one recipient each, and waits until the
// disk has it.
func (b *bench) letters(name, format string, n int) string {
	q, _ := b.fillWith(letter(format, mail(1, 4096), 1), name, n, ".pck")
	b.command("", "sync")
	return q
}

// letter returns an entry with a message and its recipients. The real outgoing runners add
// nothing to it, but for Mailman 2.1's Errors-To and Sender.
func letter(format, text string, recipients int) []byte {
	dialect, err := message.ParseDialect(format)
	check(err)
	all := make([]any, recipients)
	for i := range all {
		all[i] = fmt.Sprintf("recipient-%d@example.com", i)
	}
	key, list, name := "recips", "listname", "test"
	if dialect == message.Mailman3 {
		key, list, name = "recipients", "listid", "bench.example.com"
	}
	entry, err := harness.Entry{Format: dialect, Text: []byte(text), Metadata: []message.Item{
		{Key: list, Value: name}, {Key: key, Value: all}, {Key: "nodecorate", Value: true},
	}}.Bytes()
	check(err)
	return entry
}

// deliverMemory shows what one big message and one message to many need.
func (b *bench) deliverMemory(port string) {
	size, many := 200, 100_000
	if b.quick {
		size, many = 20, 10_000
	}
	for _, how := range []struct {
		what             string
		size, recipients int
	}{
		{fmt.Sprintf("a message of %d MB", size), size << 20, 1},
		{fmt.Sprintf("a message to %d recipients", many), 4096, many},
	} {
		most := 0.0
		for _, format := range []string{"mailman2", "mailman3"} {
			q, _ := b.fillWith(letter(format, mail(1, how.size), how.recipients), "memory", 1, ".pck")
			mib, _ := b.peak("", "qdeliver", b.sending(port, q)...)
			most = max(most, mib)
		}
		b.addMemory("memory of qdeliver with "+how.what+", beside what it may have", most, mostMemory, 1)
	}
}

// postfixPrograms is a directory with Postfix's programs for tests.
type postfixPrograms struct{ programs, libraries string }

// postfixTools finds smtp-sink and smtp-source: those installed, or those that test/mta/fetch
// has unpacked.
func postfixTools() (postfixPrograms, error) {
	if path, err := exec.LookPath("smtp-sink"); err == nil {
		return postfixPrograms{programs: filepath.Dir(path)}, nil
	}
	dir := os.Getenv("SWITCHBOARD_MTA")
	if dir == "" {
		return postfixPrograms{}, fmt.Errorf("SWITCHBOARD_MTA does not name a directory that test/mta/fetch has filled")
	}
	p := postfixPrograms{programs: filepath.Join(dir, "postfix/usr/sbin"), libraries: filepath.Join(dir, "postfix/usr/lib/postfix")}
	_, err := os.Stat(filepath.Join(p.programs, "smtp-sink"))
	return p, err
}

func (p postfixPrograms) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.programs, name), args...)
	if p.libraries != "" {
		cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+p.libraries)
	}
	return cmd
}

// sink starts smtp-sink on a free port.
func (b *bench) sink(p postfixPrograms) (port string, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	port = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	args := []string{"127.0.0.1:" + port, "1000"}
	if os.Getuid() == 0 {
		args = append([]string{"-u", "nobody"}, args...)
	}
	cmd := p.command("smtp-sink", args...)
	cmd.Stderr = os.Stderr
	check(cmd.Start())
	for range 500 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return port, func() {
				cmd.Process.Kill()
				cmd.Wait()
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	cmd.Process.Kill()
	log.Panic("smtp-sink does not listen")
	return "", nil
}
