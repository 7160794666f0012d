package queue

import (
	"bytes"
	"errors"
	"io"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// move renames an entry within the queue or into another one on the same
// filesystem, replacing nothing. The move is not durable: see Dir.Sync.
func (d *Dir) move(id ID, from State, to *Dir, as State) error {
	err := d.rename(id, from, to, as)
	if err == nil && as == Ready {
		to.outdate(id)
	}
	return err
}

// rename is move for those who outdate the claim cache for many entries at once.
func (d *Dir) rename(id ID, from State, to *Dir, as State) error {
	err := d.renameFile(id.Name(from), to, id.Name(as))
	switch err {
	case nil:
		d.touch(to)
		d.touch(d)
		d.moved(id, from, to, as)
		return nil
	case disk.ErrNotExist:
		// rename(2) says the same of a target directory that was removed.
		if _, gone := d.dir.Lstat(id.Name(from)); to != d && gone == nil {
			return &Error{Path: to.path, Err: noQueue{err}}
		}
		err = missing(from)
	case disk.ErrExist:
		return &Error{
			Path: d.EntryPath(id, from), Err: conflict(to.EntryPath(id, as)),
			Remedy: conflictRemedy,
		}
	case errNamesBusy:
		return &Error{Path: d.EntryPath(id, from), Err: err, Remedy: namesBusyRemedy}
	}
	return &Error{Path: d.EntryPath(id, from), Err: err}
}

const conflictRemedy = "compare the two files and remove the one that is not wanted"

// conflict is ErrConflict, naming the file that is in the way.
type conflict string

func (c conflict) Error() string        { return string(c) + " exists; both are kept" }
func (c conflict) Is(target error) bool { return target == ErrConflict }

// transfer moves an entry, open as *f, to another queue, wherever it is, and
// makes that durable. alone says that the caller has the entry's lock.
func (d *Dir) transfer(f *disk.File, id ID, from State, to *Dir, as State, alone bool) error {
	if err := d.moveFar(f, id, from, to, as, alone); err != nil {
		return err
	}
	if as == Ready {
		to.outdate(id)
	}
	if relinked := d.syncRelinked(); relinked != nil {
		if err := relinked(); err != nil {
			return err
		}
	}
	return d.Sync()
}

// moveFar moves an entry, open as *f, to another queue, wherever it is. That is
// not durable: see syncRelinked and Dir.Sync; nor does it outdate the claim cache. *f may
// be another file afterwards: see amend.
func (d *Dir) moveFar(f *disk.File, id ID, from State, to *Dir, as State, alone bool) error {
	err := d.rename(id, from, to, as)
	switch {
	case err == nil && to != d && !d.opt.NoSync && to.dir.Relinks():
		d.relinked = append(d.relinked, *f)
	case errors.Is(err, disk.ErrCrossDevice):
		return d.transferCopy(f, id, from, to, as, alone)
	case errors.Is(err, ErrConflict):
		return d.endMove(*f, id, from, to, as, err)
	}
	return err
}

// transferCopy moves an entry to another filesystem: note the target, sync, copy, sync,
// rename, sync, and only then unlink. A crash before the rename leaves a temporary file;
// one between rename and unlink leaves the entry under both names, and the note says
// where the other one is. There is no order without either a moment of two names or a
// moment of none.
func (d *Dir) transferCopy(f *disk.File, id ID, from State, to *Dir, as State, alone bool) error {
	if err := d.noteTarget(f, id, from, to, alone); err != nil {
		return err
	}
	fail := func(err error) error { return &Error{Path: to.EntryPath(id, as), Err: err} }
	tmp, err := to.copyIn(*f, id)
	if err != nil {
		return fail(err)
	}
	switch err := to.renameFile(tmp, to, id.Name(as)); err {
	case nil:
	case disk.ErrExist:
		to.dir.Unlink(tmp)
		return d.endMove(*f, id, from, to, as, fail(conflict(to.EntryPath(id, as))))
	default:
		to.dir.Unlink(tmp)
		return fail(err)
	}
	d.touch(to)
	if err := d.Sync(); err != nil {
		return err
	}
	d.moved(id, from, to, as)
	return d.unlinkMoved(id, from)
}

// noteTarget notes in an entry where it is about to be copied to. Nothing can be noted
// in one that cannot be read.
func (d *Dir) noteTarget(f *disk.File, id ID, from State, to *Dir, alone bool) error {
	fail := func(err error) error { return &Error{Path: d.EntryPath(id, from), Err: err} }
	st, err := (*f).Stat()
	if err != nil {
		return fail(err)
	}
	c, err := message.Read(*f, st.Size)
	if errors.Is(err, ErrMalformed) {
		return nil
	}
	if err != nil {
		return fail(err)
	}
	defer c.Release()
	var set []message.Setting
	if c.MovingTo() != to.resolved() {
		set = append(set, message.Setting{Key: movingKey, Value: to.resolved()})
	}
	*f, err = d.amend(*f, st, id, from, c, alone, set)
	return err
}

// endMove completes a move whose new name is taken, if a crash interrupted it after the
// copy was in place. If what is there is another entry, that is the conflict why.
func (d *Dir) endMove(f disk.File, id ID, from State, to *Dir, as State, why error) error {
	st, err := f.Stat()
	if err != nil {
		return &Error{Path: d.EntryPath(id, from), Err: err}
	}
	c, err := message.Read(f, st.Size)
	if err != nil && !errors.Is(err, ErrMalformed) {
		return &Error{Path: d.EntryPath(id, from), Err: err}
	}
	noted := false
	if err == nil {
		defer c.Release()
		noted = c.MovingTo() == to.resolved()
	}
	there, _, err := to.openTwin(&entryOf{f, st, id, from, c}, as, noted)
	if err != nil {
		return err
	}
	if there == nil {
		return why
	}
	defer there.Close()
	return d.complete(&twin{queue: to, as: as, file: there}, id, from)
}

func (d *Dir) unlinkMoved(id ID, from State) error {
	if err := d.dir.Unlink(id.Name(from)); err != nil && err != disk.ErrNotExist {
		return &Error{Path: d.EntryPath(id, from), Err: err}
	}
	d.touch(d)
	return nil
}

// copyIn copies an open entry to a temporary file of this queue, with its
// owner, group and mode, makes the content durable, and returns the file's
// name. That is a new one each time: two processes may preserve one entry at
// once, and what one of them has half written must not get the entry's name.
func (d *Dir) copyIn(from disk.File, id ID) (name string, err error) {
	st, err := from.Stat()
	if err != nil {
		return "", err
	}
	f, name, err := d.createTemporary(id.time)
	if err != nil {
		return "", err
	}
	have, err := f.Stat()
	if err == nil {
		err = copyTo(f, from, st.Size)
	}
	if err == nil {
		err = give(f, have, st, st.Mode&0o777)
	}
	if err == nil && !d.opt.NoSync {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		d.dir.Unlink(name)
	}
	return name, err
}

// copyTo copies the first size bytes. Fewer are an error: somebody has cut the
// file off.
func copyTo(to io.WriterAt, from io.ReaderAt, size int64) error {
	n, err := io.CopyBuffer(onlyWriter{io.NewOffsetWriter(to, 0)}, onlyReader{io.NewSectionReader(from, 0, size)}, make([]byte, 128<<10))
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// onlyWriter and onlyReader hide the methods by which io.CopyBuffer would do
// without the buffer.
type onlyWriter struct{ io.Writer }
type onlyReader struct{ io.Reader }

func sameBytes(a, b io.ReaderAt, size int64) (bool, error) {
	var bufA, bufB [32 << 10]byte
	for off := int64(0); off < size; {
		n := min(size-off, int64(len(bufA)))
		if _, err := a.ReadAt(bufA[:n], off); err != nil {
			return false, err
		}
		if _, err := b.ReadAt(bufB[:n], off); err != nil {
			return false, err
		}
		if !bytes.Equal(bufA[:n], bufB[:n]) {
			return false, nil
		}
		off += n
	}
	return true, nil
}
