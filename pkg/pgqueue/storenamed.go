package pgqueue

import (
	"bytes"
	"context"
	"errors"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// Entries with a given file base are stored once: an entry is stored only by the transaction
// that notes its name first. Of two at once, the later one waits for the other. The note
// outlives the entry, and stays when the entry moves to another queue.
const (
	storeNamed = `
		with f as (select * from ` + newEntries + `), noted as (
			insert into switchboard.named (queue, base, message) select $1, f.base, f.sum from f
			on conflict do nothing returning base)
		` + newEntry + `
		select ` + itsColumns + `, true, ` + itsBytes + ` from f join noted using (base)
		returning base`
	// noteName notes the name of one entry, and noted finds names.
	noteName = "insert into switchboard.named (queue, base, message) values ($1, $2, $3) on conflict do nothing"
	noted    = `
		select n.base, n.message, exists (select from switchboard.entry e where e.queue = n.queue and e.base = n.base)
		from switchboard.named n where n.queue = $1 and n.base = any ($2::text[])`
	// durably makes the commit wait, as one that writes nothing does not: an earlier run may
	// have been killed before what it stored was durable.
	durably = "select pg_catalog.pg_logical_emit_message(true, 'switchboard', '')"
)

// forgetNames forgets the oldest names, but those of entries that are still in their queue, which
// count as noted anew. So no name is looked at more than once in that time.
const forgetNames = `
	with old as (
		select queue, base, exists (select from switchboard.entry e where e.queue = n.queue and e.base = n.base) as there
		from switchboard.named n where at < statement_timestamp() - make_interval(secs => $1)
		order by at limit 100 for update skip locked),
	kept as (
		update switchboard.named n set at = statement_timestamp() from old
		where old.there and n.queue = old.queue and n.base = old.base)
	delete from switchboard.named n using old
	where not old.there and n.queue = old.queue and n.base = old.base`

// forget forgets names that were noted longer ago than Config.Keep. It is not durable, and if it
// fails, the next one does it.
func (s *Server) forget() {
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	_ = s.db.Do(ctx, false, server.Statement{SQL: forgetNames, Args: []any{s.keep.Seconds()}})
}

// otherMessage is the ErrConflict of a file base that another message has.
type otherMessage struct{}

func (otherMessage) Error() string        { return "another message has this name; it is kept" }
func (otherMessage) Is(target error) bool { return target == queue.ErrConflict }

// name is what the database knows of a name that was given.
type name struct {
	// sum is that of the message, and there means that its entry is in the queue.
	sum   []byte
	there bool
}

// noted returns the statement that looks for names.
func (q *Queue) noted(names []string, found func(base string, n name)) server.Statement {
	return server.Statement{SQL: noted, Args: []any{q.name, names}, Row: func(r server.Row) error {
		var base string
		var n name
		err := r.Scan(&base, &n.sum, &n.there)
		found(base, n)
		return err
	}}
}

// known decides about a message whose name is known: nil means that it was stored before, as
// the sender wants it to be.
func (q *Queue) known(f *fresh, n name, sum []byte) error {
	switch {
	case !bytes.Equal(n.sum, sum):
		return otherMessage{}
	case n.there:
		return nil
	case f.taken && !f.restored:
		// Whoever was killed between storing an entry and finishing it has left a claim, and
		// a restore has counted it. This entry came from somewhere else.
		return leftSince{}
	}
	return nil
}

// leftSince is the ErrConflict of a message that was stored under its name before, and whose
// entry is not in the queue any more.
type leftSince struct{}

func (leftSince) Error() string {
	return "was stored under this name before, and has left the queue since"
}
func (leftSince) Is(target error) bool { return target == queue.ErrConflict }

// storeNamed stores messages under names that were given, each once.
func (q *Queue) storeNamed(all []fresh, before []bool, errs []error) error {
	left, sums := make([]*fresh, len(all)), make([][]byte, len(all))
	var err error
	for i := range all {
		left[i] = &all[i]
		if sums[i], err = all[i].sum(); err != nil {
			return err
		}
	}
	bases := make([]string, len(all))
	for i, f := range left {
		bases[i] = f.id.String()
	}
	var names map[string]name
	var stored map[string]bool
	var lost error
	err = q.server.stubbornly(func(ctx context.Context) error {
		names, stored = map[string]name{}, map[string]bool{}
		return noteUnknown(&lost, q.server.db.Do(ctx, !q.opt.NoSync,
			server.Statement{SQL: storeNamed, Args: q.values(left, sums), Row: func(r server.Row) error {
				var base string
				err := r.Scan(&base)
				stored[base] = true
				return err
			}},
			q.noted(bases, func(base string, n name) { names[base] = n }),
			server.Statement{SQL: durably},
			wakes(q.name, older(left))))
	})
	if err != nil {
		return err
	}
	for i, f := range left {
		if before[i] = !stored[bases[i]]; before[i] {
			errs[i] = orUnknown(q.known(f, names[bases[i]], sums[i]), lost)
		}
	}
	return nil
}

// noteUnknown returns err, and keeps it if it is of a commit whose outcome is unknown.
func noteUnknown(lost *error, err error) error {
	if errors.Is(err, server.ErrUnknown) {
		*lost = err
	}
	return err
}

// orUnknown returns lost instead of leftSince if an earlier try may have stored the entry: a
// worker may have been quick.
func orUnknown(err, lost error) error {
	if lost != nil && errors.Is(err, leftSince{}) {
		return lost
	}
	return err
}

// note notes the name of an entry, and reports whether it was noted before.
func (q *Queue) note(tx *server.Tx, f *fresh, sum []byte) (before bool, err error) {
	n, err := tx.Exec(noteName, q.name, f.id.String(), sum)
	if n > 0 || err != nil {
		return false, err
	}
	var found name
	err = tx.Do(q.noted([]string{f.id.String()}, func(_ string, n name) { found = n }), server.Statement{SQL: durably})
	if err == nil {
		err = q.known(f, found, sum)
	}
	return err == nil, err
}
