package runner_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// TestKeep checks that a run that only looks changes nothing: each entry is handed out
// once, oldest first, and is ready again however the command ends.
func TestKeep(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{`:`, `exit 75`, `exit 3`, `kill -9 $$`, `exec sleep 1000`} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			ids := s.add(mail, mail, mail)
			claim, err := s.dir.Dequeue(ids[1])
			if err != nil {
				t.Fatal(err)
			}
			claim.Close()
			// Such a run does not need a shunt queue.
			if err := os.WriteFile(filepath.Join(s.root, "shunt"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			o := s.options(`basename "$Q_ENTRY" .bak >>$out/looked; ` + shell)
			o.Keep, o.MaxFailures, o.Timeout, o.Grace = true, 1, 2*time.Second, time.Second
			totals, err := s.run(o)
			if want := (runner.Totals{Kept: 2}); err != nil || totals != want {
				t.Errorf("%+v, %v; want %+v", totals, err, want)
			}
			if got, want := s.written("looked"), ids[0].String()+"\n"+ids[2].String()+"\n"; got != want {
				t.Errorf("looked at\n%swant\n%s", got, want)
			}
			s.has("in", ids[0].Name(queue.Ready), ids[1].Name(queue.InFlight), ids[2].Name(queue.Ready))
			for _, id := range []queue.ID{ids[0], ids[2]} {
				if n := s.read("in", id, queue.Ready).Restores(); n != 0 {
					t.Errorf("%d restores are counted", n)
				}
			}
		})
	}
}

// TestMaxFailures checks that a command that fails for one entry after the other ends
// the run, in whatever way it fails. Several failures for one entry count once.
func TestMaxFailures(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		texts string // the commands of the entries
		most  int
		kinds string
		fails bool
	}{
		{"in a row", "exit 1,exit 2,exit 3,exit 4", 3, "shunted shunted shunted", true},
		{"no limit", "exit 1,exit 2,exit 3,exit 4", 0, "shunted shunted shunted shunted", false},
		{"a success between", "exit 1,exit 1,exit 0,exit 1,exit 1", 3, "shunted shunted finished shunted shunted", false},
		{"a requeue between", "exit 1,exit 1,exit 75,exit 1,exit 1", 3, "shunted shunted deferred shunted shunted", false},
		{"crashes", "kill -9 $$,exit 1,kill -9 $$,exit 1", 3, "restored shunted restored", true},
		{"one entry that crashes again and again", "kill -9 $$", 2, "restored restored preserved", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			var texts []string
			for text := range strings.SplitSeq(test.texts, ",") {
				texts = append(texts, "Subject: x\n\n"+text+"\n")
			}
			ids := s.add(texts...)
			o := s.options(`eval "$(tail -n 1)"`)
			o.MaxFailures = test.most
			_, err := s.run(o)
			if errors.Is(err, runner.ErrFailing) != test.fails || !test.fails && err != nil {
				t.Errorf("%v, want a failing command: %v", err, test.fails)
			}
			if got := s.kinds(); got != test.kinds {
				t.Errorf("outcomes %q, want %q", got, test.kinds)
			}
			if last := ids[len(ids)-1]; test.fails && !s.dir.Has(last, queue.Ready) {
				t.Error("the last entry is not ready any more")
			}
		})
	}
}

// TestMalformedCopy checks that the command is not started if the metadata cannot be
// written as JSON, and that the entry is preserved.
func TestMalformedCopy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := s.add(mail, mail)
	// A list of two lists of two lists, 60 deep: small in the file, endless in JSON.
	var bomb strings.Builder
	bomb.WriteString("U\x01x.]q\x00")
	for i := range 60 {
		get := "h" + string(rune(i))
		bomb.WriteString("](" + get + get + "eq" + string(rune(i+1)))
	}
	bomb.WriteString("}U\x01kh\x3cs.")
	if err := os.WriteFile(s.dir.EntryPath(ids[0], queue.Ready), []byte(bomb.String()), 0o660); err != nil {
		t.Fatal(err)
	}
	if _, err := s.run(s.options(`basename "$Q_ENTRY" .bak >>$out/ran`)); err != nil {
		t.Fatal(err)
	}
	if got := s.kinds(); got != "preserved finished" && got != "finished preserved" {
		t.Errorf("outcomes %q, reported %v", got, s.reports)
	}
	if got := s.written("ran"); got != ids[1].String()+"\n" {
		t.Errorf("ran for %q", got)
	}
	s.has("bad", ids[0].Name(queue.Preserved))
}
