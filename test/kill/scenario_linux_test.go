package kill

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"switchboard/pkg/message"
	"switchboard/test/harness"
)

// scenario is a command with queues to run it on. To add a command to the test, add its
// scenarios to the tables.
type scenario struct {
	name, command string
	args          func(w *world) []string
	// stdin is the standard input; it is empty if stdin is nil.
	stdin []byte
	// mails are in the queues before the run; stores are messages to enqueue.
	mails  func() []mail
	stores [][]byte
	// noBad leaves out the bad queue, so the command has to make it.
	noBad bool
	// files makes the other files: the messages to store, strays.
	files func(w *world) error
	// debris are old temporary files, which must be removed.
	debris []string
	// double says that an entry moves to another filesystem.
	double bool
	// delivers says that an entry is gone only after its message was delivered.
	delivers bool
	// exports says that the messages are delivered to a Maildir.
	exports bool
	// status, lines and notices are the exit status and the numbers of lines on standard
	// output and standard error of an undisturbed run.
	status, lines, notices int
	// finding is the exit status if the command reports problems as data, on standard output.
	finding int
	// heal returns the arguments of the second run; nil means the same as the first.
	heal func(w *world) []string
	// healer is the command of the second run, if it is another one.
	healer string
	// healed are the other exit statuses that are right for the second run: its work may
	// already have been done.
	healed []int
	// calls is the number of system calls that are tried, 0 for all. In a long batch these
	// are the first ones, the last ones, and some in the middle.
	calls int
	// openFiles, if it is not 0, is how many files the command may have open, and so how
	// many entries it takes at a time.
	openFiles int
}

// none returns the mails of a scenario that starts with empty queues.
func none() []mail { return nil }

// these returns the given mails.
func these(m ...mail) func() []mail {
	return func() []mail { return slices.Clone(m) }
}

// in returns the arguments of a command on the queue in.
func in(options ...string) func(w *world) []string {
	return func(w *world) []string { return append(slices.Clone(options), w.dir("in")) }
}

// entries returns the arguments of a command on all mails, where they are.
func entries(options ...string) func(w *world) []string {
	return func(w *world) []string {
		args := slices.Clone(options)
		for i, m := range w.mails {
			args = append(args, w.path(i, m.from))
		}
		return args
	}
}

// inputs makes the files msg0, msg1 and so on, with the messages to store.
func inputs(w *world) error {
	for i, text := range w.stores {
		if err := os.WriteFile(w.input(i), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) input(i int) string { return filepath.Join(w.root, fmt.Sprintf("msg%d", i)) }

// fromFiles returns the arguments that enqueue these files.
func fromFiles(options ...string) func(w *world) []string {
	return func(w *world) []string {
		args := append(slices.Clone(options), w.dir("in"))
		for i := range w.stores {
			args = append(args, w.input(i))
		}
		return args
	}
}

// texts returns n messages to store.
func texts(n int) (all [][]byte) {
	for i := range n {
		all = append(all, text(100+i))
	}
	return all
}

// eightBit returns a message with every byte that is not ASCII.
func eightBit() []byte {
	head := []byte("From: <a@test.example>\nSubject: eight bit\nContent-Transfer-Encoding: 8bit\n\n")
	for b := 0x80; b < 0x100; b++ {
		head = append(head, byte(b))
	}
	return append(head, '\n')
}

// long returns a message that is written to the disk in several pieces.
func long() []byte {
	return append([]byte("Subject: long\n\n"), bytes.Repeat([]byte("This line is one of very many.\n"), 20000)...)
}

// garbage is a file that is not an entry.
var garbage = []byte("\x80\x05these are not two pickles")

var enqueueing = []scenario{
	{name: "one file", command: "qenqueue", args: fromFiles("-l", "test.example"), stores: texts(1), files: inputs, lines: 1},
	{name: "standard input", command: "qenqueue", args: in("-m", "tolist:=1"), stdin: text(100), stores: texts(1), lines: 1},
	{name: "long standard input", command: "qenqueue", args: in(), stdin: long(), stores: [][]byte{long()}, lines: 1},
	{name: "batch", command: "qenqueue", args: fromFiles(), stores: texts(3), files: inputs, lines: 3},
	{name: "large batch", command: "qenqueue", args: fromFiles(), stores: texts(20), files: inputs, lines: 20, calls: 120},
	{name: "small groups", command: "qenqueue", args: fromFiles(), stores: texts(7), files: inputs, lines: 7, openFiles: 36},
	{name: "groups", command: "qenqueue", args: fromFiles(), stores: texts(35), files: inputs, lines: 35, calls: 60, openFiles: 64},
	{name: "mailman3", command: "qenqueue", args: fromFiles("-f", "mailman3", "-l", "test.example"), stores: [][]byte{eightBit()}, files: inputs, lines: 1},
	{name: "mbox", command: "qenqueue", args: in("--mbox"), stores: texts(2), lines: 2, stdin: slices.Concat(
		[]byte("From a@test.example Mon Nov 20 10:00:00 2023\n"), text(100),
		[]byte("\nFrom a@test.example Mon Nov 20 10:00:00 2023\n"), text(101), []byte("\n"))},
	{name: "hand on", command: "qenqueue", stores: [][]byte{text(0)}, mails: these(moves(shunted)), lines: 1,
		args: func(w *world) []string { return []string{w.dir("in"), w.path(0, shunted)} }},
	{name: "hand on to mailman3", command: "qenqueue", stores: [][]byte{text(0)}, mails: these(moves(shunted)), lines: 1,
		args: func(w *world) []string { return []string{"-f", "mailman3", w.dir("in"), w.path(0, shunted)} }},
	{name: "new queue", command: "qenqueue", stores: texts(1), files: inputs, lines: 1,
		args: func(w *world) []string { return []string{"-p", w.dir("new"), w.input(0)} }},
}

// oneOfThree returns three ready mails. The command claims the first; if that fails, or the
// command is run again, it claims the next.
func oneOfThree() []mail {
	other := mail{from: ready, after: []outcome{at(ready, 0), at(inFlight, 0)}}
	return []mail{moves(ready, at(inFlight, 0)), other, other}
}

// malformedHead returns a file that is not an entry, and an entry after it.
func malformedHead() []mail {
	return []mail{
		// If it cannot be preserved it stays. If it was claimed by a run that was
		// killed, qrestore will preserve it.
		{from: ready, raw: garbage, after: []outcome{at(bad, 0), at(ready, 0)}, until: []outcome{claim}, again: []outcome{claim}},
		moves(ready, at(inFlight, 0)),
	}
}

// deepQueue returns so many entries that their listing is cached.
func deepQueue() []mail {
	// A name that a killed process took from the cache is skipped until the next
	// listing.
	all := []mail{{from: ready, after: []outcome{claim}, again: []outcome{at(ready, 0)}}}
	for range 530 {
		all = append(all, mail{from: ready, after: []outcome{at(ready, 0), at(inFlight, 0)}})
	}
	return all
}

var claim = at(inFlight, 0)

var dequeuing = []scenario{
	{name: "one", command: "qdequeue", args: in(), mails: oneOfThree, lines: 1, healed: []int{1}},
	{name: "some", command: "qdequeue", args: in("-n", "2"), lines: 2, healed: []int{1},
		mails: these(moves(ready, claim), moves(ready, claim), mail{from: ready, after: []outcome{at(ready, 0), claim}})},
	{name: "all", command: "qdequeue", args: in("-a"), lines: 3, healed: []int{1},
		mails: these(moves(ready, claim), moves(ready, claim), moves(ready, claim))},
	{name: "named", command: "qdequeue", args: entries(), lines: 2, healed: []int{1},
		mails: these(moves(ready, claim), moves(ready, claim))},
	{name: "json", command: "qdequeue", args: in("--json"), mails: oneOfThree, lines: 1, healed: []int{1}},
	{name: "malformed head", command: "qdequeue", args: in(), mails: malformedHead, lines: 1, notices: 1, healed: []int{1}},
	{name: "malformed head, no bad queue", command: "qdequeue", args: in(), mails: malformedHead, noBad: true, lines: 1, notices: 1, healed: []int{1}},
	{name: "deep", command: "qdequeue", args: in(), mails: deepQueue, lines: 1, healed: []int{1}},
}

var finishing = []scenario{
	{name: "one", command: "qfinish", args: entries(), mails: these(moves(inFlight, at(gone, 0))), healed: []int{1}},
	{name: "several", command: "qfinish", args: entries(), healed: []int{1},
		mails: these(moves(inFlight, at(gone, 0)), moves(inFlight, at(gone, 0)), moves(inFlight, at(gone, 0)))},
	{name: "requeue", command: "qfinish", args: entries("--requeue"), mails: these(moves(inFlight, at(ready, 0))), healed: []int{1}},
	{name: "preserve", command: "qfinish", args: entries("--preserve"), mails: these(moves(inFlight, at(bad, 0))), healed: []int{1}},
	{name: "preserve several", command: "qfinish", args: entries("--preserve"), healed: []int{1},
		mails: these(moves(inFlight, at(bad, 0)), moves(inFlight, at(bad, 0)))},
	{name: "preserve small groups", command: "qfinish", args: entries("--preserve"), healed: []int{1}, openFiles: 40,
		mails: func() []mail { return slices.Repeat([]mail{moves(inFlight, at(bad, 0))}, 5) }},
	{name: "preserve, no bad queue", command: "qfinish", args: entries("--preserve"), noBad: true, mails: these(moves(inFlight, at(bad, 0))), healed: []int{1}},
	{name: "preserve what cannot be read", command: "qfinish", args: entries("--preserve"), healed: []int{1},
		mails: these(mail{from: inFlight, raw: garbage, after: []outcome{at(bad, 0)}})},
	{name: "preserve a hard link", command: "qfinish", args: entries("--preserve"), healed: []int{1},
		mails: these(mail{from: inFlight, after: []outcome{at(bad, 0)}, linked: true})},
	{name: "preserve far", command: "qfinish", args: toFar("--preserve"), double: true, healed: []int{1},
		mails: these(moves(inFlight, at(far, 0)))},
	{name: "preserve far, and then near", command: "qfinish", args: toFar("--preserve"), double: true, healed: []int{1},
		heal:  entries("--preserve"),
		mails: these(with(moves(inFlight, at(far, 0)), func(m *mail) { m.again = []outcome{at(bad, 0)} }))},
}

// toFar returns the arguments of a command on all mails, with a bad queue on another filesystem.
func toFar(options ...string) func(w *world) []string {
	return func(w *world) []string { return entries(append(slices.Clone(options), "--bad", w.dir("far"))...)(w) }
}

// restored is a mail in flight that was restored n times and is restored again. A crash between
// the count and the move counts as a restore.
func restored(n int) mail {
	m := mail{Entry: harness.Entry{Restores: n}, from: inFlight, until: []outcome{at(inFlight, n+1)}}
	switch n {
	case 0:
		m.after, m.again = []outcome{at(ready, 1)}, []outcome{at(ready, 2)}
	case 1:
		m.after, m.again = []outcome{at(ready, 2)}, []outcome{at(bad, 3)}
	case 2:
		m.after = []outcome{at(bad, 3)}
	}
	return m
}

// with changes a mail.
func with(m mail, change func(*mail)) mail {
	change(&m)
	return m
}

var restoring = []scenario{
	{name: "first time", command: "qrestore", args: in(), mails: these(restored(0)), lines: 1},
	{name: "second time", command: "qrestore", args: in(), mails: these(restored(1)), lines: 1},
	{name: "third time", command: "qrestore", args: in(), mails: these(restored(2)), lines: 1, notices: 1},
	{name: "third time, no bad queue", command: "qrestore", args: in(), noBad: true, mails: these(restored(2)), lines: 1, notices: 1},
	{name: "third time, far", command: "qrestore", double: true, lines: 1, notices: 1,
		args:  func(w *world) []string { return []string{"--bad", w.dir("far"), w.dir("in")} },
		mails: these(with(restored(2), func(m *mail) { m.after = []outcome{at(far, 3)} }))},
	{name: "third time, far, and then near", command: "qrestore", double: true, lines: 1, notices: 1,
		args: func(w *world) []string { return []string{"--bad", w.dir("far"), w.dir("in")} }, heal: in(),
		mails: these(with(restored(2), func(m *mail) { m.after, m.again = []outcome{at(far, 3)}, []outcome{at(bad, 3)} }))},
	{name: "batch", command: "qrestore", args: in(), mails: these(restored(0), restored(1), restored(2), moves(ready)), lines: 3, notices: 1},
	{name: "large batch", command: "qrestore", args: in(), lines: 20, calls: 120,
		mails: func() []mail { return slices.Repeat([]mail{restored(0)}, 20) }},
	{name: "small groups", command: "qrestore", args: in(), lines: 7, openFiles: 40,
		mails: func() []mail { return slices.Repeat([]mail{restored(0)}, 7) }},
	{name: "groups", command: "qrestore", args: in(), lines: 37, calls: 60, openFiles: 68,
		mails: func() []mail { return slices.Repeat([]mail{restored(0)}, 37) }},
	{name: "named", command: "qrestore", args: entries(), mails: these(restored(0)), lines: 1, healed: []int{1}},
	{name: "hard link", command: "qrestore", args: in(), lines: 1,
		mails: these(with(restored(0), func(m *mail) { m.linked = true }))},
	{name: "mailman3", command: "qrestore", args: in(), lines: 1,
		mails: these(with(restored(0), func(m *mail) { m.Format, m.Text = message.Mailman3, eightBit() }))},
	{name: "unreadable", command: "qrestore", args: in(), lines: 1, notices: 1,
		mails: these(mail{from: inFlight, raw: garbage, after: []outcome{at(bad, 0)}})},
	{name: "sweep", command: "qrestore", args: in(), debris: []string{harness.Base(77) + ".pck.tmp", harness.Base(78) + ".pck.tmp"},
		files: oldTemporary, mails: these(moves(ready))},
	{name: "release", command: "qrestore", args: entries(), mails: releasable(bad), lines: 1, healed: []int{66, 1}},
	{name: "release to", command: "qrestore", mails: these(releasable(bad)()[0], releasable(bad)()[0]), lines: 2, healed: []int{66, 1},
		args: func(w *world) []string { return entries("--to", w.dir("in"))(w) }},
	{name: "release from far", command: "qrestore", mails: releasable(far), double: true, lines: 1, healed: []int{66, 1},
		args: func(w *world) []string { return entries("--to", w.dir("in"))(w) }},
	{name: "unshunt", command: "qrestore", lines: 2,
		args:  func(w *world) []string { return []string{"--origin", w.dir("shunt")} },
		mails: func() []mail { return append(releasable(shunted)(), releasable(shunted)()...) }},
	{name: "unshunt a large batch", command: "qrestore", lines: 20, calls: 120,
		args:  func(w *world) []string { return []string{"--origin", w.dir("shunt")} },
		mails: func() []mail { return slices.Repeat(releasable(shunted)(), 20) }},
}

// releasable returns a mail that its third restore preserved. It goes back to where it came from, and
// its count becomes 0.
func releasable(from place) func() []mail {
	return these(mail{
		from: from, Entry: harness.Entry{Restores: 3},
		after: []outcome{at(ready, 0)}, until: []outcome{at(from, 0), at(ready, 0)},
	})
}

func oldTemporary(w *world) error {
	for i, name := range []string{harness.Base(77) + ".pck.tmp", harness.Base(78) + ".pck.tmp"} {
		path := filepath.Join(w.dir("in"), name)
		if err := harness.WriteFile(path, text(i)); err != nil {
			return err
		}
		old := time.Now().Add(-2 * time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			return err
		}
	}
	return nil
}

var look3 = these(moves(ready), with(moves(inFlight), func(m *mail) { m.Restores = 1 }), mail{from: ready, raw: garbage})

// reading has the commands that only look.
var reading = []scenario{
	{name: "summary", command: "qstat", args: in(), mails: look3, lines: 1},
	{name: "list", command: "qstat", args: in("-l"), mails: these(moves(ready), moves(ready)), lines: 2},
	{name: "check", command: "qstat", args: in("--check"), mails: these(moves(ready), moves(ready)), finding: 65},
	{name: "message", command: "qcat", args: entries(), mails: these(moves(ready)), lines: 4},
	{name: "metadata", command: "qcat", args: entries("-m"), mails: these(moves(inFlight), moves(ready)), lines: 2},
	{name: "mbox", command: "qcat", args: entries("--mbox"), mails: these(moves(inFlight), moves(ready)), lines: 12},
	{name: "maildir", command: "qcat", args: toMaildir, exports: true, mails: these(moves(inFlight), moves(ready), moves(ready)), lines: 3},
	{name: "raw", command: "qcat", args: entries("--raw"), mails: these(moves(ready)), lines: -1},
}

// toMaildir returns the arguments that deliver all mails to a Maildir.
func toMaildir(w *world) []string { return entries("--maildir", w.box())(w) }

// delivering has the scenarios of qrun in which an entry that is gone was delivered, completely.
var delivering = []scenario{
	{name: "deliver", command: "qrun", delivers: true, args: deliver(),
		mails: these(
			mail{from: ready, after: []outcome{at(gone, 0)}, until: []outcome{at(inFlight, 0)}},
			mail{from: ready, after: []outcome{at(gone, 0)}, until: []outcome{at(inFlight, 0)}})},
	// The copy of a long message is a file without a name, in the queue.
	{name: "deliver a long message", command: "qrun", delivers: true, args: deliver(), calls: 60,
		mails: these(mail{
			from: ready, after: []outcome{at(gone, 0)}, until: []outcome{at(inFlight, 0)},
			Entry: harness.Entry{Text: append(text(0), bytes.Repeat([]byte("a line\n"), 160_000)...)},
		})},
	{name: "look", command: "qrun", args: deliver("--keep"),
		mails: these(
			mail{from: ready, until: []outcome{at(inFlight, 0)}, again: []outcome{at(inFlight, 0)}},
			mail{from: ready, until: []outcome{at(inFlight, 0)}, again: []outcome{at(inFlight, 0)}})},
}

// deliver returns a command that puts each message into a file of its own.
func deliver(options ...string) func(w *world) []string {
	return func(w *world) []string {
		// The entry is in flight: its name ends in .bak.
		script := `b=${Q_ENTRY##*/}; cat >"$0/${b%.bak}"`
		return append(slices.Clone(options), w.dir("in"), "sh", "-c", script, filepath.Dir(w.delivered(0)))
	}
}

func scenarios() []scenario {
	all := slices.Concat(enqueueing, dequeuing, finishing, restoring, moving, running, delivering, reading)
	for i := range all {
		if all[i].mails == nil {
			all[i].mails = none
		}
	}
	return all
}
