package queue

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"switchboard/pkg/message"
)

// threeQueues makes the queues in, bad and shunt, side by side.
func threeQueues(t *testing.T) (in, bad, shunt *Dir) {
	t.Helper()
	in = realQueue(t, Options{})
	open := func(name string) *Dir {
		d, err := Create(filepath.Join(filepath.Dir(in.Path()), name), Options{})
		must(t, err)
		t.Cleanup(func() { d.Close() })
		return d
	}
	return in, open("bad"), open("shunt")
}

// TestLinkedTwin checks that whoever comes first completes a move that left an entry's
// file with a name in both queues. On btrfs, a power cut may leave a move like that.
func TestLinkedTwin(t *testing.T) {
	t.Parallel()
	type queues struct{ in, bad, shunt *Dir }
	restore := func(t *testing.T, q queues) error {
		return outcomes(t, q.in, RestoreOptions{MaxRestores: 3})[testID(0)].err
	}
	preserve := func(t *testing.T, q queues) error { _, err := q.in.Preserve(testID(0)); return err }
	requeue := func(t *testing.T, q queues) error { return q.in.Requeue(testID(0)) }
	claim := func(from func(queues) *Dir) func(*testing.T, queues) error {
		return func(t *testing.T, q queues) error {
			c, err := from(q).Dequeue(testID(0))
			if err == nil {
				must(t, c.Close())
			}
			return err
		}
	}
	back := func(from func(queues) *Dir, s State) func(*testing.T, queues) error {
		return func(t *testing.T, q queues) error {
			_, err := release(from(q), testID(0), s, q.in, false)
			return err
		}
	}
	inQueue := func(q queues) *Dir { return q.in }
	badQueue := func(q queues) *Dir { return q.bad }
	shuntQueue := func(q queues) *Dir { return q.shunt }
	const no = Stray
	for _, test := range []struct {
		name                       string
		in, bad, shunt             State
		do                         func(*testing.T, queues) error
		wantIn, wantBad, wantShunt string
		err                        error
	}{
		{"preserved, restored", InFlight, Preserved, no, restore, "", "a.psv", "", nil},
		{"preserved, preserved", InFlight, Preserved, no, preserve, "", "a.psv", "", nil},
		{"preserved, requeued", InFlight, Preserved, no, requeue, "", "a.psv", "", ErrState},
		{"preserved, released", InFlight, Preserved, no, back(badQueue, Preserved), "a.pck", "", "", nil},
		{"shunted, restored", InFlight, no, Ready, restore, "", "", "a.pck", nil},
		{"shunted, preserved", InFlight, no, Ready, preserve, "", "", "a.pck", nil},
		{"shunted, claimed there", InFlight, no, Ready, claim(shuntQueue), "", "", "a.bak", nil},
		{"shunted and claimed there, restored", InFlight, no, InFlight, restore, "", "", "a.bak", nil},
		{"shunted, released", InFlight, no, Ready, back(shuntQueue, Ready), "a.pck", "", "", nil},
		{"released, claimed", Ready, Preserved, no, claim(inQueue), "a.bak", "", "", nil},
		{"released, released again", Ready, Preserved, no, back(badQueue, Preserved), "a.pck", "", "", nil},
		{"released from shunt, claimed", Ready, no, Ready, claim(inQueue), "a.bak", "", "", nil},
		{"released from shunt, released again", Ready, no, Ready, back(shuntQueue, Ready), "a.pck", "", "", nil},
		{"released from shunt, claimed there", Ready, no, Ready, claim(shuntQueue), "a.pck", "", "", ErrState},
	} {
		for _, content := range []string{"entry", "unreadable"} {
			t.Run(test.name+", "+content, func(t *testing.T) {
				t.Parallel()
				var q queues
				q.in, q.bad, q.shunt = threeQueues(t)
				file := entryFile(message.Mailman2, mailText(0), message.Item{Key: "whichq", Value: q.in.Path()})
				if content == "unreadable" {
					if test.shunt != no || test.name == "preserved, released" || test.in == Ready {
						t.Skip("no such move")
					}
					file = []byte("garbage")
				}
				first := ""
				for _, p := range []struct {
					d *Dir
					s State
				}{{q.in, test.in}, {q.bad, test.bad}, {q.shunt, test.shunt}} {
					switch {
					case p.s == no:
					case first == "":
						first = writeEntry(t, p.d.Path(), testID(0), p.s, file)
					default:
						must(t, os.Link(first, p.d.EntryPath(testID(0), p.s)))
					}
				}
				if err := test.do(t, q); !errors.Is(err, test.err) || test.err == nil && err != nil {
					t.Errorf("%v", err)
				}
				expectNames(t, q.in.Path(), test.wantIn)
				expectNames(t, q.bad.Path(), test.wantBad)
				expectNames(t, q.shunt.Path(), test.wantShunt)
			})
		}
	}
}

// TestLinkedBackup checks that a hard link anywhere else, or under another name, is a
// backup and keeps its bytes.
func TestLinkedBackup(t *testing.T) {
	t.Parallel()
	in, bad, shunt := threeQueues(t)
	backups := []string{
		filepath.Join(filepath.Dir(in.Path()), testID(0).Name(InFlight)), in.Path() + "/copy",
		bad.Path() + "/" + testID(1).Name(Preserved), bad.Path() + "/" + testID(0).Name(InFlight), shunt.Path() + "/" + testID(1).Name(Ready),
	}
	file := writeEntry(t, in.Path(), testID(0), InFlight, entryFile(message.Mailman2, mailText(0), message.Item{Key: "whichq", Value: in.Path()}))
	before, err := os.ReadFile(file)
	must(t, err)
	for _, path := range backups {
		must(t, os.Link(file, path))
	}
	must(t, outcomes(t, in, RestoreOptions{MaxRestores: 3})[testID(0)].err)
	if _, err := os.Stat(in.EntryPath(testID(0), Ready)); err != nil {
		t.Error(err)
	}
	for _, path := range backups {
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestNotedCopy restores an entry whose note names a queue that has a file with the
// entry's name.
func TestNotedCopy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		state State
		// change returns the content of the other file, made from the entry's.
		change func(file []byte, there string) []byte
		moved  bool
	}{
		{"equal", Ready, func(f []byte, _ string) []byte { return f }, true},
		{"equal, claimed", InFlight, func(f []byte, _ string) []byte { return f }, true},
		{"equal, preserved", Preserved, func(f []byte, _ string) []byte { return f }, true},
		{"counted since", InFlight, func(_ []byte, there string) []byte {
			return entryFile(message.Mailman2, mailText(0), message.Item{Key: movingToKey, Value: there}, counted(2))
		}, true},
		{"another message", Ready, func(_ []byte, there string) []byte {
			return entryFile(message.Mailman2, mailText(1), message.Item{Key: movingToKey, Value: there})
		}, false},
		{"without the note", Ready, func([]byte, string) []byte { return entryFile(message.Mailman2, mailText(0)) }, false},
		{"garbage", Ready, func([]byte, string) []byte { return []byte("garbage") }, false},
		{"nothing", Temporary, func(f []byte, _ string) []byte { return f }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := realQueue(t, Options{})
			there := t.TempDir()
			must(t, os.Symlink(there, there+"-link")) // the note has the path without links
			t.Cleanup(func() { os.Remove(there + "-link") })
			file := entryFile(message.Mailman2, mailText(0), message.Item{Key: movingToKey, Value: resolved(there + "-link")})
			writeEntry(t, d.Path(), testID(0), InFlight, file)
			writeEntry(t, there, testID(0), test.state, test.change(file, resolved(there)))
			r := outcomes(t, d, RestoreOptions{MaxRestores: 3})[testID(0)]
			must(t, r.err)
			want := "a.pck"
			if test.moved {
				want = ""
			}
			expectNames(t, d.Path(), want)
			if r.Interrupted != test.moved {
				t.Errorf("restored as %+v", r.Outcome)
			}
			if _, err := os.Stat(filepath.Join(there, testID(0).Name(test.state))); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPlantedNote checks that a note, which is data, does not lead root to a place where
// the queue's owner could not write. An entry whose move cannot be checked stays.
func TestPlantedNote(t *testing.T) {
	t.Parallel()
	d, base, outside := listsQueue(t)
	must(t, os.WriteFile(outside+"/file", nil, 0o600))
	plant(t, outside, base+"/link", listUID)
	must(t, os.Mkdir(base+"/middle", 0o700))
	plant(t, filepath.Dir(outside), base+"/middle/link", listUID)
	for _, note := range []string{outside, base + "/link", base + "/middle/link/" + filepath.Base(outside)} {
		file := entryFile(message.Mailman2, mailText(0), message.Item{Key: movingToKey, Value: note})
		writeEntry(t, d.Path(), testID(0), InFlight, file)
		writeEntry(t, outside, testID(0), Ready, file)
		if r := outcomes(t, d, RestoreOptions{MaxRestores: 3})[testID(0)]; !errors.Is(r.err, os.ErrPermission) {
			t.Errorf("%s: %v", note, r.err)
		}
		expectNames(t, d.Path(), "a.bak")
	}
	// Restore does look at a path that a person named.
	d.opt.Bad = base + "/named"
	plant(t, outside, d.opt.Bad, 0)
	must(t, outcomes(t, d, RestoreOptions{MaxRestores: 3})[testID(0)].err)
	expectNames(t, d.Path(), "")
}
