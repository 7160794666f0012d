package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk/fakedisk"
)

// world is a machine with queues, and what was promised about the mail in them.
type world struct {
	disk   *fakedisk.Disk
	sys    *fakedisk.Process
	queues []string
	mails  []*mail
	// told are the mails, by index, that the operation reported as done.
	told []int
	// served are the mails that a run before the crash had reported as done.
	served []int
	// traced, if set, gets the events of every queue.
	traced func(Event)
	// identities are the results of identify, by the address and length of the content.
	// This works because a fakedisk.Disk never changes a content in place.
	identities map[*byte]map[int]identity
}

// place is where an entry can be. The zero place is nowhere.
type place struct {
	dir   string
	state State
}

func (p place) path(id ID) string { return p.dir + "/" + id.Name(p.state) }

// outcome is a place, and the number of restores and of notes of the entry there.
type outcome struct {
	place
	restores, noted int
}

var (
	ready     = place{"/q/in", Ready}
	inFlight  = place{"/q/in", InFlight}
	preserved = place{"/q/bad", Preserved}
	farAway   = place{"/far/bad", Preserved}
	shunted   = place{"/q/shunt", Ready}
	farShunt  = place{"/far/shunt", Ready}
	later     = place{"/q/retry", Ready}
	farLater  = place{"/far/retry", Ready}
	gone      = outcome{}
)

// at returns an outcome.
func at(p place, restores int) outcome { return outcome{p, restores, 0} }

// mail is a message and what may become of it.
type mail struct {
	text string
	id   ID
	// file is the entry's content as it was accepted, or nil if it has not been accepted
	// yet.
	file []byte
	// end is the length of the message pickle in file.
	end int
	// restores is how often the mail had been restored when it was added.
	restores int
	// unreadable entries are recognized by their bytes alone.
	unreadable bool
	// before is what is allowed until the operation reports the mail as done. after is
	// what is allowed from then on, and again what is allowed after another run.
	before, after, again []outcome
	// double allows the mail in two places on two filesystems at once, until another run.
	double bool
	// carried mails may be restored in one of these places without a look at the other, which
	// changes the metadata of that one.
	carried bool
	// quiet mails are handled without being reported.
	quiet bool
	// many allows more than one entry after another run, because the sender tries again
	// what was stored and not yet confirmed.
	many bool
	// odd mails are in files that their queue's owner cannot read, until they are at the
	// place of their only outcome.
	odd bool
	// touched is the place where the mail's file must have been touched.
	touched place
	// retried mails are made ready again by the operation itself.
	retried bool
	// part is what the mail was split off for, "" if it is whole.
	part string
	// killed says that the operation was killed before, and that this is the second run.
	killed bool
}

// GoString keeps rapid's reports short.
func (m *mail) GoString() string { return m.id.String() }

const listUID, listGID = 38, 39

// newWorld returns a world with the queues in and bad, and with another filesystem for
// /far/bad.
func newWorld() *world {
	w := &world{disk: fakedisk.New(), queues: []string{"/q/in", "/q/bad", "/far/bad", "/q/shunt", "/far/shunt", "/q/retry", "/far/retry", "/q/hold", "/far/hold"}}
	w.disk.Place("/q", 0o040000, 0o2775, listUID, listGID)
	w.disk.Mkdir("/q/in", listUID, listGID)
	w.disk.Mkdir("/q/bad", listUID, listGID)
	w.disk.Mount("/far", listUID, listGID)
	w.disk.Mkdir("/far/bad", listUID, listGID)
	w.disk.Split = true
	w.sys = &fakedisk.Process{Disk: w.disk, ID: 1}
	w.identities = make(map[*byte]map[int]identity)
	return w
}

// on returns the same world after a reboot, with its disk as a crash left it.
func (w *world) on(disk *fakedisk.Disk) *world {
	return &world{
		disk: disk, queues: w.queues, mails: w.mails, sys: &fakedisk.Process{Disk: disk, ID: 1}, identities: w.identities,
	}
}

// add stores a mail durably at from.
func (w *world) add(from place, m *mail) {
	n := len(w.mails)
	if m.text == "" && !m.unreadable {
		m.text = mailText(n)
	}
	m.id = testID(n)
	switch {
	case m.file != nil:
	case m.restores > 0:
		m.file = entryFile(message.Mailman2, m.text, counted(m.restores))
	default:
		m.file = entryFile(message.Mailman2, m.text)
	}
	if m.end == 0 {
		m.end = bytes.Index(m.file, []byte(m.text)) + len(m.text) + 1
	}
	if m.again == nil {
		m.again = m.after
	}
	w.disk.Put(from.path(m.id), m.file, listUID, listGID)
	w.mails = append(w.mails, m)
}

// expect adds a mail that is going to be stored.
func (w *world) expect(m *mail) {
	m.before, m.after = []outcome{gone, at(ready, 0)}, []outcome{at(ready, 0)}
	m.again, m.many = m.after, true
	w.mails = append(w.mails, m)
}

// open opens a queue.
func (w *world) open(path string, o Options) (*Dir, error) {
	if w.traced != nil {
		o.Trace, o.Describe = w.traced, true
	}
	return openWith(w.sys, path, o)
}

// done notes that the operation reported a mail as done.
func (w *world) done(i int) { w.told = append(w.told, i) }

// found is an entry of a queue.
type found struct {
	outcome
	file *fakedisk.Inode
}

// find looks at every entry of all queues, and returns an error if one is wrong.
func (w *world) find() (map[*mail][]found, error) {
	all := make(map[*mail][]found)
	for _, dir := range w.queues {
		queue := w.disk.Lookup(dir)
		if queue == nil {
			continue
		}
		// On NFS a directory has its name before it is given to the queue's owner.
		if queue.Mode != 0o2770 || queue.UID == 0 && !w.disk.NFS || queue.GID != listGID {
			return nil, fmt.Errorf("%s has mode %o and owner %d:%d", dir, queue.Mode, queue.UID, queue.GID)
		}
		for _, name := range slices.Sorted(maps.Keys(queue.Names)) {
			n := queue.Names[name]
			_, s := SplitName(name)
			if n.Kind != 0o100000 || s == Stray || s == Temporary {
				continue
			}
			m, is, err := w.identify(n)
			if err != nil {
				return nil, fmt.Errorf("%s/%s: %w", dir, name, err)
			}
			all[m] = append(all[m], found{outcome{place{dir, s}, is.restores, is.noted}, n})
		}
	}
	return all, nil
}

// identity is the mail that a file's content holds, by index, and its number of restores and
// of notes.
type identity struct{ mail, restores, noted int }

// identify returns which mail a file holds, and checks that it is unharmed.
func (w *world) identify(n *fakedisk.Inode) (*mail, identity, error) {
	known := func(id identity) (*mail, identity, error) {
		m := w.mails[id.mail]
		if !m.unreadable && !m.odd && (n.Mode != 0o660 || n.UID != listUID || n.GID != listGID) {
			return nil, id, fmt.Errorf("has mode %o and owner %d:%d", n.Mode, n.UID, n.GID)
		}
		return m, id, nil
	}
	// Most files are the same in most of the disks that one power cut leaves.
	cached := len(n.Data) > 0 && len(n.Data) < 4096
	if cached {
		if id, ok := w.identities[&n.Data[0]][len(n.Data)]; ok {
			return known(id)
		}
	}
	id, err := w.identifyContent(n.Data)
	if err != nil {
		return nil, id, err
	}
	if cached {
		if w.identities[&n.Data[0]] == nil {
			w.identities[&n.Data[0]] = make(map[int]identity)
		}
		w.identities[&n.Data[0]][len(n.Data)] = id
	}
	return known(id)
}

func (w *world) identifyContent(data []byte) (identity, error) {
	if i := slices.IndexFunc(w.mails, func(m *mail) bool { return m.unreadable && bytes.Equal(m.file, data) }); i >= 0 {
		return identity{mail: i}, nil
	}
	c, err := message.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return identity{}, fmt.Errorf("cannot be loaded: %w", err)
	}
	part, _, err := c.Text(partKey)
	noted, _, errNoted := c.Count(notedKey)
	if err = errors.Join(err, errNoted); err != nil {
		return identity{}, err
	}
	if list, _, err := c.Texts(listKey); err != nil || list.Len() != noted*noteTexts {
		return identity{}, fmt.Errorf("has %d texts after %d notes, %v", list.Len(), noted, err)
	}
	i := slices.IndexFunc(w.mails, func(m *mail) bool {
		return m.file != nil && !m.unreadable && m.part == part && c.MsgEnd == int64(m.end) && bytes.HasPrefix(data, m.file[:m.end])
	})
	if i >= 0 {
		was, err := message.Read(bytes.NewReader(w.mails[i].file), int64(len(w.mails[i].file)))
		if err != nil {
			return identity{}, err
		}
		if old, now := metadata(was), metadata(c); !maps.Equal(old, now) {
			return identity{}, fmt.Errorf("has other metadata: %v, and had %v", now, old)
		}
		return identity{i, c.Restores(), noted}, nil
	}
	// The content is not of a mail that was there before.
	var text bytes.Buffer
	if err := c.WriteMessage(&text); err != nil {
		return identity{}, err
	}
	i = slices.IndexFunc(w.mails, func(m *mail) bool { return m.file == nil && m.text == text.String() })
	if i < 0 {
		return identity{}, fmt.Errorf("holds no message that was ever stored, of %d bytes", text.Len())
	}
	return identity{i, c.Restores(), noted}, nil
}

// metadata returns all metadata except what restoring, preserving and the scenarios set.
func metadata(c *message.Content) map[string]string {
	line, err := c.AppendMetadata(nil)
	if err != nil {
		panic(err)
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(line, &values); err != nil {
		panic(err)
	}
	texts := make(map[string]string)
	for key, value := range values {
		if !slices.Contains([]string{countKey, "whichq", movingToKey, movingFromKey, partKey, notedKey, listKey}, key) {
			texts[key] = string(value)
		}
	}
	return texts
}

// check returns an error that says which promise is broken, if one is. told is how many
// mails the operation had reported as done.
func (w *world) check(told int, again bool) error {
	all, err := w.find()
	if err != nil {
		return err
	}
	for i, m := range w.mails {
		allowed := m.before
		switch {
		case again:
			allowed = m.again
		case slices.Contains(w.told[:told], i):
			allowed = m.after
		}
		told := slices.Contains(w.told[:told], i)
		if err := m.check(all[m], allowed, again, w.disk.Links && !w.disk.Relinks && !told); err != nil {
			return fmt.Errorf("mail %d, %s: %w", i, m.id, err)
		}
	}
	return nil
}

func (m *mail) check(places []found, allowed []outcome, again, links bool) error {
	for _, f := range places {
		if !slices.Contains(allowed, f.outcome) {
			return fmt.Errorf("is %v, and may be %v", f.outcome, allowed)
		}
		if m.odd && f.outcome == m.after[0] && (f.file.Mode != 0o660 || f.file.UID != listUID || f.file.GID != listGID) {
			return fmt.Errorf("is %v with mode %o and owner %d:%d", f.outcome, f.file.Mode, f.file.UID, f.file.GID)
		}
		if m.touched == f.place && f.file.Touched.IsZero() {
			return fmt.Errorf("is %v, and has its old time", f.outcome)
		}
	}
	switch {
	case len(places) == 0 && !slices.Contains(allowed, gone):
		return fmt.Errorf("is lost, and may be %v", allowed)
	case len(places) == 2 && m.double && !again && places[0].dir != places[1].dir:
		one, other := places[0].file.Data, places[1].file.Data
		if m.carried {
			one, other = pickleOf(one), pickleOf(other)
		}
		if !bytes.Equal(one, other) {
			return fmt.Errorf("is in two places that differ: %v", places)
		}
	case len(places) == 2 && links && !again && places[0].file == places[1].file:
	case len(places) > 1 && !(m.many && (again || m.killed)):
		return fmt.Errorf("is in %d places: %v", len(places), places)
	}
	return nil
}

// pickleOf returns the message's pickle of a file, or nil if the file is not an entry.
func pickleOf(file []byte) []byte {
	c, err := message.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil
	}
	return file[:c.MsgEnd]
}

// whole returns an error if a mail that was accepted is nowhere or in two places.
func (w *world) whole() error {
	all, err := w.find()
	if err != nil {
		return err
	}
	for i, m := range w.mails {
		n := len(all[m])
		switch {
		case m.file == nil, m.part != "" && n == 0, n == 0 && slices.Contains(m.after, gone):
		case n == 0:
			return fmt.Errorf("mail %d is lost", i)
		case n > 1 && !m.double:
			return fmt.Errorf("mail %d is in %d places: %v", i, n, all[m])
		}
	}
	return nil
}

func (o outcome) String() string {
	if o == gone {
		return "gone"
	}
	return fmt.Sprintf("%v in %s (restored %d times, noted %d times)", o.state, o.dir, o.restores, o.noted)
}
