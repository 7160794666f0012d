package pgqueue

import (
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// Release releases the preserved or shunted entries of a slice.
func (q *Queue) Release(o queue.ReleaseOptions, done func(queue.Outcome, error)) error {
	var ids []queue.ID
	release := func() {
		q.changeNamed(ids, true, q.releasing(o), done)
		ids = ids[:0]
	}
	inside := o.Slice.Filter()
	for f, err := range q.List(inside, o.From) {
		if err != nil {
			return err
		}
		if ids = append(ids, f.ID); len(ids) == namedAtOnce {
			release()
		}
	}
	release()
	return nil
}

// ReleaseEntries does the same for named entries of any slice.
func (q *Queue) ReleaseEntries(ids []queue.ID, o queue.ReleaseOptions, done func(queue.Outcome, error)) {
	q.changeNamed(ids, o.Listed, q.releasing(o), done)
}

// releasing makes an entry ready in the queue that o chooses, with a count of 0.
func (q *Queue) releasing(o queue.ReleaseOptions) change {
	return change{kind: queue.WasReleased, from: o.From, dry: o.DryRun, plan: func(id queue.ID, c *message.Content) (plan, error) {
		path := q.EntryPath(id, o.From)
		if c == nil {
			return plan{}, &queue.Error{Path: path, Err: queue.ErrMalformed, Remedy: "qcat --raw shows how far it can be read"}
		}
		to, err := o.Target(id, c)
		if err != nil {
			return plan{}, err
		}
		target, err := q.sibling(to)
		if err == nil && target == q && o.From == queue.Ready {
			// A ready entry released to its own queue would be in conflict with itself.
			err = &queue.Error{Path: path, Err: noOrigin("is in that queue already")}
		}
		if err != nil {
			return plan{}, err
		}
		return plan{to: target.Path(), as: queue.Ready, set: resetCount(c)}, nil
	}}
}

// errKind is the error of a queue that entries do not move to in one transaction.
var errKind = errors.New("is not a queue of the same database")

// sibling returns a queue that must be in the same database. It returns q if to is the same
// queue.
func (q *Queue) sibling(to queue.Queue) (*Queue, error) {
	other, ok := to.(*Queue)
	if v, is := to.(*View); is {
		other, ok = v.Queue, true
	}
	switch {
	case !ok || other.server != q.server:
		return nil, &queue.Error{Path: to.Path(), Err: errKind}
	case other.name == q.name:
		return q, nil
	}
	return other, nil
}
