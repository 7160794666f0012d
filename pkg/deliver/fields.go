package deliver

import (
	"iter"
	"time"

	"switchboard/pkg/deliver/internal/plan"
	"switchboard/pkg/message"
)

// countedKey is how many recipients were left when Mailman's outgoing runner put the entry off
// last.
const countedKey = "last_recip_count"

// The longest value of message.AnswersKey. Mailman carries it along.
const (
	listedAnswers    = 20
	listedRecipients = 100
)

// listKeys are the keys of an entry that have its recipients.
type listKeys struct {
	// recipients is "recips" or "recipients".
	recipients string
	// groups means that the entry also has undelivered, a list of lists.
	groups bool
}

// set returns the settings that make names the entry's recipients. There may be 100,000 of
// them, which is why they need not be in a slice. They are run through more than once.
func (k listKeys) set(names iter.Seq[string]) []message.Setting {
	all := iter.Seq2[string, error](func(yield func(string, error) bool) {
		for name := range names {
			if !yield(name, nil) {
				return
			}
		}
	})
	set := []message.Setting{{Key: k.recipients, Value: all}}
	if k.groups {
		set = append(set, message.Setting{Key: plan.UndeliveredKey, Value: []iter.Seq2[string, error]{all}})
	}
	return set
}

// answered returns the settings that say what the server said of failed recipients.
func answered(failed []failure, server string, now time.Time) []message.Setting {
	var answers [][]string
	at := map[string]int{}
	for _, f := range failed {
		i, ok := at[f.answer]
		switch {
		case !ok && len(answers) == listedAnswers:
			continue
		case !ok:
			i = len(answers)
			at[f.answer] = i
			answers = append(answers, []string{f.answer})
		}
		if len(answers[i]) <= listedRecipients {
			answers[i] = append(answers[i], f.recipient)
		}
	}
	return []message.Setting{
		{Key: message.AnswersKey, Value: answers},
		{Key: message.ServerKey, Value: server},
		{Key: message.AnsweredKey, Value: float64(now.UnixMilli()) / 1e3},
	}
}
