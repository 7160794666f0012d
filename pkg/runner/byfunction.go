package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// byFunction handles each entry by calling Options.Handler.
type byFunction struct{ handler Handler }

func (byFunction) name() string        { return "the handler" }
func (byFunction) begin() (end func()) { return func() {} }

func (f byFunction) handle(ctx context.Context, claim *queue.Claim, next Next) ended {
	ctx, cancel := untilLost(ctx, claim)
	defer cancel()
	began := time.Now()
	r := returned{path: claim.Path()}
	r.verdict, r.panicked = f.call(ctx, claim, next)
	r.elapsed = time.Since(began)
	return r
}

// call calls the handler. panicked is nil unless it panicked.
func (f byFunction) call(ctx context.Context, claim *queue.Claim, next Next) (v Verdict, panicked *PanicError) {
	defer func() {
		if value := recover(); value != nil {
			panicked = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return f.handler(ctx, claim, next), nil
}

// PanicError is the panic of a [Handler]. Options.Report gets it, for those who look for
// the mistake.
type PanicError struct {
	// Value is what the handler panicked with.
	Value any
	// Stack is the trace of its goroutine, many lines.
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// returned is how a call of a handler ended.
type returned struct {
	path     string
	verdict  Verdict
	panicked *PanicError
	elapsed  time.Duration
}

func (e returned) judge(r *run) judgement {
	j := judgement{Verdict: e.verdict, elapsed: e.elapsed}
	if e.panicked != nil {
		r.o.Report(&queue.Error{Path: e.path, Err: e.panicked})
		j.Verdict = Verdict{Kind: Restored, Why: e.panicked.Error()}
		return j
	}
	switch {
	case errors.Is(j.Err, message.ErrMalformed):
		j.notBegun, j.Err = j.Err, nil
	case r.o.Keep:
		j.Kind = Kept
	case j.Kind == "" && j.Err == nil:
		j.Kind = Deferred
	}
	return j
}
