package pgqueue

import (
	"context"
	"errors"
	"io"
	"math"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// splitClaim stores the message of a claim once more, under another name, with other metadata.
const splitClaim = `
	with part as (
		insert into switchboard.entry (queue, base, received, digest, restores, whichq, message_size, size, message, metadata)
		select $3, $4, $5, $6, 0, $7, message_size, message_size + octet_length($8::bytea), message, $8
		from switchboard.entry where id = $1 and generation = $2 and state + 0 = 2
		on conflict (queue, base) do nothing returning id),
	chunks as (
		insert into switchboard.body (entry, n, chunk)
		select part.id, b.n, b.chunk from part, switchboard.body b where b.entry = $1)
	select id from part`

// partOf compares the entry of a name with the claim that it is a part of.
const partOf = `
	select p.state, p.message_size = e.message_size and p.message = e.message
	from switchboard.entry p, switchboard.entry e where p.queue = $1 and p.base = $2 and e.id = $3`

// Split stores the message of the claim once more in the shunt queue.
func (c *claim) Split(part string, set ...message.Setting) (path string, err error) {
	if err := c.mine(); err != nil {
		return "", err
	}
	name, err := c.q.besides(c.q.ShuntPath(), "shunt")
	if err != nil {
		return "", err
	}
	set = append(append(set[:len(set):len(set)], c.q.noteOrigin(c.Content)...), resetCount(c.Content)...)
	metadata := c.body.metadata
	if len(set) > 0 {
		if metadata, _, err = c.body.patched(c.Content, set...); err != nil {
			return "", c.fail(err)
		}
	}
	var (
		id     = c.ID.Derive(part)
		digest = id.Digest()
		state  queue.State
		same   bool
		stored int64
	)
	path = entryPath(name, id, queue.Ready)
	// Another try makes no difference: what is there already is not stored again.
	err = c.q.server.stubbornly(func(ctx context.Context) error {
		state = queue.Stray
		return c.q.server.db.Do(ctx, true, server.Statement{
			SQL: splitClaim, Count: &stored,
			Args: []any{c.number, c.generation, name, id.String(), id.Seconds(), digest[:], orNull(whichqAfter(c.Content, set)), metadata},
		}, server.Statement{
			SQL: partOf, Args: []any{name, id.String(), c.number},
			Row: func(r server.Row) error {
				var s int16
				err := r.Scan(&s, &same)
				state = queue.State(s)
				return err
			},
		}, server.Statement{SQL: durably}, wakes(name, true))
	})
	switch {
	case err != nil:
	case state == queue.Stray:
		err = notClaimed
	case !same:
		err = conflict(entryPath(name, id, state))
	}
	if err != nil {
		return "", c.fail(err)
	}
	if stored > 0 {
		about := c.q.about(c.Content)
		if about != nil {
			about.Restores = 0
		}
		c.q.trace(queue.Event{ID: id, Kind: queue.WasSplit, To: path, About: about})
	}
	return entryPath(name, id, state), nil
}

// noticeOf looks for a notice: the entry, or the name of one that has left the queue since.
const noticeOf = `
	select state from switchboard.entry where queue = $1 and base = $2
	union all select 1 from switchboard.named where queue = $1 and base = $2
	limit 1`

// Notice stores a message about the claim in the same queue. It also knows of one that was
// finished since.
func (c *claim) Notice(part string, m queue.Metadata, write func(io.Writer) error) (path string, err error) {
	if err := c.mine(); err != nil {
		return "", err
	}
	after := c.ID.Derive(part)
	id := queue.NewID(math.Nextafter(after.Seconds(), math.Inf(1)), after.Digest())
	state := queue.Stray
	err = c.q.server.look(server.Statement{SQL: noticeOf, Args: []any{c.q.name, id.String()}, Row: func(r server.Row) error {
		var s int16
		err := r.Scan(&s)
		state = queue.State(s)
		return err
	}})
	if err == nil && state != queue.Stray {
		err = c.q.barrier()
	}
	if err != nil {
		return "", c.fail(err)
	}
	if state != queue.Stray {
		return c.q.EntryPath(id, state), nil
	}
	b := c.q.newBatch(func(stored string) error { path = stored; return nil })
	defer b.Abort()
	b.encoder.Format = c.Content.Dialect()
	m.ID = id
	p, err := b.Create(m)
	if err != nil {
		return "", err
	}
	defer p.Abort()
	if err := write(p); err != nil {
		return "", err
	}
	return path, errors.Join(p.Commit(), b.Flush())
}
