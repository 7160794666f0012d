package deliver

import (
	"fmt"
	"time"

	"switchboard/pkg/message"
)

// retryAfter is how long an entry waits if nobody more was taken: Mailman's
// DELIVERY_RETRY_WAIT.
const retryAfter = time.Hour

// fate is what becomes of an entry once each recipient has an answer.
type fate struct {
	// retry are the settings for the retry queue, nil if nobody is put off.
	retry []message.Setting
	// refused are those who go to the shunt queue, with the settings shunt.
	refused []failure
	shunt   []message.Setting
	gaveUp  bool
	why     string
}

// fates has what fate needs to know besides the attempt.
type fates struct {
	keys listKeys
	// until and lastCount are what the entry says: see plan.Plan.
	until     time.Time
	lastCount int
	// giveUp is how long recipients are tried.
	giveUp time.Duration
	// bounces means that the sender gets a notice.
	bounces bool
	server  string
	now     time.Time
}

// decide decides, and writes the record of the last transaction if the entry needs more than
// one step: if it becomes two entries, or there is a notice. A kill between the steps then
// repeats no transaction, and the next claim takes the same steps for the same recipients.
// Each step that was taken before finds that it was.
//
// In most cases one step is enough, and it is the record: the entry is finished, or moves with
// its new metadata.
func (f fates) decide(a *attempt, note func(...message.Setting) error) (fate, error) {
	x := f.of(a)
	if len(x.refused) == 0 || x.retry == nil && !f.bounces {
		return x, nil
	}
	if err := note(a.note(f.keys)...); err != nil {
		return fate{}, notedError{err}
	}
	return f.of(a), nil // which also forgets this record
}

// of decides, and writes nothing. It does with those who are put off what Mailman's outgoing
// runner does: as long as their number changes, they are tried for another giveUp. If it does
// not change, they are tried until that time has passed. Mailman then deletes the message; here they go where those
// go that were refused.
func (f fates) of(a *attempt) fate {
	waiting, refused := a.those(false), a.those(true)
	x := fate{refused: refused}
	// Without until nobody knows since when they are tried: they are tried from now on.
	same := len(waiting) == f.lastCount && !f.until.IsZero()
	if len(waiting) > 0 && same && f.now.After(f.until) {
		x.gaveUp = true
		x.refused = append(waiting, refused...)
		waiting = nil
	}
	if len(waiting) > 0 {
		until := f.until
		x.retry = f.keys.set(recipients(waiting))
		if !same {
			until = f.now.Add(f.giveUp)
		} else {
			x.retry = append(x.retry, message.Setting{Key: message.DeliverAfterKey, Value: f.now.Add(retryAfter)})
		}
		x.retry = append(x.retry, message.Setting{Key: message.DeliverUntilKey, Value: until}, message.Setting{Key: countedKey, Value: len(waiting)})
		x.retry = append(x.retry, answered(waiting, f.server, f.now)...)
		x.retry = append(x.retry, a.forget()...)
	}
	if len(x.refused) > 0 {
		x.shunt = f.keys.set(recipients(x.refused))
		// Whoever releases the entry wants another try for the whole time.
		x.shunt = append(x.shunt, message.Setting{Key: countedKey, Value: 0}, message.Setting{Key: message.GaveUpKey, Value: x.gaveUp})
		x.shunt = append(x.shunt, answered(x.refused, f.server, f.now)...)
		x.shunt = append(x.shunt, a.forget()...)
	}
	x.why = why(waiting, x)
	return x
}

// why says in a few words why an entry is not finished.
func why(waiting []failure, x fate) string {
	switch {
	case x.gaveUp:
		return fmt.Sprintf("gave up %s: %s", people(len(x.refused)), x.refused[0].answer)
	case len(x.refused) > 0 && len(waiting) > 0:
		return fmt.Sprintf("%s refused: %s; %d put off: %s", people(len(x.refused)), x.refused[0].answer, len(waiting), waiting[0].answer)
	case len(x.refused) > 0:
		return fmt.Sprintf("%s refused: %s", people(len(x.refused)), x.refused[0].answer)
	case len(waiting) > 0:
		return fmt.Sprintf("%s put off: %s", people(len(waiting)), waiting[0].answer)
	}
	return ""
}

// people counts recipients.
func people(n int) string {
	if n == 1 {
		return "1 recipient"
	}
	return fmt.Sprintf("%d recipients", n)
}
