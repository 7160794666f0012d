package pgqueue

import (
	"errors"
	"slices"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// rowsByName are the rows of named entries in a state.
const rowsByName = "select " + rowColumns + `
	from switchboard.entry where queue = $1 and base = any ($2::text[]) and state = $3`

// changeNamed changes named entries. listed means that they come from a listing: one that has
// gone since is not an error.
func (q *Queue) changeNamed(ids []queue.ID, listed bool, c change, done func(queue.Outcome, error)) {
	for part := range chunks(ids, namedAtOnce) {
		rows, err := q.rowsOf(part, c.from)
		there := map[queue.ID]bool{}
		for _, r := range rows {
			there[r.id] = true
		}
		for _, id := range part {
			path := q.EntryPath(id, c.from)
			switch {
			case err != nil:
				done(queue.Outcome{ID: id, From: path}, failed(path, err))
			case !there[id] && !listed:
				done(queue.Outcome{ID: id, From: path}, failed(path, missing(c.from)))
			}
		}
		rows = slices.DeleteFunc(rows, func(r row) bool {
			if r.held == "" {
				return false
			}
			path := q.EntryPath(r.id, c.from)
			done(queue.Outcome{ID: r.id, From: path}, failed(path, held(r.held)))
			return true
		})
		q.change(rows, c, func(o queue.Outcome, err error) {
			if !listed || !isMissing(err) {
				done(o, err)
			}
		})
	}
}

// rowsOf returns the rows of those of the entries that are in state s, in the order of ids.
func (q *Queue) rowsOf(ids []queue.ID, s queue.State) ([]row, error) {
	all, err := lookFor(q.server, rowsByName, []any{q.name, bases(ids), int64(s)}, func(r server.Row) (f row, err error) {
		err = f.scan(r)
		return f, err
	})
	found := map[queue.ID]row{}
	for _, f := range all {
		found[f.id] = f
	}
	var rows []row
	for _, id := range ids {
		if f, ok := found[id]; ok {
			rows = append(rows, f)
			delete(found, id)
		}
	}
	return rows, failed(q.Path(), err)
}

// whichqAfter returns the origin of an entry of which set sets metadata.
func whichqAfter(c *message.Content, set []message.Setting) string {
	which := c.WhichQueue()
	for _, s := range set {
		if text, ok := s.Value.(string); ok && s.Key == message.WhichQueueKey {
			which = text
		}
	}
	return which
}

// resetCount returns the settings for an entry that a person has looked at.
func resetCount(c *message.Content) []message.Setting {
	if c.Value(message.CountKey) == nil || c.Restores() == 0 {
		return nil
	}
	return []message.Setting{{Key: message.CountKey, Value: 0}}
}

// isMissing reports whether an entry is not in the state any more.
func isMissing(err error) bool { return errors.Is(err, queue.ErrState) }
