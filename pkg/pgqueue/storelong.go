package pgqueue

import (
	"context"
	"errors"
	"io"

	"switchboard/pkg/pgqueue/internal/server"
)

// The statements for an entry whose message is sent in chunks.
const (
	storeLong = newEntry + ` values ($1, $2, $3, $4, $5, $6, $7, $8::bigint, $8::bigint + octet_length($10::bytea), $9, $10)
		on conflict (queue, base) do nothing returning id`
	storeChunk = "insert into switchboard.body (entry, n, chunk) values ($1, $2, $3)"
)

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
