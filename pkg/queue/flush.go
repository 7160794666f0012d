package queue

import (
	"errors"

	"switchboard/pkg/queue/internal/disk"
)

// groupEntries and groupBytes bound what a Batch leaves unsynced in a group, and
// so how late the first path of it is printed.
const (
	groupEntries = 1024
	groupBytes   = 32 << 20
)

// otherFiles is how many files are open beside those of a Batch, at most.
// fewFiles more have room without a Reserve.
const (
	otherFiles = 32
	fewFiles   = 32
)

// Flush makes all that was added durable entries, and tells their paths to
// stored. Call it before anything that may wait. On an error the entries that
// were not told are not stored, but for those whose name could not be made
// durable: they may be there.
func (b *Batch) Flush() error {
	err := b.next()
	return errors.Join(err, b.settle())
}

// next begins the next group: the last one's sync is started, once the one
// before it is done with.
func (b *Batch) next() error {
	err := b.settle()
	if len(b.group) > 0 {
		files := make([]disk.File, len(b.group))
		for i := range b.group {
			files[i] = b.group[i].file
		}
		b.syncing = &syncing{group: b.group, wait: b.dir.startSync(files)}
		b.group, b.spare = b.spare, nil
	}
	b.bytes = 0
	return err
}

// syncing is a group whose content is on its way to the disk.
type syncing struct {
	group []pending
	wait  func() []error
}

// settle waits for the group that is being synced, and makes entries of it.
func (b *Batch) settle() error {
	if b.syncing == nil {
		return nil
	}
	group, wait := b.syncing.group, b.syncing.wait
	b.syncing = nil
	b.spare = group[:0]
	var errs []error
	for i, err := range wait() {
		if err != nil {
			p := &group[i]
			errs = append(errs, &Error{Path: b.dir.EntryPath(p.id, Ready), Err: err})
			p.drop(b.dir)
			p.file = nil
		}
	}

	// A name without content would be worse than no entry: only what has been
	// synced is renamed, and only what has been renamed and synced is told.
	var oldest *pending
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
		if oldest == nil || p.id.Compare(oldest.id) < 0 {
			oldest = p
		}
	}
	if oldest == nil {
		return errors.Join(errs...)
	}
	b.dir.outdate(oldest.id)
	if !b.dir.opt.NoSync {
		if err := b.dir.dir.Sync(); err != nil {
			return errors.Join(append(errs, &Error{Path: b.dir.path, Err: err})...)
		}
	}
	for i := range group {
		if group[i].file == nil {
			continue
		}
		path := b.dir.EntryPath(group[i].id, Ready)
		if b.dir.opt.Trace != nil {
			b.dir.opt.Trace("", path)
		}
		if err := b.stored(path); err != nil {
			return errors.Join(append(errs, err)...)
		}
	}
	return errors.Join(errs...)
}

// rename gives the entry its name. Should that be taken, by the same message
// for the same list at the same time, the entry takes the next name.
func (b *Batch) rename(p *pending) error {
	for try := 0; ; try++ {
		err := error(disk.ErrExist)
		if !b.twinInFlight(p) {
			err = b.dir.renameFile(p.tmp, b.dir, p.id.Name(Ready))
		}
		if err != disk.ErrExist || try == 1000 {
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
	if b.syncing != nil {
		b.syncing.wait()
		b.group = append(b.group, b.syncing.group...)
		b.syncing = nil
	}
	for i := range b.group {
		b.group[i].drop(b.dir)
	}
	b.group, b.bytes = nil, 0
}
