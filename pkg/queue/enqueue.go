package queue

import (
	"errors"
	"io"
	"math"

	"switchboard/pkg/message"
	"switchboard/pkg/pickle"
	"switchboard/pkg/queue/internal/disk"
)

// Message is what is to be stored.
type Message struct {
	// Text is the mail message, read to its end. Nil with From.
	Text io.Reader
	// From is an entry whose message is handed on. Nil with Text.
	From *Entry
	// Metadata is stored beside version, _parsemsg and, for Mailman 2.1,
	// received_time. Of two items with one key the later counts; keys that
	// begin with an underscore are dropped, as Mailman's enqueue does.
	Metadata []message.Item
	// Received is the place in the queue, in Unix seconds. 0 is the time of
	// From's name, or else now.
	Received float64
}

// whole is the length of text up to which a message is written in one piece.
const whole = 256 << 10

// Batch stores messages in groups that are synced together, so that the disk is
// waited for once a group. While it works on one the next one is written.
type Batch struct {
	dir    *Dir
	stored func(path string) error
	// limit is how many entries make a group.
	limit int
	// reserved says that there is room for the open files of two groups.
	reserved bool
	group    []pending
	// spare is the memory of a group that is done with.
	spare   []pending
	bytes   int64
	syncing *syncing
	// owner is the queue's owner and group, born what new files have.
	owner, born disk.Stat
	buffer      []byte
	text        []byte
}

// pending is an entry whose temporary file is written and not yet synced.
type pending struct {
	file disk.File
	tmp  string
	id   ID
	mark marker
}

// ErrFlush is what errors.Is finds in an error of Batch.Add that concerns the
// group's earlier messages.
var ErrFlush = errors.New("storing failed")

type flushError struct{ error }

func (e flushError) Is(target error) bool { return target == ErrFlush }
func (e flushError) Unwrap() error        { return e.error }

// NewBatch begins a batch. stored is told the path of each entry, in the order
// of Add, once it is durable; an error of stored ends the batch.
func (d *Dir) NewBatch(stored func(path string) error) *Batch {
	// Two groups are open at a time, and a few files besides.
	limit := (d.sys.OpenFiles() - otherFiles) / 2
	return &Batch{dir: d, stored: stored, limit: min(max(limit, 1), groupEntries)}
}

// Add writes m to the disk; it is not an entry before Flush, or before two
// groups more are full. An error concerns m alone and leaves nothing behind,
// unless errors.Is(err, ErrFlush). ErrEmpty is a message without a byte.
func (b *Batch) Add(m Message) error {
	if len(b.group) >= b.limit || b.bytes >= groupBytes {
		if err := b.next(); err != nil {
			return flushError{err}
		}
	}
	if b.owner == (disk.Stat{}) {
		st, err := b.dir.dir.Stat()
		if err != nil {
			return &Error{Path: b.dir.path, Err: err}
		}
		b.owner = st
		b.text = make([]byte, 64<<10)
	}
	d := b.dir.opt.Format
	now := b.now()
	items, received := b.complete(m, now)
	p := pending{mark: newMarker(d, items, received, now)}
	w := entryWriter{batch: b, pending: &p}
	err := w.write(m, items)
	if err == nil {
		err = b.own(p.file)
	}
	if err != nil {
		p.drop(b.dir)
		if !errors.Is(err, ErrEmpty) && !isInput(err) {
			err = &Error{Path: b.dir.path, Err: err}
		}
		return err
	}
	// Not before it is written: reading a text that is slow to come may flush.
	b.group = append(b.group, p)
	if len(b.group) == fewFiles && !b.reserved {
		b.dir.dir.Reserve(2*b.limit + otherFiles)
		b.reserved = true
	}
	b.bytes += w.off
	return nil
}

// InputError is a failure to read a message's text, as against one to store it.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }

func isInput(err error) bool {
	var in *InputError
	return errors.As(err, &in)
}

// added is how many items complete adds, at most.
const added = 3

// complete adds what every entry has to the metadata, and finds the time that
// will be in the name.
func (b *Batch) complete(m Message, now float64) (items []message.Item, received float64) {
	received = m.Received
	if received == 0 && m.From != nil {
		received = m.From.ID.Seconds()
	}
	kept := make(map[string]int, len(m.Metadata))
	items = make([]message.Item, 0, len(m.Metadata)+added)
	set := func(key string, value any) {
		if i, ok := kept[key]; ok {
			items[i].Value = value
			return
		}
		kept[key] = len(items)
		items = append(items, message.Item{Key: key, Value: value})
	}
	d := b.dir.opt.Format
	for _, item := range m.Metadata {
		if len(item.Key) > 0 && item.Key[0] == '_' {
			continue
		}
		if item.Key == "received_time" && d == message.Mailman2 {
			if t, ok := Seconds(item.Value); ok && m.Received == 0 {
				received = t
			}
			continue
		}
		set(item.Key, item.Value)
	}
	if received == 0 {
		received = now
	}
	if d == message.Mailman2 {
		set("received_time", received)
	}
	set("version", 3)
	set("_parsemsg", m.From == nil || !m.From.Content.FitsAs(d) || m.From.Content.ParseMsg())
	return items, received
}

// Seconds reads a value of received_time, in Unix seconds; false if it is none
// that could be in an entry's name.
func Seconds(v any) (float64, bool) {
	var t float64
	switch v := v.(type) {
	case float64:
		t = v
	case int:
		t = float64(v)
	case pickle.Float:
		t = float64(v)
	case pickle.Int:
		t = float64(v.Small)
	case interface{ Float64() (float64, error) }: // json.Number
		f, err := v.Float64()
		if err != nil {
			return 0, false
		}
		t = f
	default:
		return 0, false
	}
	return t, math.Abs(t) < maxTime && t != 0
}

// now is a time later than any given before: entries of one process keep their
// order even if the clock stands still or steps back.
func (b *Batch) now() float64 {
	t := float64(b.dir.sys.Now().UnixMicro()) / 1e6
	if t <= b.dir.stored {
		t = math.Nextafter(b.dir.stored, math.Inf(1))
	}
	b.dir.stored = t
	return t
}

// own gives a new file the queue's group and, where we may, its owner, so that a
// Mailman can read it whatever our umask. What it has already is asked of the
// first file alone: the others have the same from the kernel.
func (b *Batch) own(f disk.File) error {
	if b.born == (disk.Stat{}) {
		st, err := f.Stat()
		if err != nil {
			return err
		}
		b.born = st
	}
	return give(f, b.born, b.owner, ourMode)
}

// drop removes the temporary file, if it came to be.
func (p *pending) drop(d *Dir) {
	if p.file == nil {
		return
	}
	p.file.Close()
	d.dir.Unlink(p.tmp)
}
