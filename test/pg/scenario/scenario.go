// Package scenario has what can be done with pg: queues: each command, in each way that it can
// go, and what must be true of the mail then. The tests cut its connection, or kill it, at
// every point.
package scenario

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"switchboard/test/harness"
)

// Scenario is a command with queues to run it on.
type Scenario struct {
	Name, Command string
	Args          func(w *World) []string
	Stdin         []byte
	// Mails are in the queues before the run; Stores are messages to enqueue.
	Mails  []Mail
	Stores [][]byte
	// Files makes files in the world's directory.
	Files func(w *World) error
	// Status and Lines are the exit status and the number of lines on standard output of an
	// undisturbed run.
	Status, Lines int
	// Data says that the lines are not paths.
	Data bool
	// Whole is what an undisturbed run prints, if that is known.
	Whole []byte
	// Once says that a message is stored at most once, however often the command runs.
	Once bool
	// Steps says that the command makes several changes, so that it may fail after some. Does
	// it print paths, then it has printed those that it changed.
	Steps bool
	// Source is where entries come from that move to another kind of queue. A relay that dies
	// leaves claims there: qrestore runs before the second run.
	Source string
	// Delivers says that an entry is gone only after its message is in the directory
	// delivered.
	Delivers bool
	// Heal returns the arguments of the second run, and Healer is its command, if they are
	// not those of the first.
	Heal   func(w *World) []string
	Healer string
	// Healed are the other exit statuses that are right for the second run: its work may
	// already have been done.
	Healed []int
}

// String returns the name of the test of a scenario.
func (s *Scenario) String() string { return s.Command + "/" + s.Name }

// Tells reports whether a command that found no server has said what it changed before. One
// that makes several changes says nothing of them if it prints no paths, and a move to another
// kind of queue says nothing before it is whole.
func (s *Scenario) Tells() bool { return !s.Steps || s.Lines > 0 && !s.Data && s.Source == "" }

// Text returns the message with a number.
func Text(i int) []byte {
	return fmt.Appendf(nil, "From: <a@test.example>\nSubject: message %d\n\nThis is message %d.\n", i, i)
}

// Long returns a message that is stored in several chunks.
func Long() []byte {
	return append([]byte("Subject: long\n\n"), bytes.Repeat([]byte("This line is one of very many.\n"), 40000)...)
}

func texts(n int) (all [][]byte) {
	for i := range n {
		all = append(all, Text(100+i))
	}
	return all
}

// named is a file base that a message is stored under.
var named = harness.Base(77)

// on returns arguments.
func on(args ...string) func(*World) []string {
	return func(*World) []string { return slices.Clone(args) }
}

// entries returns the arguments of a command on all mails, where they are.
func entries(options ...string) func(*World) []string {
	return func(w *World) []string {
		args := slices.Clone(options)
		for i := range w.Mails {
			args = append(args, w.Path(i))
		}
		return args
	}
}

// files makes the messages to store, msg0 and so on.
func (s *Scenario) files(w *World) error {
	for i, text := range s.Stores {
		if err := os.WriteFile(filepath.Join(w.Dir, fmt.Sprintf("msg%d", i)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// mkdir makes a directory.
func mkdir(name string) func(*World) error {
	return func(w *World) error { return os.MkdirAll(filepath.Join(w.Dir, name), 0o770) }
}

// handler is a COMMAND that delivers the message, whole.
const handler = `f=delivered/$$ && cat >$f.tmp && mv $f.tmp $f.eml`

// taken is a ready entry that the command brings to an outcome.
func taken(after ...Outcome) Mail {
	return Mail{From: Ready, After: after, Until: []Outcome{At(InFlight, 0)}, Again: []Outcome{At(Ready, 1), At(InFlight, 0)}}
}

// left is an entry that the command leaves alone.
func left(from Place) Mail { return Mail{From: from} }

// claimed is a ready entry that may be claimed: after a lost answer by nobody who knows it.
func claimed() Mail { return Mail{From: Ready, After: []Outcome{At(InFlight, 0)}} }

// All returns the scenarios.
func All() []*Scenario {
	return slices.Concat(storing(), claiming(), finishing(), restoring(), moving(), running(), looking())
}
