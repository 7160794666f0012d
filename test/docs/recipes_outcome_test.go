package docs

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/mbox"
	"switchboard/test/harness"
)

// pageRecipes has what each recipe of switchboard-recipes(7) does, by its title.
var pageRecipes = map[string]pageRecipe{
	"See what is stuck": {check: func(t *testing.T, s site, r harness.Result) {
		for _, queue := range []string{"in", "out", "shunt", "bad", "hold", "virgin", "retry", "commands"} {
			line := lineOf(r.Out, filepath.Join(s.dir, queue))
			ready := len(s.of(queue, isIn(".pck")))
			if f := strings.Split(line, "\t"); len(f) < 8 || f[0] != decimal(ready) {
				t.Errorf("%s has %d ready entries: %q", queue, ready, line)
			}
		}
	}},
	"See which lists the mail is for": {check: func(t *testing.T, s site, r harness.Result) {
		s.counts(t, r, "staff", toList("staff"))
		s.counts(t, r, "dev", toList("dev"))
	}},
	"See which domains do not take mail": {check: func(t *testing.T, s site, r harness.Result) {
		if total, _, _ := strings.Cut(r.Out, "\t"); total != decimal(len(s.sorted("out"))) || strings.Count(lineOf(r.Out, "TOTAL"), "\t") != 11 {
			t.Errorf("%s of %d entries:\n%s", total, len(s.sorted("out")), r.Out)
		}
		// The old half of the entries to these two has not moved for an hour.
		f := strings.Split(lineOf(r.Out, "example.org"), "\t")
		if len(f) != 12 || f[0] != decimal(len(s.of("out", either(by(anne), by(spammer))))) {
			t.Errorf("example.org has %q", f)
		}
	}},
	"See who sends most": {check: func(t *testing.T, s site, r harness.Result) {
		s.counts(t, r, spammer, by(spammer))
		if n := strings.Count(r.Out, "\n"); n > 10 || !strings.HasSuffix(strings.SplitAfter(r.Out, "\n")[0], "\t"+anne+"\n") {
			t.Errorf("%d lines, the first one is not %s:\n%s", n, anne, r.Out)
		}
	}},
	"Watch a queue drain": {terminal: true, check: func(t *testing.T, s site, r harness.Result) {
		if !regexp.MustCompile(`\b` + decimal(len(s.sorted("out"))) + ` .*/out`).MatchString(r.Out) {
			t.Errorf("it shows %q", r.Out)
		}
	}},
	"List what has waited for two hours": {check: func(t *testing.T, s site, r harness.Result) {
		lists(t, s, r, s.of("out", func(m mail) bool { return m.age > 2*time.Hour }))
	}},
	"Find the message that Mailman's log names": {check: func(t *testing.T, s site, r harness.Result) {
		shows(t, r, "\nentry      "+filepath.Join(s.dir, "shunt", exampleBase)+".pck\n", 1)
		shows(t, r, "\nwhy        "+why+"\n", 1)
		shows(t, r, "\nlist       staff\n", 1)
	}},
	"Read that message": {check: func(t *testing.T, s site, r harness.Result) {
		if path := "shunt/" + exampleBase + ".pck"; r.Out != s.text(t, path, s.before[path]) {
			t.Errorf("it prints %q", r.Out)
		}
	}},
	"Look into a file that cannot be read": {status: 65, says: "malformed pickle: offset ", check: func(t *testing.T, s site, r harness.Result) {
		shows(t, r, `"From"`, 1)
		shows(t, r, "STOP", 0)
	}},
	"See what happened to a message last night": {before: func(t *testing.T, s *site) {
		s.write(t, "../switchboard.toml", "log = \"mail.log\"\nroot = \"qfiles\"\n", 0o644)
		if r := s.run(t, "qmove --to hold "+exampleBase+" && qmove --to shunt "+exampleBase); r.Status != 0 || r.Err != "" {
			t.Fatalf("status %d, %q", r.Status, r.Err)
		}
	}, check: func(t *testing.T, s site, r harness.Result) {
		shows(t, r, "\n", 3)
		shows(t, r, "]: moved user=", 2)
		shows(t, r, " list=staff ", 2)
		shows(t, r, " from="+filepath.Join(s.dir, "shunt", exampleBase)+".pck to="+filepath.Join(s.dir, "hold", exampleBase)+".pck\n", 1)
	}},
	"Find one sender's large mail of the last hour": {check: func(t *testing.T, s site, r harness.Result) {
		large := s.of("out", func(m mail) bool { return m.sender == spammer && m.age < time.Hour && len(s.before[m.path]) > 1<<20 })
		if len(large) != 1 {
			t.Fatal(large)
		}
		lists(t, s, r, large)
	}},
	"See why Mailman shunted each message": {check: func(t *testing.T, s site, r harness.Result) {
		shows(t, r, "\nentry ", len(s.of("shunt", every)))
		shows(t, r, "\nwhy        KeyError: 'member", len(s.of("shunt", every))-1)
		shows(t, r, "\nwhy        "+why+"\n", 1)
	}},
	"Read the header of each shunted message": {check: func(t *testing.T, s site, r harness.Result) {
		shows(t, r, "\nFrom: "+spammer+"\n", len(s.of("shunt", by(spammer))))
		shows(t, r, "\nSubject: The roof leaks\n", 1)
		shows(t, r, "Water!", 0)
	}},
	"See the recipients of all waiting mail": {check: func(t *testing.T, s site, r harness.Result) {
		shows(t, r, "\n{", len(s.of("out", every)))
		shows(t, r, `"recips":["bart@example.net","cris@example.org"]`, len(s.of("out", either(by(anne), by(spammer)))))
	}},
	"Find files that are broken, or that do not belong there": {status: 65, check: func(t *testing.T, s site, r harness.Result) {
		if strings.Count(r.Out, "\n") != 1 || !strings.HasPrefix(r.Out, filepath.Join(s.dir, "bad", brokenBase)+".psv\tunreadable: ") {
			t.Errorf("it prints %q", r.Out)
		}
	}},

	"Hold what one sender has waiting":  {becomes: move("out", "hold", by(spammer))},
	"Release what one list has on hold": {becomes: move("hold", "out", toList("staff"))},
	"Hold one list over the weekend": {becomes: move("out", "hold", toList("staff")), after: func(t *testing.T, s site) {
		job, err := os.ReadFile(filepath.Join(s.home(), "job"))
		if err != nil || string(job) != "qmove --to out --list staff hold\n" {
			t.Errorf("at gets %q, %v", job, err)
		}
		if r := s.run(t, string(job)); r.Status != 0 || r.Err != "" {
			t.Errorf("on Monday: %d, %q", r.Status, r.Err)
		}
		s.has(t, moves(s.of("hold", toList("staff")), "out"))
	}},
	"Hold everything": {becomes: move("out", "hold", every)},

	"Copy the messages of a queue to a mailbox": {silent: true, after: func(t *testing.T, s site) {
		backup, err := os.Open(filepath.Join(s.home(), "backup.mbox"))
		if err != nil {
			t.Fatal(err)
		}
		defer backup.Close()
		r := mbox.NewReader(bufio.NewReader(backup))
		for _, m := range s.sorted("shunt") {
			text := s.text(t, m.path, s.before[m.path])
			message, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(message); err != nil || string(got) != strings.TrimSuffix(text, "\n")+"\n" {
				t.Errorf("the mailbox has %q, %v, not %q", got, err, text)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("the mailbox has more: %v", err)
		}
	}},
	"Copy them to a Maildir": {check: func(t *testing.T, s site, r harness.Result) {
		for _, m := range s.sorted("shunt") {
			name := "backup/new/" + strings.TrimSuffix(filepath.Base(m.path), ".pck")
			got, err := os.ReadFile(filepath.Join(s.home(), name))
			if err != nil || string(got) != s.text(t, m.path, s.before[m.path]) || lineOf(r.Out, name) == "" {
				t.Errorf("the Maildir has %q, %v at %s", got, err, name)
			}
		}
	}},
	"Copy the metadata": {silent: true, after: func(t *testing.T, s site) {
		backup, err := os.ReadFile(filepath.Join(s.home(), "backup.json"))
		if err != nil {
			t.Fatal(err)
		}
		all, n := s.sorted("shunt"), 0
		for line := range strings.Lines(string(backup)) {
			if n >= len(all) || !strings.Contains(line, `"listname":"`+all[n].list+`"`) || !strings.Contains(line, `/`+all[n].origin+`"`) {
				t.Errorf("line %d is %s", n, line)
			}
			n++
		}
		if n != len(all) {
			t.Errorf("%d lines for %d entries", n, len(all))
		}
	}},

	"Remove spam in a way that can be undone": {becomes: move("virgin", "trash", by(spammer))},
	"See what a deletion would delete": {says: "would discard ", check: func(t *testing.T, s site, r harness.Result) {
		for _, m := range s.of("virgin", by(spammer)) {
			if !strings.Contains(r.Err, "would discard "+filepath.Join(s.dir, m.path)) {
				t.Errorf("it does not name %s:\n%s", m.path, r.Err)
			}
		}
		shows(t, harness.Result{Out: r.Err}, "would discard /", len(s.of("virgin", by(spammer))))
	}},
	"Delete spam for good":                          {becomes: gone("virgin", by(spammer)), says: "6 discarded"},
	"Delete one message":                            {becomes: gone("bad", isCalled(brokenBase)), says: "1 discarded"},
	"Delete what was shunted more than a month ago": {becomes: gone("shunt", func(m mail) bool { return m.age > 30*24*time.Hour }), says: "12 discarded"},

	"Release one shunted message":         {becomes: home("shunt", isCalled(exampleBase))},
	"Release one list's shunted mail":     {becomes: home("shunt", toList("staff"))},
	"Release everything that was shunted": {becomes: home("shunt", every)},
	"Release what was preserved":          {status: 65, says: brokenBase, becomes: home("bad", either(toList("staff"), toList("dev")))},
	"Restore what a crash left in flight": {becomes: move("in", "in", isIn(".bak"))},
	"Move the mail of a Mailman 2.1 to Mailman 3": {before: alone, status: 75, says: brokenBase, anywhere: true, check: anything, after: func(t *testing.T, s site) {
		if left := s.of("out", func(m mail) bool { _, err := os.Stat(filepath.Join(s.dir, m.path)); return err == nil }); len(left) > 0 {
			t.Errorf("out has %v", left)
		}
		arrived := map[string]int{}
		for _, path := range s.names(t, "../../mailman3/queue/in", ".pck") {
			held, err := harness.Read(path)
			if err != nil {
				t.Fatal(err)
			}
			arrived[string(held.Text)]++
		}
		for path, content := range s.before {
			if m := s.at(path); (m.list == "staff" || m.list == "dev") && (strings.HasPrefix(path, "in/") || strings.HasPrefix(path, "bad/")) {
				if text := s.text(t, path, content); arrived[text] == 0 {
					t.Errorf("%s is not in the queue of Mailman 3", path)
				} else {
					arrived[text]--
				}
			}
		}
	}},

	"See who would get what from whom": {before: alone, check: func(t *testing.T, s site, r harness.Result) {
		for _, m := range s.sorted("out") {
			for _, to := range []string{"bart@example.net", "cris@example.org"} {
				shows(t, r, "\n"+filepath.Join(s.dir, m.path)+"\t"+m.list+"-bounces@lists.example.com\t"+to+"\n", 1)
			}
		}
		shows(t, r, "\n", 1+2*len(s.sorted("out")))
	}},
	"Send what a dead server left": {before: alone, becomes: gone("out", every), silent: true, after: func(t *testing.T, s site) {
		sent := map[string]int{}
		for _, mail := range s.server.Mails() {
			if strings.Join(mail.To, " ") != "bart@example.net cris@example.org" || !strings.HasSuffix(mail.From, "-bounces@lists.example.com") {
				t.Errorf("a message from %s is for %v", mail.From, mail.To)
			}
			sent[messageID(mail.Text())]++
		}
		for _, m := range s.sorted("out") {
			id := messageID(s.text(t, m.path, s.before[m.path]))
			if sent[id]--; sent[id] < 0 {
				t.Errorf("%s was not sent", m.path)
			}
		}
	}},
	"See what waits to be sent again": {before: refuse(450, "retry"), check: func(t *testing.T, s site, r harness.Result) {
		if line := lineWith(r.Out, "450.anne"); !strings.Contains(line, "\t-\t1\t5d\t450 ") && !strings.Contains(line, "\t-\t1\t4d\t450 ") {
			t.Errorf("it prints %q", line)
		}
	}},
	"See what the mail server refused": {before: refuse(550, "shunt"), check: func(t *testing.T, s site, r harness.Result) {
		if line := lineWith(r.Out, "550.anne"); !strings.Contains(line, "/out\t1\t") || !strings.Contains(line, "\t550 ") {
			t.Errorf("it prints %q", line)
		}
		shows(t, r, "\nready", 1+len(s.of("shunt", func(m mail) bool { return m.origin == "out" })))
	}},
	"Send it again when the reason is gone": {before: alone, anywhere: true, check: anything, after: func(t *testing.T, s site) {
		for _, m := range s.of("shunt", every) {
			left := len(s.names(t, "shunt", filepath.Base(m.path)))
			if want := 1; (m.origin == "out") != (left == want-1) {
				t.Errorf("%s, which came from %s: %d files", m.path, m.origin, left)
			}
		}
		if n := len(s.names(t, "out", ".pck")); n != 0 || len(s.server.Mails()) < len(s.of("shunt", func(m mail) bool { return m.origin == "out" })) {
			t.Errorf("out has %d entries, the server %d messages", n, len(s.server.Mails()))
		}
	}},
	"Send one message to a corrected address": {before: alone, says: "1 discarded", anywhere: true, check: anything, after: func(t *testing.T, s site) {
		n := 0
		for _, mail := range s.server.Mails() {
			if strings.Join(mail.To, " ") == "anne@example.net" && strings.Contains(mail.Text(), "Subject: The roof leaks") {
				n++
			}
		}
		if left := s.names(t, "shunt", exampleBase+".pck"); n != 1 || len(left) > 0 {
			t.Errorf("it was sent %d times, and is still there: %v", n, left)
		}
	}},

	"Feed a queue from a mail alias": {anywhere: true, check: func(t *testing.T, s site, r harness.Result) {
		for path, content := range s.files(t) {
			if s.before[path] == "" && strings.HasPrefix(path, "in/") && s.text(t, path, content) == exampleMail {
				s.before[path] = content
			}
		}
		if !strings.Contains(s.before[strings.TrimPrefix(strings.TrimSpace(r.Out), s.dir+"/")], "staff") {
			t.Errorf("it prints %q", r.Out)
		}
		s.has(t, nil)
	}},
	"Read each message and change nothing": {before: alone, check: func(t *testing.T, s site, r harness.Result) {
		s.hasRead(t, r.Out, "out")
	}},
	"Run a command for each message": {before: alone, becomes: gone("out", every), silent: true, after: func(t *testing.T, s site) {
		handled, err := os.ReadFile(filepath.Join(s.home(), "handled"))
		if err != nil {
			t.Fatal(err)
		}
		s.hasRead(t, string(handled), "out")
	}},

	"Alert on mail that waits": {status: 2, check: func(t *testing.T, s site, r harness.Result) {
		shows(t, r, "QUEUE CRITICAL - oldest ready 7h in ", 1)
	}},
	"Alert on the first shunted or preserved message": {status: 1, check: func(t *testing.T, s site, r harness.Result) {
		shows(t, r, " entries="+decimal(len(s.of("shunt", every))+len(s.of("bad", every)))+";1;;0\n", 1)
	}},
	"Draw graphs with Prometheus": {silent: true, after: func(t *testing.T, s site) {
		metrics, err := os.ReadFile(filepath.Join(s.home(), "switchboard.prom"))
		if err != nil {
			t.Fatal(err)
		}
		for _, queue := range []string{"in", "out", "shunt"} {
			want := `switchboard_queue_entries{queue="` + filepath.Join(s.dir, queue) + `",state="ready"} ` + decimal(len(s.of(queue, isIn(".pck"))))
			shows(t, harness.Result{Out: string(metrics)}, "\n"+want+"\n", 1)
		}
	}},
	"Mail me each morning what is in shunt": {check: func(t *testing.T, s site, r harness.Result) {
		lists(t, s, r, s.of("shunt", every))
	}},
	"Restore what crashed scripts left": {status: 75, says: "claimed too recently"},
	"Retry each night what was shunted": {becomes: home("shunt", every), silent: true},
}
