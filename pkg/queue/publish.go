package queue

import (
	"errors"
	"io"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// unsynced is a message in a temporary file that is not yet an entry. file is nil before
// the file is made and after the message was discarded.
type unsynced struct {
	file disk.File
	// tmp is the file's name, id the file base of the entry to come.
	tmp string
	id  ID
	// message is the length of the message's pickle.
	message int64
	// next returns another file base. It is nil if the file base was given: an entry that is
	// there and has the same message is this one.
	next func() ID
	// there is the path of the entry if it was there before. taken means that it is a copy of
	// another entry, whose event the caller tells.
	there string
	taken bool
	// about describes the entry in its event.
	about *About
	// synced waits for the sync of the file, if that has begun. It is called once.
	synced func() error
}

// makeFile makes the temporary file. It is named after the entry if the file base is
// known, unless another process is writing the same entry; otherwise it has the time at.
func (u *unsynced) makeFile(d *Dir, at float64) (err error) {
	if u.id != (ID{}) {
		u.tmp = u.id.Name(Temporary)
		if u.file, err = d.dir.Create(u.tmp); !errors.Is(err, disk.ErrExist) {
			return err
		}
	}
	u.file, u.tmp, err = d.createTemporary(at)
	return err
}

// discard closes and deletes the temporary file, if there is one.
func (u *unsynced) discard(d *Dir) {
	if u.file == nil {
		return
	}
	if u.synced != nil {
		u.synced() // it uses the descriptor
	}
	u.file.Close()
	d.dir.Unlink(u.tmp)
	u.file = nil
}

// syncing is a group whose content is on its way to the disk.
type syncing struct {
	group []unsynced
	// wait is what startSyncGroup returned.
	wait func() []error
}

// startSyncGroup is startSync of a group, except for the files whose sync has begun.
func (d *Dir) startSyncGroup(group []unsynced) (wait func() []error) {
	files := make([]disk.File, 0, len(group))
	for i := range group {
		if group[i].synced == nil {
			files = append(files, group[i].file)
		}
	}
	waitRest := d.startSync(files)
	if len(files) == len(group) {
		return waitRest
	}
	return func() []error {
		rest := waitRest()
		errs := make([]error, len(group))
		for i := range group {
			if synced := group[i].synced; synced != nil {
				errs[i], group[i].synced = synced(), nil
			} else if len(rest) > 0 {
				errs[i], rest = rest[0], rest[1:]
			}
		}
		return errs
	}
}

// publish waits for the group that is being synced and makes its messages entries: it
// renames the files, syncs the directory, and calls stored. It discards a message that
// failed, and those after it: see batch.failed.
func (b *batch) publish() error {
	if b.syncing == nil {
		return nil
	}
	group, wait := b.syncing.group, b.syncing.wait
	b.syncing = nil
	b.spareGroup = group[:0]
	errs := []error{b.failed}

	// An entry without its content would be worse than no entry, so only synced files
	// are renamed. The caller may forget a message that it was told of, so only entries
	// whose names are synced are told.
	renamed, failed := b.renameGroup(group, wait())
	errs = append(errs, failed...)
	if renamed && !b.dir.opt.NoSync {
		if err := b.dir.syncNames(); err != nil {
			b.failed = &Error{Path: b.dir.path, Err: err}
			return errors.Join(append(errs, b.failed)...)
		}
	}
	for i := range group {
		if group[i].file == nil {
			continue
		}
		if err := b.tell(&group[i]); err != nil {
			return errors.Join(append(errs, err)...)
		}
	}
	return errors.Join(errs...)
}

// renameGroup renames and closes the files of a group. It leaves their file fields set:
// nil means discarded. failures holds the error of each file's sync or nil, or is empty.
// It reports whether it renamed any.
func (b *batch) renameGroup(group []unsynced, failures []error) (renamed bool, errs []error) {
	for i := range group {
		u := &group[i]
		if b.failed != nil {
			u.discard(b.dir)
			continue
		}
		var err error
		if i < len(failures) {
			err = failures[i]
		}
		if err == nil {
			err = b.rename(u)
		}
		if err != nil {
			err = b.fail(u, err)
			errs = append(errs, err)
			if !u.taken {
				b.failed = err
			}
			continue
		}
		u.file.Close()
		renamed = true
	}
	if renamed {
		b.dir.announce(func(yield func(ID) bool) {
			for i := range group {
				if group[i].file != nil && group[i].there == "" && !yield(group[i].id) {
					return
				}
			}
		})
	}
	return renamed, errs
}

// fail discards a message, and returns err with the path that the entry would have had.
func (b *batch) fail(u *unsynced, err error) error {
	u.discard(b.dir)
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{Path: b.dir.EntryPath(u.id, Ready), Err: err}
}

// tell tells the caller of the batch that an entry is durable.
func (b *batch) tell(u *unsynced) error {
	if u.there != "" {
		return b.stored(u.there)
	}
	if !u.taken {
		b.dir.trace(b.dir.event(WasStored, u.id, Stray, b.dir, Ready, u.about))
	}
	return b.stored(b.dir.EntryPath(u.id, Ready))
}

// rename gives the entry its name. If that is taken, by the same message for the same
// list at the same time, the entry gets the next name.
func (b *batch) rename(u *unsynced) error {
	if u.next == nil {
		return b.renameGiven(u)
	}
	for try := 0; ; try++ {
		err := error(disk.ErrExist)
		if !b.twinInFlight(u) {
			err = b.dir.renameFile(u.tmp, b.dir, u.id.Name(Ready))
		}
		if err != disk.ErrExist || try == 1000 {
			return err
		}
		u.id = u.next()
	}
}

// twinInFlight reports whether a claimed entry has the same file base: it could then not
// be restored. This can only happen if the name depends only on what was stored.
func (b *batch) twinInFlight(u *unsynced) bool {
	if b.dir.opt.Format != message.Mailman3 {
		return false
	}
	_, err := b.dir.dir.Lstat(u.id.Name(InFlight))
	return err == nil
}

// renameGiven gives the entry the file base that the caller gave, unless it is there already:
// a run that was killed may have stored it.
func (b *batch) renameGiven(u *unsynced) error {
	for try := 0; ; try++ {
		path, err := b.dir.storedAs(u.id, u.file, u.message)
		if err != nil {
			return err
		}
		if path != "" {
			u.there = path
			return b.dir.dir.Unlink(u.tmp)
		}
		err = b.dir.renameFile(u.tmp, b.dir, u.id.Name(Ready))
		if err != disk.ErrExist || try > 0 {
			return err
		}
	}
}

// storedAs returns the path of the entry called id, in any state, if its message is the one
// whose pickle is the first size bytes of r. It returns "" if there is no such entry, and
// ErrConflict if the entry has another message. The entry is durable.
func (d *Dir) storedAs(id ID, r io.ReaderAt, size int64) (path string, err error) {
	for _, s := range anyState {
		f, st, err := d.open(id, s, disk.Dir.Open)
		if errors.Is(err, ErrState) {
			continue
		}
		if err != nil {
			return "", err
		}
		defer f.Close()
		path := d.EntryPath(id, s)
		there, err := message.Read(f, st.Size)
		if err != nil {
			return "", &Error{Path: path, Err: err}
		}
		defer there.Release()
		same := there.MsgEnd == size
		if same {
			same, err = sameBytes(r, f, size)
		}
		if err == nil && !same {
			err = otherMessage{}
		}
		if err == nil && !d.opt.NoSync {
			// The run that stored it may have been killed before it was durable.
			if err = f.Sync(); err == nil {
				err = d.syncNames()
			}
		}
		if err != nil {
			return "", &Error{Path: path, Err: err}
		}
		return path, nil
	}
	return "", nil
}

// otherMessage is the ErrConflict of a file base that another message has.
type otherMessage struct{}

func (otherMessage) Error() string        { return "another message has this name; it is kept" }
func (otherMessage) Is(target error) bool { return target == ErrConflict }
