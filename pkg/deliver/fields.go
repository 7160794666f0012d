package deliver

import (
	"time"

	"switchboard/pkg/deliver/internal/plan"
	"switchboard/pkg/message"
)

// Keys of Mailman's outgoing runner.
const (
	untilKey   = "deliver_until"
	afterKey   = "deliver_after"
	countedKey = "last_recip_count"
)

// Keys of our own, for people: what the server said of those who are left.
const (
	// answersKey has a list for each answer: the answer and its recipients.
	answersKey = "switchboard_answers"
	// serverKey is who gave these answers, answeredKey when, as Unix seconds.
	serverKey   = "switchboard_server"
	answeredKey = "switchboard_answered"
	// gaveUpKey is true if the answers were not for good, but deliver_until has passed.
	gaveUpKey = "switchboard_gave_up"
)

// The longest value of answersKey. Mailman carries it along.
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

// set returns the settings that make names the entry's recipients.
func (k listKeys) set(names []string) []message.Setting {
	set := []message.Setting{{Key: k.recipients, Value: names}}
	if k.groups {
		set = append(set, message.Setting{Key: plan.UndeliveredKey, Value: [][]string{names}})
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
		{Key: answersKey, Value: answers},
		{Key: serverKey, Value: server},
		{Key: answeredKey, Value: float64(now.UnixMilli()) / 1e3},
	}
}
