package queue

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"

	"switchboard/pkg/message"
)

// Derive returns the file base of an entry that is made from this one: it has the same
// time, and a digest that depends only on the two names. If a crash interrupts the work, it
// is therefore found when the work is done again.
func (id ID) Derive(part string) ID {
	when, _, _ := strings.Cut(id.base, "+")
	digest := sha1.Sum([]byte("part\x00" + id.base + "\x00" + part))
	return ID{base: when + "+" + hex.EncodeToString(digest[:]), time: id.time, digest: digest}
}

func (c *claim) Split(part string, set ...message.Setting) (path string, err error) {
	shunt, err := c.dir.newShunt()
	if err != nil {
		return "", err
	}
	defer shunt.Close()
	id := c.ID.Derive(part)
	found := facts{content: c.Content, origin: c.dir.origin(c.Content)}
	set = append(append(set[:len(set):len(set)], found.noteOrigin()...), found.resetCount()...)
	if path, err := shunt.storedAs(id, c.file, c.Content.MsgEnd); path != "" || err != nil {
		return path, err
	}
	tmp, err := c.copyPart(shunt, id, set)
	if err == nil {
		if err = shunt.renameFile(tmp, shunt, id.Name(Ready)); err != nil {
			shunt.dir.Unlink(tmp)
		}
	}
	if err == nil && !shunt.opt.NoSync {
		err = shunt.dir.Sync()
	}
	if err != nil {
		return "", &Error{Path: shunt.EntryPath(id, Ready), Err: err}
	}
	shunt.announce(func(yield func(ID) bool) { yield(id) })
	about := shunt.about(c.Content)
	if about != nil {
		about.Restores = 0
	}
	shunt.trace(shunt.event(WasSplit, id, Stray, shunt, Ready, about))
	return shunt.EntryPath(id, Ready), nil
}

// copyPart copies the claimed entry to a temporary file of another queue, with set in its
// metadata. The content is durable.
func (c *claim) copyPart(to *Dir, id ID, set []message.Setting) (tmp string, err error) {
	tmp, err = to.copyIn(c.file, id)
	if err != nil || len(set) == 0 {
		return tmp, err
	}
	err = c.patchPart(to, tmp, set)
	if err != nil {
		to.dir.Unlink(tmp)
	}
	return tmp, err
}

func (c *claim) patchPart(to *Dir, tmp string, set []message.Setting) error {
	patch, err := c.Content.Patch(set...)
	if err != nil {
		return err
	}
	f, err := to.dir.OpenRW(tmp)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err == nil {
		err = writeTail(f, st.Size, patch)
	}
	if err == nil {
		err = flip(f, patch)
	}
	if err == nil && !to.opt.NoSync {
		err = f.Sync()
	}
	return err
}
