package qenqueue

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// broken is a batch that cannot store what was committed before.
type broken struct{ queue.Batch }

type committed struct{ io.Writer }

var errBroken = errors.New("broken")

func (broken) Create(queue.Metadata) (queue.Pending, error) { return committed{io.Discard}, nil }
func (broken) Flush() error                                 { return errBroken }
func (committed) Commit() error                             { return nil }
func (committed) Abort()                                    {}

// TestIdleFails checks that nothing is stored after messages that could not be stored while
// qenqueue waited for the next one.
func TestIdleFails(t *testing.T) {
	t.Parallel()
	s := &store{c: &cmdline.Context{Out: bufio.NewWriter(io.Discard)}, batch: broken{}, mbox: true}
	box := "From a@test.example Mon Nov 20 10:00:00 2023\nSubject: x\n\nbody\n\n"
	if err := s.stream(strings.NewReader(box+box), "before"); err != nil {
		t.Errorf("before: %v", err)
	}
	s.idle()
	for _, text := range []string{box + box, "not a mailbox"} {
		if err := s.stream(strings.NewReader(text), "after"); err != errBroken {
			t.Errorf("after: %v", err)
		}
	}
}
