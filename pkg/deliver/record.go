package deliver

import (
	"fmt"
	"iter"
	"strconv"

	"switchboard/pkg/message"
)

// The record is what an entry says about an attempt that is not complete. It is written
// after each transaction, before the next one begins, so a kill repeats at most the
// transaction in flight.
//
// Mailman drops keys that begin with an underscore when it stores an entry anew. The record
// therefore never outlives the list of recipients that it counts.
const (
	// settledKey is how many recipients of the list have an answer.
	settledKey = "_switchboard_settled"
	// countKey is how many recipients the list had when the record began.
	countKey = "_switchboard_of"
	// failedKey, with a number behind it, has the failures of a transaction: refusedMark or
	// putOffMark, the answer, the recipient, and so on. With one key for all of them, each
	// transaction would write the failures of all earlier ones again.
	failedKey = "_switchboard_failed_"
)

const (
	refusedMark = "refused"
	putOffMark  = "put off"
)

// record describes the record in the entry, so that the next one adds to it.
type record struct {
	// count is how many recipients the list in the entry has.
	count int
	// offset is the difference between the number in the entry and attempt.settled. They
	// differ once the list was written anew.
	offset int
	// begun means that the entry has the count. stale means that its count is that of
	// another list.
	begun, stale bool
	// keys is how many numbered keys the entry has, noted how many failures are in them.
	keys, noted int
}

// source is the metadata of an entry.
type source interface {
	// texts returns the texts of a list, or nil if there is none.
	texts(key string) ([]string, error)
	// whole returns a whole number, and whether there is one.
	whole(key string) (int, bool, error)
}

// resume returns an attempt that goes on where the record of an entry ends.
func resume(from source, to list, each bool) (*attempt, error) {
	a := &attempt{list: to, each: each}
	a.record.count = to.Len()
	count, begun, err := from.whole(countKey)
	if err != nil || !begun {
		return a, err
	}
	settled, _, err := from.whole(settledKey)
	if err != nil {
		return nil, err
	}
	for {
		key := failedKey + strconv.Itoa(a.record.keys+1)
		marks, err := from.texts(key)
		if err != nil {
			return nil, err
		}
		if len(marks) == 0 {
			break
		}
		if err := a.remember(marks); err != nil {
			return nil, fmt.Errorf("metadata %s: %w", key, err)
		}
		a.record.keys++
	}
	if count != to.Len() || settled < 0 || settled > count {
		// Somebody has changed the list. Nobody in it counts as settled, but those who
		// were refused may not be in it any more.
		a.failed, a.waiting, a.record.stale = a.those(true), 0, true
		return a, nil
	}
	a.settled, a.record.begun, a.record.noted = settled, true, len(a.failed)
	return a, nil
}

// remember reads the value of a numbered key.
func (a *attempt) remember(marks []string) error {
	if len(marks)%3 != 0 {
		return fmt.Errorf("%w: has %d texts, which is not a multiple of 3", message.ErrMalformed, len(marks))
	}
	for i := 0; i < len(marks); i += 3 {
		a.fail(failure{marks[i+2], marks[i+1], marks[i] == refusedMark})
	}
	return nil
}

// note returns the settings that bring the record in the entry up to date. keys are the
// entry's keys for the list.
//
// The list itself is written anew when that saves a Mailman that takes over much repeated
// work, and costs little: when it has become half as long, and when it is short.
func (a *attempt) note(keys listKeys) []message.Setting {
	if a.worthWriting() {
		return a.writeList(keys)
	}
	set := []message.Setting{{Key: settledKey, Value: a.record.offset + a.settled}}
	if !a.record.begun {
		set = append(set, message.Setting{Key: countKey, Value: a.record.count})
		a.record.begun = true
	}
	if fresh := a.failed[a.record.noted:]; len(fresh) > 0 {
		a.record.keys++
		set = append(set, message.Setting{Key: failedKey + strconv.Itoa(a.record.keys), Value: marks(fresh)})
		a.record.noted = len(a.failed)
	}
	return set
}

// shortList is how many recipients a short list has, if a transaction has many of them and if
// it has one.
const (
	shortList     = 1000
	shortListEach = 32
)

func (a *attempt) worthWriting() bool {
	short := shortList
	if a.each {
		short = shortListEach
	}
	open := a.left() + a.waiting
	// An entry without recipients is one that Mailman is done with.
	return a.record.stale || open > 0 && open < a.record.count && (open <= a.record.count/2 || open <= short)
}

// writeList returns the settings that write the list anew, without those who were taken or
// refused. Those who were put off come first, because they are settled. If nobody is left, the
// list stays as it is.
func (a *attempt) writeList(keys listKeys) []message.Setting {
	count, settled := a.waiting+a.left(), a.waiting
	var set []message.Setting
	if count > 0 {
		set = keys.set(a.open())
	} else {
		count, settled = a.record.count, a.record.count
	}
	set = append(set, message.Setting{Key: settledKey, Value: settled}, message.Setting{Key: countKey, Value: count})
	used := a.record.keys
	a.record = record{count: count, offset: settled - a.settled, begun: true, noted: len(a.failed)}
	if len(a.failed) > 0 {
		a.record.keys = 1
		set = append(set, message.Setting{Key: failedKey + "1", Value: marks(a.failed)})
	}
	return append(set, reset(a.record.keys+1, used)...)
}

// open yields those who were neither taken nor refused.
func (a *attempt) open() iter.Seq[string] {
	putOff, after := a.those(false), a.settled
	return func(yield func(string) bool) {
		for _, f := range putOff {
			if !yield(f.recipient) {
				return
			}
		}
		for recipient := range a.list.Recipients(after) {
			if !yield(recipient) {
				return
			}
		}
	}
}

// forget returns the settings that remove the record.
func (a *attempt) forget() []message.Setting {
	if !a.record.begun && !a.record.stale {
		return nil
	}
	set := []message.Setting{{Key: settledKey}, {Key: countKey}}
	return append(set, reset(1, a.record.keys)...)
}

// reset returns the settings that remove numbered keys. A key cannot be deleted in place, so
// its value becomes None.
func reset(from, to int) []message.Setting {
	var set []message.Setting
	for n := from; n <= to; n++ {
		set = append(set, message.Setting{Key: failedKey + strconv.Itoa(n)})
	}
	return set
}

// marks returns failures as the value of a numbered key.
func marks(failed []failure) []string {
	texts := make([]string, 0, 3*len(failed))
	for _, f := range failed {
		mark := putOffMark
		if f.refused {
			mark = refusedMark
		}
		texts = append(texts, mark, f.answer, f.recipient)
	}
	return texts
}
