package pgqueue

import (
	"context"
	"errors"
	"slices"
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

// storeAll stores messages, and calls stored with the path of each once it is durable. It goes
// on after an error of a message whose name was given, but not after one of another message: a
// caller that is told three paths knows that they are those of its first three messages. Nor
// does it go on after an error of stored.
func (q *Queue) storeAll(all []fresh, stored func(path string) error) error {
	if slices.ContainsFunc(all, func(f fresh) bool { return f.next == nil }) {
		defer q.server.forget()
	}
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
				if part[i].next != nil {
					all = nil
				}
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
