package pgqueue

import (
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// PreserveEntries fails as Finish does.
func (q *Queue) PreserveEntries(ids []queue.ID, done func(queue.Outcome, error)) {
	for _, id := range ids {
		done(queue.Outcome{ID: id, From: q.EntryPath(id, queue.InFlight)}, q.noGeneration(id))
	}
}

// preserveAll preserves claims of named entries.
func (q *Queue) preserveAll(ids []queue.ID, claims map[queue.ID]int64, done func(queue.Outcome, error)) {
	for part := range chunks(ids, namedAtOnce) {
		var rows []row
		for _, f := range q.listNamed(part, claims, queue.RestoreOptions{}, done) {
			rows = append(rows, f.row)
		}
		q.change(rows, change{kind: queue.WasPreserved, from: queue.InFlight, plan: q.planPreserve, own: true}, done)
	}
}

// planPreserve notes the entry's origin. A malformed entry is preserved unchanged, because it
// has no metadata to note it in.
func (q *Queue) planPreserve(_ queue.ID, c *message.Content) (plan, error) {
	p := plan{to: q.badPath(), as: queue.Preserved}
	if c != nil {
		p.set, p.restores = q.noteOrigin(c), c.Restores()
	}
	return p, nil
}

func (c *claim) Preserve() (path string, err error) {
	defer c.Close()
	if err := c.mine(); err != nil {
		return "", err
	}
	c.q.preserveAll([]queue.ID{c.ID}, map[queue.ID]int64{c.ID: c.generation}, func(o queue.Outcome, failed error) { path, err = o.To, failed })
	if c.over = err == nil; !c.over {
		path = ""
	}
	return path, err
}
