package pgqueue

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"switchboard/pkg/message"
	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// The columns of a new entry, and the list of new entries that the values of a statement are.
const (
	newEntry = `insert into switchboard.entry
		(queue, base, received, digest, restores, whichq, named, message_size, size, message, metadata)`
	newEntries = `unnest($2::text[], $3::float8[], $4::bytea[], $5::int[], $6::text[], $7::bytea[], $8::bytea[], $9::bytea[])
		as f(base, received, digest, restores, whichq, message, metadata, sum)`
	itsColumns = `$1, f.base, f.received, f.digest, f.restores, f.whichq`
	itsBytes   = `octet_length(f.message), octet_length(f.message) + octet_length(f.metadata), f.message, f.metadata`
)

// storeShort stores entries, and returns those whose file base was not taken.
const storeShort = newEntry + `
	select ` + itsColumns + `, false, ` + itsBytes + ` from ` + newEntries + `
	on conflict (queue, base) do nothing returning base`

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
	noted = `
		select n.base, n.message, exists (select from switchboard.entry e where e.queue = n.queue and e.base = n.base)
		from switchboard.named n where n.queue = $1 and n.base = any ($2::text[])`
	// durably makes the commit wait, as one that writes nothing does not: an earlier run may
	// have been killed before what it stored was durable.
	durably = "select pg_catalog.pg_logical_emit_message(true, 'switchboard', '')"
)

// The same for one entry whose message is sent in chunks.
const (
	storeLong = newEntry + ` values ($1, $2, $3, $4, $5, $6, $7, $8::bigint, $8::bigint + octet_length($10::bytea), $9, $10)
		on conflict (queue, base) do nothing returning id`
	noteName   = "insert into switchboard.named (queue, base, message) values ($1, $2, $3) on conflict do nothing"
	storeChunk = "insert into switchboard.body (entry, n, chunk) values ($1, $2, $3)"
)

// storeAll stores messages, and calls stored with the path of each once it is durable. It goes
// on after an error of one, but not after one of stored.
func (q *Queue) storeAll(all []fresh, stored func(path string) error) error {
	var errs []error
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[0].file == nil && all[n].file == nil && (all[n].next == nil) == (all[0].next == nil) {
			n++
		}
		part := all[:n]
		all = all[n:]
		was, failures := q.storePart(part)
		for i := range part {
			if failures[i] != nil {
				errs = append(errs, failed(q.EntryPath(part[i].id, queue.Ready), failures[i]))
			} else if err := q.tell(&part[i], was[i], stored); err != nil {
				return errors.Join(append(errs, err)...)
			}
		}
	}
	return errors.Join(errs...)
}

// tell tells the caller that an entry is durable. before means that it was stored before.
func (q *Queue) tell(f *fresh, before bool, stored func(path string) error) error {
	path := q.EntryPath(f.id, queue.Ready)
	if !before && !f.taken {
		q.trace(queue.Event{ID: f.id, Kind: queue.WasStored, To: path, About: f.about})
	}
	return stored(path)
}

// storePart stores messages of one kind: one that is long, or many that are not, whose names
// were all given or all not. It reports which were stored before, and the error of each.
func (q *Queue) storePart(part []fresh) (before []bool, errs []error) {
	before, errs = make([]bool, len(part)), make([]error, len(part))
	var err error
	switch {
	case part[0].file != nil:
		before[0], err = q.storeLong(&part[0])
	case part[0].next != nil:
		err = q.storeShort(part)
	default:
		err = q.storeNamed(part, before, errs)
		if errors.Is(err, server.ErrUnique) && len(part) > 1 {
			// One of them has the name of an entry that was not stored by name.
			for i := range part {
				errs[i] = q.storeNamed(part[i:i+1], before[i:i+1], errs[i:i+1])
			}
			err = nil
		}
	}
	for i := range errs {
		if err != nil {
			errs[i] = err
		}
		if errors.Is(errs[i], server.ErrUnique) {
			errs[i] = otherMessage{}
		}
	}
	return before, errs
}

// otherMessage is the ErrConflict of a file base that another message has.
type otherMessage struct{}

func (otherMessage) Error() string        { return "another message has this name; it is kept" }
func (otherMessage) Is(target error) bool { return target == queue.ErrConflict }

// storeShort stores messages. One whose file base is taken, by the same message for the same
// list at the same time, gets the next one.
func (q *Queue) storeShort(all []fresh) error {
	left := make([]*fresh, len(all))
	for i := range all {
		left[i] = &all[i]
	}
	for try := 0; ; try++ {
		var stored map[string]bool
		st := server.Statement{SQL: storeShort, Args: q.values(left, nil), Row: func(r server.Row) error {
			var base string
			err := r.Scan(&base)
			stored[base] = true
			return err
		}}
		err := q.server.patiently(func(ctx context.Context) error {
			stored = map[string]bool{}
			return q.server.db.Do(ctx, !q.opt.NoSync, st, wakes(q.name, older(left)))
		})
		if err != nil {
			return err
		}
		var again []*fresh
		for _, f := range left {
			if !stored[f.id.String()] {
				again = append(again, f)
			}
			delete(stored, f.id.String()) // two of the group may have had one name
		}
		if len(again) == 0 {
			return nil
		}
		if try == 1000 {
			return queue.ErrConflict
		}
		for _, f := range again {
			f.id = f.next()
		}
		left = again
	}
}

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
	if q.opt.Notice != nil {
		q.opt.Notice(&queue.Error{Path: q.EntryPath(f.id, queue.Ready), Err: leftSince{}})
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

// storeLong stores a message that is not in memory.
func (q *Queue) storeLong(f *fresh) (before bool, err error) {
	var sum []byte
	if f.next == nil {
		if sum, err = f.sum(); err != nil {
			return false, err
		}
	}
	again := q.server.patiently
	if f.next == nil {
		again = q.server.stubbornly
	}
	for try := 0; ; try++ {
		var lost error
		taken := false
		err := again(func(ctx context.Context) error {
			return noteUnknown(&lost, q.server.db.Write(ctx, !q.opt.NoSync, func(tx *server.Tx) error {
				if sum != nil {
					if before, err = q.note(tx, f, sum); before || err != nil {
						return err
					}
				}
				taken, err = q.send(tx, f)
				return err
			}))
		})
		if !taken {
			return before, orUnknown(err, lost)
		}
		if f.next == nil || try == 1000 {
			return false, otherMessage{}
		}
		f.id = f.next()
	}
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

// errTaken rolls back a transaction whose entry has a file base that is taken.
var errTaken = errors.New("the name is taken")

// send sends an entry, chunk by chunk, and reports whether its file base is taken.
func (q *Queue) send(tx *server.Tx, f *fresh) (taken bool, err error) {
	buf := make([]byte, min(f.size, chunk))
	if _, err := f.file.ReadAt(buf, 0); err != nil && err != io.EOF {
		return false, err
	}
	digest := f.id.Digest()
	var number int64
	err = tx.Get([]any{&number}, storeLong,
		q.name, f.id.String(), f.id.Seconds(), digest[:], int64(f.restores), orNull(f.whichq), f.next == nil, f.size, buf, f.metadata)
	if errors.Is(err, server.ErrNoRows) {
		return true, errTaken
	}
	for n := int64(1); err == nil && n*chunk < f.size; n++ {
		part := buf[:min(f.size-n*chunk, chunk)]
		if got, failed := f.file.ReadAt(part, n*chunk); got < len(part) {
			if failed == io.EOF {
				failed = io.ErrUnexpectedEOF // somebody has cut the file off
			}
			return false, failed
		}
		_, err = tx.Exec(storeChunk, number, n, part)
	}
	if err == nil {
		err = tx.Do(wakes(q.name, older([]*fresh{f})))
	}
	return false, err
}

// values returns the values of storeShort and storeNamed.
func (q *Queue) values(all []*fresh, sums [][]byte) []any {
	n := len(all)
	var (
		bases              = make([]string, n)
		received           = make([]float64, n)
		digests            = make([][]byte, n)
		restores           = make([]int64, n)
		origins            = make([]*string, n)
		messages, metadata = make([][]byte, n), make([][]byte, n)
	)
	for i, f := range all {
		digest := f.id.Digest()
		bases[i], received[i], digests[i] = f.id.String(), f.id.Seconds(), digest[:]
		restores[i], origins[i] = int64(f.restores), orNull(f.whichq)
		messages[i], metadata[i] = f.message, f.metadata
	}
	if sums == nil {
		sums = make([][]byte, n)
	}
	return []any{q.name, bases, received, digests, restores, origins, messages, metadata, sums}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// older reports whether one of the entries may come before others that are ready.
func older(all []*fresh) bool {
	now := float64(time.Now().UnixMilli()) / 1e3
	for _, f := range all {
		if f.id.Seconds() < now-1 {
			return true
		}
	}
	return false
}

// aboutFresh describes a message that is about to be stored. A failure to read it must not
// fail the work, so the result is nil then.
func (q *Queue) aboutFresh(f *fresh) *queue.About {
	file := f.file
	if file == nil {
		file = newBody(nil, 0, f.size, f.message, f.metadata)
	}
	content, err := message.Read(file, f.size+int64(len(f.metadata)))
	if err != nil {
		return nil
	}
	defer content.Release()
	return q.about(content)
}
