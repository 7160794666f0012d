package pgqueue

import (
	"context"
	"errors"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// noteClaim changes the metadata of a claim.
const noteClaim = `
	update switchboard.entry set metadata = $3, size = message_size + octet_length($3::bytea), restores = $4, whichq = $5,
		changed_at = clock_timestamp()
	where id = $1 and generation = $2 and state + 0 = 2`

// moveClaim makes a claim ready, perhaps in another queue.
const moveClaim = `
	update switchboard.entry set metadata = $3, size = message_size + octet_length($3::bytea), restores = $4, whichq = $5,
		queue = $6, state = 1, lease_until = null, claimed_at = null, claimed_by = null, changed_at = clock_timestamp()
	where id = $1 and generation = $2 and state + 0 = 2`

// movedClaim looks for the claim that moveClaim moved.
const movedClaim = "select from switchboard.entry where id = $1 and generation = $2 and queue = $3 and state + 0 = 1"

// Note sets metadata of the claim.
func (c *claim) Note(set ...message.Setting) error {
	if err := c.mine(); err != nil {
		return err
	}
	metadata, patch, err := c.body.patched(c.Content, set...)
	if err != nil {
		return c.fail(err)
	}
	// Another try makes no difference: nobody else changes a claim.
	err = c.change(server.Statement{SQL: noteClaim, Args: c.noted(metadata, restoresAfter(c.Content, set), set)})
	if err != nil {
		return c.fail(err)
	}
	c.body.replace(metadata)
	if err := c.Content.Patched(patch); err != nil {
		return c.fail(err)
	}
	return nil
}

// change changes the row of the claim, durably.
func (c *claim) change(st server.Statement, more ...server.Statement) error {
	return c.q.server.stubbornly(func(ctx context.Context) error {
		var n int64
		st.Count = &n
		err := c.q.server.db.Do(ctx, true, append([]server.Statement{st}, more...)...)
		if err == nil && n == 0 {
			err = notClaimed
		}
		return err
	})
}

// noted returns the values of noteClaim.
func (c *claim) noted(metadata []byte, restores int, set []message.Setting) []any {
	return []any{c.number, c.generation, metadata, int64(restores), orNull(whichqAfter(c.Content, set))}
}

// restoresAfter returns the count of an entry of which set sets metadata.
func restoresAfter(c *message.Content, set []message.Setting) int {
	n := c.Restores()
	for _, s := range set {
		if count, ok := s.Value.(int); ok && s.Key == message.CountKey {
			n = count
		}
	}
	return n
}

// Shunt makes the claim ready in the shunt queue.
func (c *claim) Shunt(set ...message.Setting) (path string, err error) {
	name, err := c.q.besides(c.q.ShuntPath(), "shunt")
	if err != nil {
		return "", err
	}
	return c.moveTo(name, queue.WasShunted, append(set[:len(set):len(set)], c.q.noteOrigin(c.Content)...))
}

// Retry makes the claim ready in the retry queue, with a count of 0: it was handled, and so did
// not crash its handler.
func (c *claim) Retry(set ...message.Setting) (path string, err error) {
	name, err := otherName(c.q.RetryPath())
	if err != nil {
		return "", err
	}
	return c.moveTo(name, queue.WasRetried, append(set[:len(set):len(set)], resetCount(c.Content)...))
}

// moveTo sets metadata of the claim and makes it ready in the queue called name, in one
// transaction.
func (c *claim) moveTo(name string, kind queue.EventKind, set []message.Setting) (path string, err error) {
	if err := c.mine(); err != nil {
		return "", err
	}
	metadata := c.body.metadata
	if len(set) > 0 {
		if metadata, _, err = c.body.patched(c.Content, set...); err != nil {
			return "", c.fail(err)
		}
	}
	restores := restoresAfter(c.Content, set)
	path = entryPath(name, c.ID, queue.Ready)
	args := append(c.noted(metadata, restores, set), name)
	err = c.change(server.Statement{SQL: moveClaim, Args: args}, wakes(name, true))
	if errors.Is(err, notClaimed) && c.isAt(name) {
		// The first try moved it, and its answer was lost.
		err = c.q.barrier()
	}
	if errors.Is(err, server.ErrUnique) {
		err = conflict(path)
	}
	if err != nil {
		return "", c.fail(err)
	}
	c.q.leases.drop(c.lease)
	if name == c.q.name {
		c.q.bound.forget()
	}
	about := c.about
	if about != nil {
		described := *about
		described.Restores = restores
		about = &described
	}
	c.q.trace(queue.Event{ID: c.ID, Kind: kind, From: c.Path(), To: path, About: about})
	return path, nil
}

// isAt reports whether the claim was made ready in the queue called name.
func (c *claim) isAt(name string) bool {
	var n int64
	err := c.q.server.look(server.Statement{SQL: movedClaim, Args: []any{c.number, c.generation, name}, Count: &n})
	return err == nil && n > 0
}

// barrier makes durable what others have committed: a transaction whose commit waits comes
// after theirs in the log.
func (q *Queue) barrier() error {
	return q.server.stubbornly(func(ctx context.Context) error {
		return q.server.db.Do(ctx, !q.opt.NoSync, server.Statement{SQL: durably})
	})
}
