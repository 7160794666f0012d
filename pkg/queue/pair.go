package queue

import "bytes"

// Mailman 2.1 before 2.1.5 stored an entry as two files: the message in BASE.pck and
// the metadata in BASE.db, a format of Python's own. Its bin/update converts them. A
// .pck beside such a .db bears the name of a ready entry, and is a stray all the
// same: claiming it would take the message away from its metadata.

const pairExt = ".db"

// errPair is ErrStray in the words of a pair.
type errPair struct{}

func (errPair) Error() string {
	return "half of a pair of Mailman before 2.1.5: its metadata is in the .db file"
}
func (errPair) Is(target error) bool { return target == ErrStray }

const pairRemedy = "qenqueue QUEUE FILE stores its message as an entry, without that metadata"

// isPair reports whether an entry's message has its metadata in a file of its own.
func (d *Dir) isPair(id ID) bool {
	_, err := d.dir.Lstat(id.base + pairExt)
	return err == nil
}

// CanClaim is Look for an entry that is to be claimed: half of a pair is ErrStray.
func (d *Dir) CanClaim(id ID) error {
	err := d.Look(id, Ready)
	if err == nil && d.isPair(id) {
		err = &Error{Path: d.EntryPath(id, Ready), Err: errPair{}, Remedy: pairRemedy}
	}
	return err
}

// pairs are the file bases of the .db files that a listing met.
type pairs map[string]bool

// note takes a name of the listing. There are hardly ever any.
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

// none accepts the entries that are not pairs, of those that keep (nil: all) accepts.
func (p pairs) none(keep func(ID) bool) func(ID) bool {
	return func(id ID) bool { return !p[id.base] && (keep == nil || keep(id)) }
}
