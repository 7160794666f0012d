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
	storeChunks = "copy switchboard.body (entry, n, chunk) from stdin (format binary)"
)

// chunksAtOnce is how many chunks are sent at once: the server has to have them within its
// timeout, also from far away.
const chunksAtOnce = 4

// storeLong stores a message that is not in memory.
func (q *Queue) storeLong(f *fresh) (before bool, err error) {
	q.server.long()
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
			// Each chunk has the timeout for itself: a long message may take longer than one.
			ctx = context.WithoutCancel(ctx)
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

// send sends an entry, some chunks at a time, and reports whether its file base is taken.
func (q *Queue) send(tx *server.Tx, f *fresh) (taken bool, err error) {
	_, _, size := chunkOf(f.size, 0)
	first := make([]byte, size)
	if n, err := f.file.ReadAt(first, 0); n < len(first) {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // somebody has cut the file off
		}
		return false, err
	}
	var number int64
	digest := f.id.Digest()
	err = tx.Get([]any{&number}, storeLong,
		q.name, f.id.String(), f.id.Seconds(), digest[:], int64(f.restores), orNull(f.whichq), f.next == nil, f.size, first, f.metadata)
	if errors.Is(err, server.ErrNoRows) {
		return true, errTaken
	}
	var rows [][]any
	for off := int64(len(first)); err == nil && off < f.size; {
		n, _, size := chunkOf(f.size, off)
		rows = append(rows, []any{number, int32(n), io.NewSectionReader(f.file, off, size)})
		if off += size; len(rows) == chunksAtOnce || off == f.size {
			err = tx.Copy(storeChunks, rows...)
			rows = nil
		}
	}
	if err == nil {
		err = tx.Do(wakes(q.name, older([]*fresh{f})))
	}
	return false, err
}
