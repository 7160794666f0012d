package queue

import "switchboard/pkg/queue/internal/disk"

// Preserve notes the origin of an entry in flight in its metadata, moves the entry to the
// bad queue, and returns its new path. The move is durable. On an error the entry stays in
// flight.
func (d *Dir) Preserve(id ID) (path string, err error) {
	return d.preserve(id, nil)
}

func (c *claim) Preserve() (path string, err error) {
	defer c.Close()
	return c.dir.preserve(c.ID, c)
}

func (d *Dir) preserve(id ID, claim *claim) (path string, err error) {
	r := &request{verb: preserves, from: InFlight, named: true, claim: claim}
	return d.carryOutOne(id, r)
}

// PreserveEntries preserves many entries, which share syncs. It calls done with each
// outcome once it is durable.
func (d *Dir) PreserveEntries(ids []ID, done func(Outcome, error)) {
	d.carryOut(nil, these(ids...), &request{verb: preserves, from: InFlight, named: true}, done)
}

// preserveMalformed preserves an entry that turned out to be malformed when it was
// claimed. f holds its lock, and stays open.
func (d *Dir) preserveMalformed(f disk.File, id ID) (path string, err error) {
	r := &request{verb: preserves, from: InFlight, named: true}
	c := &change{dir: d, asks: r, id: id, path: d.EntryPath(id, InFlight), file: f, borrowed: true}
	c.plan = r.plan(&c.found)
	c.err = c.write()
	d.carryOut([]*change{c}, these(), r, func(o Outcome, failed error) { path, err = o.To, failed })
	return path, err
}

// planPreserve notes the entry's origin. A malformed entry is preserved unchanged, because
// it has no metadata to note it in.
func planPreserve(f *facts) plan {
	p := plan{to: target{kind: toBadQueue}, as: Preserved}
	if f.content != nil {
		p.sets, p.set = true, f.noteOrigin()
	}
	return p
}

// badPath returns the path of the bad queue.
func (d *Dir) badPath() string {
	if d.opt.Bad != "" {
		return d.opt.Bad
	}
	return sibling(d.path, "bad")
}

// openBad opens the bad queue, and makes it if it is missing.
func (d *Dir) openBad() (*Dir, error) {
	if d.bad != nil {
		return d.bad, nil
	}
	bad, err := d.create(d.badPath(), d.opt.Bad == "")
	if err != nil {
		return nil, err
	}
	d.bad = bad
	return bad, nil
}
