package deliver

import (
	"fmt"
	"hash/fnv"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
	"switchboard/pkg/runner"
)

// verdict is the verdict on an entry whose recipients all have an answer.
func (e *entry) verdict() runner.Verdict {
	f := fates{
		keys: e.keys, until: e.plan.Until, lastCount: e.plan.LastCount, giveUp: e.o.GiveUp,
		bounces: e.o.Bounce && e.plan.Sender("") != "", server: e.o.Server.String(), now: e.now(),
	}
	x := f.of(e.attempt)
	switch {
	case e.sent.Taken > 0 || e.sent.PutOff > 0:
		e.row.end()
	case e.sent.Refused > 0 && x.retry == nil && !allAboutAddresses(x.refused) && e.row.add(e.claim.ID):
		return e.refusing(x)
	}
	x, err := f.decide(e.attempt, e.claim.Note)
	if err != nil {
		return e.stopped(err)
	}
	e.sent.GaveUp = x.gaveUp
	v := runner.Verdict{Kind: runner.Finished, Why: x.why, Detail: &e.sent}
	switch {
	case x.retry != nil:
		v.Kind, v.Set = runner.Retried, x.retry
		e.feeder.putOff(e.claim.ID, f.now)
	case len(x.refused) > 0:
		v.Kind, v.Set = runner.Shunted, x.shunt
	}
	if len(x.refused) > 0 {
		v.Before = func(claim *queue.Claim) error { return e.refuse(claim, x, f.bounces) }
	}
	return v
}

// refuse does what becomes of those who were refused, unless the move of the entry does.
func (e *entry) refuse(claim *queue.Claim, x fate, bounces bool) (err error) {
	if bounces {
		if err := e.bounce(claim, x); err != nil {
			return err
		}
	}
	if x.retry == nil {
		return nil
	}
	e.sent.Apart, err = claim.Split(part(x.refused), x.shunt...)
	return err
}

// refusing ends the run because of too many entries that were refused altogether. The last of
// them is requeued, and has no record: the next run tries everybody again.
func (e *entry) refusing(x fate) runner.Verdict {
	if set := e.attempt.forget(); set != nil {
		all := append([]message.Setting(nil), e.keys.set(recipients(x.refused))...)
		if err := e.claim.Note(append(all, set...)...); err != nil {
			return runner.Verdict{Err: err}
		}
	}
	entries := "entries"
	if e.row.most == 1 {
		entries = "entry"
	}
	return runner.Verdict{Kind: runner.Deferred, Why: x.why, Detail: &e.sent, Err: &queue.Error{
		Path: e.o.Server.String(), Err: fmt.Errorf("%w: of %d %s in a row", ErrRefusing, e.row.most, entries),
		Remedy: "see what it says; qrestore --origin releases what was shunted, and --max-failures 0 goes on all the same",
	}}
}

// part names the entry for refused recipients. The name depends on who they are: if a crash
// comes between, and the server then refuses others, these must not be taken for those.
func part(refused []failure) string {
	h := fnv.New64a()
	for _, f := range refused {
		h.Write([]byte(f.recipient))
		h.Write([]byte{0})
	}
	return fmt.Sprintf("refused-%016x", h.Sum64())
}
