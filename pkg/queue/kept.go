package queue

// Kept is a preserved entry that is being carried to another kind of queue. Until it is let go,
// nobody else can release, move or discard it: otherwise there could be two of it.
type Kept struct {
	*Entry
	// Remove deletes the entry, durably, and LetGo lets others change it again.
	Remove, LetGo func() error
}

// end ends the carrying of an entry. If the other queue has it, end removes it before others can
// change it.
func (k *Kept) end(stored bool) error {
	end := k.LetGo
	if stored {
		end = k.Remove
	}
	err := end()
	k.Close()
	return err
}

// keep opens a preserved entry, and locks it as those do who want to change it.
func (d *Dir) keep(id ID) (*Kept, error) {
	c := &change{dir: d, asks: &request{verb: discards, from: Preserved}, id: id, path: d.EntryPath(id, Preserved)}
	if err := c.takeLocked(); err != nil {
		c.close()
		return nil, err
	}
	e, err := readEntry(&Entry{ID: id, State: Preserved, Info: Info{c.found.stat}, path: c.path, file: c.file})
	if err != nil {
		if e != nil {
			e.Close()
		}
		return nil, err
	}
	return &Kept{Entry: e, Remove: func() error { return d.removeKept(id) }, LetGo: func() error { return nil }}, nil
}

// removeKept deletes a preserved entry that another queue has.
func (d *Dir) removeKept(id ID) error {
	err := d.unlinkMoved(id, Preserved)
	if err == nil {
		err = d.Sync()
	}
	return err
}
