package queue

import (
	"errors"
	"fmt"
	"io"
	"math"

	"golang.org/x/sys/unix"

	"switchboard/pkg/message"
	"switchboard/pkg/pickle"
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

// groupEntries and groupBytes bound what a Batch leaves unsynced, and so how
// late the first path of a group is printed.
const (
	groupEntries = 1024
	groupBytes   = 32 << 20
)

// syncTogether is the size of a group from which on one sync of the whole
// filesystem is used, which waits for everybody's data.
const syncTogether = 16

// whole is the length of text up to which a message is written in one piece.
const whole = 256 << 10

// Batch stores messages in groups that are synced together, so that the disk is
// waited for once a group.
type Batch struct {
	dir    *Dir
	stored func(path string) error
	group  []pending
	bytes  int64
	owner  stat
	buffer []byte
	text   []byte
}

// pending is an entry whose temporary file is written and not yet synced.
type pending struct {
	file file
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
	return &Batch{dir: d, stored: stored}
}

// Add writes m to the disk; it is not an entry before Flush. A full group is
// flushed first. An error concerns m alone and leaves nothing behind, unless
// errors.Is(err, ErrFlush). ErrEmpty is a message without a byte.
func (b *Batch) Add(m Message) error {
	if len(b.group) >= groupEntries || b.bytes >= groupBytes {
		if err := b.Flush(); err != nil {
			return flushError{err}
		}
	}
	if b.owner == (stat{}) {
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
		err = p.own(b.owner)
	}
	if err != nil {
		p.drop(b.dir)
		if !errors.Is(err, ErrEmpty) && !isInput(err) {
			err = &Error{Path: b.dir.path, Err: err}
		}
		return err
	}
	b.group = append(b.group, p)
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

// complete adds what every entry has to the metadata, and finds the time that
// will be in the name.
func (b *Batch) complete(m Message, now float64) (items []message.Item, received float64) {
	received = m.Received
	if received == 0 && m.From != nil {
		received = m.From.ID.Seconds()
	}
	kept := make(map[string]int, len(m.Metadata))
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
			if t, ok := asSeconds(item.Value); ok && m.Received == 0 {
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

func asSeconds(v any) (float64, bool) {
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
// order though the clock may stand still or step back.
func (b *Batch) now() float64 {
	t := float64(b.dir.sys.Now().UnixMicro()) / 1e6
	if t <= b.dir.stored {
		t = math.Nextafter(b.dir.stored, math.Inf(1))
	}
	b.dir.stored = t
	return t
}

// own gives the file the queue's group and, where we may, its owner, so that a
// Mailman can read it whatever our umask.
func (p *pending) own(queue stat) error {
	have, err := p.file.Stat()
	if err != nil {
		return err
	}
	if have.uid != queue.uid {
		switch err := p.file.Chown(queue.uid, queue.gid); err {
		case nil:
			have.gid = queue.gid
		case unix.EPERM: // root alone may
		default:
			return err
		}
	}
	if have.gid != queue.gid {
		if err := p.file.Chown(-1, queue.gid); err != nil {
			return fmt.Errorf("cannot give the entry the queue's group: %w", err)
		}
	}
	return p.file.Chmod(0o660)
}

// drop removes the temporary file, if it came to be.
func (p *pending) drop(d *Dir) {
	if p.file == nil {
		return
	}
	p.file.Close()
	d.dir.Unlink(p.tmp)
}

// Flush makes all that was added durable entries, and tells their paths to
// stored. Call it before anything that may wait. On an error the entries that
// were not told are not stored, but for those whose name could not be made
// durable: they may be there.
func (b *Batch) Flush() error {
	if len(b.group) == 0 {
		return nil
	}
	group := b.group
	b.group, b.bytes = nil, 0
	errs := b.syncGroup(group)

	// A name without content would be worse than no entry: only what has been
	// synced is renamed, and only what has been renamed and synced is told.
	renamed := 0
	for i := range group {
		p := &group[i]
		if p.file == nil {
			continue
		}
		err := b.rename(p)
		if err != nil {
			errs = append(errs, &Error{Path: b.dir.EntryPath(p.id, Ready), Err: err})
			p.drop(b.dir)
			p.file = nil
			continue
		}
		p.file.Close()
		b.dir.outdate(p.id)
		renamed++
	}
	if renamed > 0 && !b.dir.opt.NoSync {
		if err := b.dir.dir.Sync(); err != nil {
			return errors.Join(append(errs, &Error{Path: b.dir.path, Err: err})...)
		}
	}
	for i := range group {
		if group[i].file == nil {
			continue
		}
		path := b.dir.EntryPath(group[i].id, Ready)
		b.dir.opt.Trace("", path)
		if err := b.stored(path); err != nil {
			return errors.Join(append(errs, err)...)
		}
	}
	return errors.Join(errs...)
}

// syncGroup makes the content of a group durable, and drops what it couldn't.
func (b *Batch) syncGroup(group []pending) (errs []error) {
	if b.dir.opt.NoSync {
		return nil
	}
	if len(group) >= syncTogether {
		// On an error each file is asked for its own part in it.
		if ok, err := b.dir.dir.SyncFS(); ok && err == nil {
			return nil
		}
	}
	for i := range group {
		if len(group) > 1 {
			group[i].file.StartSync()
		}
	}
	for i := range group {
		p := &group[i]
		if err := p.file.Sync(); err != nil {
			errs = append(errs, &Error{Path: b.dir.EntryPath(p.id, Ready), Err: err})
			p.drop(b.dir)
			p.file = nil
		}
	}
	return errs
}

// rename gives the entry its name. Should that be taken, by the same message
// for the same list at the same time, the entry takes the next name.
func (b *Batch) rename(p *pending) error {
	for try := 0; ; try++ {
		err := error(unix.EEXIST)
		if !b.twinInFlight(p) {
			err = b.dir.dir.Rename(p.tmp, b.dir.dir, p.id.Name(Ready))
		}
		if err != unix.EEXIST || try == 1000 {
			return err
		}
		p.id = p.mark.next()
	}
}

// twinInFlight says whether the entry's name is that of a claimed one: the two
// would be in conflict for as long as that is in flight. It can only happen
// where the name says nothing but what was handed on.
func (b *Batch) twinInFlight(p *pending) bool {
	if !p.mark.one {
		return false
	}
	_, err := b.dir.dir.Lstat(p.id.Name(InFlight))
	return err == nil
}

// Abort removes what was added and not flushed.
func (b *Batch) Abort() {
	for i := range b.group {
		b.group[i].drop(b.dir)
	}
	b.group, b.bytes = nil, 0
}
