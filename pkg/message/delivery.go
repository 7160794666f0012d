package message

import (
	"time"

	"switchboard/pkg/pickle"
)

// The metadata keys that say how far the delivery of an entry is. Mailman writes the first
// two when it puts mail off.
const (
	// DeliverUntilKey is the time after which delivery is given up.
	DeliverUntilKey = "deliver_until"
	// DeliverAfterKey is the time before which delivery is not tried again.
	DeliverAfterKey = "deliver_after"
	// AnswersKey has what the server said about recipients that it did not accept: a list
	// of lists, each with an answer and then the recipients that got it.
	AnswersKey = "switchboard_answers"
	// ServerKey is the server that said so, and AnsweredKey the time, in seconds since 1970.
	ServerKey   = "switchboard_server"
	AnsweredKey = "switchboard_answered"
	// GaveUpKey is true if delivery was given up.
	GaveUpKey = "switchboard_gave_up"
)

// Delivery is what the metadata says about a delivery that is not complete.
type Delivery struct {
	// Left is how many recipients the entry is still for.
	Left int
	// Until and After are the times of DeliverUntilKey and DeliverAfterKey, or zero.
	Until, After time.Time
	// Answers are those of AnswersKey.
	Answers []Answer
	Server  string
	// Answered is zero if there is no such time.
	Answered time.Time
	GaveUp   bool
}

// Answer is what a server said about some recipients. They need not be all of those that it
// said this about.
type Answer struct {
	Text       string
	Recipients []string
}

// Delivery returns what the metadata says about a delivery that was put off, given up or
// refused, and false if it says nothing of that kind. It is for showing: a value of a wrong
// type is taken for none.
func (c *Content) Delivery() (Delivery, bool) {
	until, after, answers := c.Value(DeliverUntilKey), c.Value(DeliverAfterKey), c.Value(AnswersKey)
	if until == nil && after == nil && answers == nil {
		return Delivery{}, false
	}
	d := Delivery{Server: c.text(ServerKey), GaveUp: c.Truth(GaveUpKey), Answers: answersIn(answers)}
	d.Until, _, _ = c.Instant(DeliverUntilKey)
	d.After, _, _ = c.Instant(DeliverAfterKey)
	d.Answered, _, _ = c.Instant(AnsweredKey)
	if d.Until.IsZero() && d.After.IsZero() && len(d.Answers) == 0 {
		return Delivery{}, false // such as None, which stands for a key that was removed
	}
	d.Left = c.recipientsLeft()
	return d, true
}

// recipientsLeft returns how many recipients the metadata names: see Recipients.
func (c *Content) recipientsLeft() int {
	if left, _, _ := c.TextGroups("undelivered"); left.Len() > 0 {
		return left.Len()
	}
	for _, key := range []string{"recips", "recipients"} {
		if left, _, _ := c.Texts(key); left.Len() > 0 {
			return left.Len()
		}
	}
	return 0
}

const (
	// mostAnswers limits how many answers and recipients are read, and answerLimit how many
	// bytes each has. A file may have one value many times.
	mostAnswers = 1000
	answerLimit = 4 << 10
)

// answersIn reads the value of AnswersKey. What does not look like an answer is left out.
func answersIn(v pickle.Value) []Answer {
	groups, _ := itemsOf(v)
	var all []Answer
	left := mostAnswers
	for _, group := range groups {
		items, _ := itemsOf(group)
		if left--; left <= 0 {
			break
		}
		items = items[:min(len(items), left)]
		left -= len(items)
		var texts []string
		for _, item := range items {
			if s, ok := item.(*pickle.String); ok && s.Len() <= answerLimit {
				if b, err := stringBytes(s, answerLimit); err == nil {
					texts = append(texts, string(b))
				}
			}
		}
		if len(texts) > 0 {
			all = append(all, Answer{texts[0], texts[1:]})
		}
	}
	return all
}
