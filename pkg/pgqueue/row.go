package pgqueue

import (
	"time"

	"switchboard/pkg/pgqueue/internal/server"
	"switchboard/pkg/queue"
)

// row is an entry that is to be changed.
type row struct {
	id                 queue.ID
	number, generation int64
	messageSize        int64
	metadataSize       int64
	// changed is when it was last changed. If that is another time when the change is made,
	// somebody has changed it meanwhile, and it stays as it is.
	changed time.Time
	// held is who holds it, if it has a lease that has not ended.
	held string
	// message is the first chunk of its message.
	message, metadata []byte
}

// rowColumns are the columns of a row. The last is who holds the entry and until when, or null if
// its lease has ended.
const rowColumns = `id, base, generation, message_size, size - message_size, changed_at,
	case when lease_until > statement_timestamp() then coalesce(claimed_by, '') || ' until ' || to_char(lease_until at time zone 'UTC', 'HH24:MI:SS') || ' UTC' end`

// scan reads rowColumns, and more columns that follow them.
func (f *row) scan(r server.Row, more ...any) error {
	var base string
	var holder *string
	err := r.Scan(append([]any{&f.number, &base, &f.generation, &f.messageSize, &f.metadataSize, &f.changed, &holder}, more...)...)
	if err != nil {
		return err
	}
	if holder != nil {
		f.held = *holder
	}
	f.id, err = queue.ParseID(base)
	return err
}
