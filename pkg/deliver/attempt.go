package deliver

import (
	"iter"
	"slices"

	"switchboard/pkg/deliver/internal/client"
)

// attempt is one attempt to send an entry to each of its recipients. It may go on over
// several claims: if the server goes away or the process is killed, the next claim resumes it.
// Nobody is tried twice in an attempt.
type attempt struct {
	list list
	// ahead are the next recipients that were read from the list already, and more reads
	// those behind them. more is nil before the first transaction, and if these are all.
	ahead []string
	more  func() (string, bool)
	stop  func()
	// each means that a transaction has one recipient.
	each bool
	// settled is how many recipients have an answer. They are the first ones of the list.
	settled int
	// failed are those of them that the server did not take, in the order of the list.
	failed []failure
	// waiting is how many of those are put off.
	waiting int
	// answers has each different answer once.
	answers map[string]string
	// record is what the entry says about all this.
	record record
}

// list is the recipients of an entry.
type list interface {
	Len() int
	// Recipients returns the recipients without the first ones.
	Recipients(from int) iter.Seq[string]
}

// failure is a recipient that the server did not take.
type failure struct {
	recipient string
	// answer is the server's, such as "550 5.1.1 no such user".
	answer string
	// refused means for good. Otherwise the recipient is put off.
	refused bool
}

// left returns how many recipients have no answer yet.
func (a *attempt) left() int { return a.list.Len() - a.settled }

// next returns the recipients of the next transaction, at most limit.
func (a *attempt) next(limit int) []string {
	if a.each {
		limit = 1
	}
	switch {
	case a.more != nil, len(a.ahead) == a.left():
	case a.left() <= mostRecipients:
		a.ahead = slices.Collect(a.list.Recipients(a.settled))
	default:
		a.more, a.stop = iter.Pull(a.list.Recipients(a.settled))
	}
	for a.more != nil && len(a.ahead) < limit {
		recipient, ok := a.more()
		if !ok {
			break
		}
		a.ahead = append(a.ahead, recipient)
	}
	return a.ahead[:min(limit, len(a.ahead))]
}

// close ends the reading of the list.
func (a *attempt) close() {
	if a.stop != nil {
		a.stop()
	}
}

// settle takes the answers to a transaction with the next recipients. It returns how many
// the transaction settled.
//
// If a server has enough recipients after the first few, the others are not settled: they
// come first in the next transaction. But a transaction that took nobody settles all,
// because the next one would be the same.
func (a *attempt) settle(to []string, answers []client.Answer) int {
	n, taken := 0, false
	for i, answer := range answers {
		if answer.Stage != client.StageNext {
			n = i + 1
		}
		taken = taken || answer.Taken()
	}
	if !taken {
		n = len(answers)
	}
	for i, answer := range answers[:n] {
		if !answer.Taken() {
			a.fail(failure{to[i], a.text(answer), answer.Permanent()})
		}
	}
	a.settled += n
	a.ahead = a.ahead[n:]
	return n
}

func (a *attempt) fail(f failure) {
	a.failed = append(a.failed, f)
	if !f.refused {
		a.waiting++
	}
}

// mostAnswers is how many different answers an attempt remembers in full. Each of 100,000
// recipients may get one of its own.
const mostAnswers = 1000

// text returns an answer as text.
func (a *attempt) text(answer client.Answer) string {
	text := answer.String()
	if known, ok := a.answers[text]; ok {
		return known
	}
	if len(a.answers) >= mostAnswers {
		answer.Text = ""
		return answer.String()
	}
	if a.answers == nil {
		a.answers = map[string]string{}
	}
	a.answers[text] = text
	return text
}

// those returns the recipients that were refused for good, or those that were put off.
func (a *attempt) those(refused bool) []failure {
	var found []failure
	for _, f := range a.failed {
		if f.refused == refused {
			found = append(found, f)
		}
	}
	return found
}

// recipients yields the recipients of failures.
func recipients(failed []failure) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range failed {
			if !yield(f.recipient) {
				return
			}
		}
	}
}
