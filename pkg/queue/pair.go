package queue

import "bytes"

// Mailman 2.1 before 2.1.5 stored an entry as two files: the message in BASE.pck and
// the metadata in BASE.db, in a format of Python. Its bin/update converts them. A .pck
// next to such a .db has the name of a ready entry, but it is a stray: claiming it would
// separate the message from its metadata.

const pairExt = ".db"

// errPair is the ErrStray of half of a pair.
type errPair struct{}

func (errPair) Error() string {
	return "half of a pair of Mailman before 2.1.5: its metadata is in the .db file"
}
func (errPair) Is(target error) bool { return target == ErrStray }

const pairRemedy = "qenqueue QUEUE FILE stores its message as an entry, without that metadata"

// isPair reports whether an entry has its metadata in a separate file.
func (d *Dir) isPair(id ID) bool {
	_, err := d.dir.Lstat(id.base + pairExt)
	return err == nil
}

// CanClaim is [Dir.Look] for an entry that is to be claimed: half of a pair is [ErrStray].
func (d *Dir) CanClaim(id ID) error {
	err := d.Look(id, Ready)
	if err == nil && d.isPair(id) {
		err = &Error{Path: d.EntryPath(id, Ready), Err: errPair{}, Remedy: pairRemedy}
	}
	return err
}

// pairs are the file bases of the .db files that a listing met.
type pairs map[string]bool

// note adds the file base of a .db file, and ignores other names. The map is made for the
// first one, because hardly any queue has pairs.
func (p *pairs) note(name []byte) {
	base, ok := bytes.CutSuffix(name, []byte(pairExt))
	if !ok {
		return
	}
	if id, err := ParseID(string(base)); err == nil {
		if *p == nil {
			*p = pairs{}
		}
		(*p)[id.base] = true
	}
}

// none returns a filter that accepts the entries that keep accepts (nil: all) and that are
// not pairs.
func (p pairs) none(keep func(ID) bool) func(ID) bool {
	return func(id ID) bool { return !p[id.base] && (keep == nil || keep(id)) }
}
