package qstat

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
	"switchboard/test/harness"
)

// TestInOrder checks that several workers print what one loop prints, also if it ends
// early, that they have ended by then, and that they are never far ahead of what is
// printed.
func TestInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var (
			files   = rapid.IntRange(0, 60).Draw(t, "files")
			c       = &crew{workers: rapid.IntRange(1, 4).Draw(t, "workers"), files: rapid.IntRange(1, 5).Draw(t, "batch"), text: rapid.IntRange(1, 40).Draw(t, "text")}
			lengths = rapid.SliceOfN(rapid.IntRange(-2, 20), files, files).Draw(t, "lengths")
			end     = rapid.IntRange(0, 80).Draw(t, "end")
			how     = rapid.SampledFrom([]string{"names", "work", "print"}).Draw(t, "how")
			ended   = errors.New("ended")
			want    []string
			wanted  error
		)
		for i, n := range lengths {
			if i == end && how != "print" {
				wanted = ended
				break
			}
			switch {
			case n == -2:
				want = append(want, fmt.Sprint("error ", i))
			case n >= 0:
				want = append(want, strings.Repeat(string(rune('0'+i)), n))
			}
			if len(want) > end && how == "print" && n >= 0 {
				wanted = ended
				break
			}
		}
		if how == "names" && end == files {
			wanted = ended
		}

		var (
			got               []string
			working, finished atomic.Int32
			ahead             int32
		)
		c.do = func(f file, a *answer) error {
			working.Add(1)
			defer working.Add(-1)
			finished.Add(1)
			i := int(f.State)
			switch n := lengths[i]; {
			case how == "work" && i == end:
				return ended
			case n == -2:
				a.report(fmt.Errorf("error %d", i))
			case n >= 0:
				a.text = append(a.text, strings.Repeat(string(rune('0'+i)), n)...)
				a.record()
			}
			return nil
		}
		names := func(yield func(file, error) bool) {
			for i := range files {
				if i == end && how == "names" {
					yield(file{}, ended)
					return
				}
				if !yield(file{File: queue.File{State: queue.State(i)}}, nil) {
					return
				}
			}
			if end == files && how == "names" {
				yield(file{}, ended)
			}
		}
		say := func(what string) {
			got = append(got, what)
			done := int32(0)
			for i := range lengths { // files that say nothing count as printed
				if n := len(got); n > 0 && said(lengths[:i+1]) <= n {
					done = int32(i + 1)
				}
			}
			ahead = max(ahead, finished.Load()-done)
		}
		err := c.run(names, func(record []byte) error {
			say(string(record))
			if how == "print" && len(got) > end {
				return ended
			}
			return nil
		}, func(err error) { say(err.Error()) })
		if err != wanted || !slices.Equal(got, want) {
			t.Fatalf("%v, printed\n%q, want %v,\n%q", err, got, wanted, want)
		}
		if n := working.Load(); n != 0 {
			t.Errorf("%d workers still work", n)
		}
		if most := (2*c.workers + 1) * c.files; int(ahead) > most {
			t.Errorf("%d files ahead, more than %d", ahead, most)
		}
	})
}

// said returns how many records and errors files with these lengths have.
func said(lengths []int) int {
	n := 0
	for _, length := range lengths {
		if length != -1 {
			n++
		}
	}
	return n
}

// TestManyEntries checks the order of lines and errors of a queue with many batches, some
// entries of which cannot be read.
func TestManyEntries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole, err := harness.Entry{Base: harness.Base(0), Text: []byte("Subject: hello\n\nbody\n")}.Write(dir, ".pck")
	if err != nil {
		t.Fatal(err)
	}
	var lines, errs, problems []string
	for i := range 10 * batchFiles {
		path := filepath.Join(dir, harness.Base(i)+".pck")
		if i%7 == 3 {
			if err := harness.WriteFile(path, nil); err != nil {
				t.Fatal(err)
			}
			errs = append(errs, "qstat: "+path+": malformed: empty file")
			problems = append(problems, path+"\tempty")
		} else if i > 0 {
			if err := os.Link(whole, path); err != nil {
				t.Fatal(err)
			}
		}
		lines = append(lines, path)
	}
	run := func(args ...string) (int, []string, string) {
		var out, said bytes.Buffer
		status := cmdline.Run(Command(), cmdline.Process{
			Args: append([]string{"qstat"}, args...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &said,
			Env: []string{"SWITCHBOARD_CONFIG=/dev/null"},
		})
		return status, strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), said.String()
	}
	status, got, said := run("-l", dir)
	for i, line := range got {
		cells := strings.Split(line, "\t")
		got[i] = cells[7]
	}
	if status != cmdline.DataError || !slices.Equal(got, lines) || said != strings.Join(errs, "\n")+"\n" {
		t.Errorf("status %d, the lines\n%q,\nsaid %q", status, got, said)
	}
	status, got, said = run("--check", dir)
	slices.Sort(got) // the directory's order
	if status != cmdline.DataError || !slices.Equal(got, problems) || said != "" {
		t.Errorf("status %d, the problems\n%q, said %q", status, got, said)
	}
}
