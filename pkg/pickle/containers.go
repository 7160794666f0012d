package pickle

// attach notes that child becomes part of the container with the given node.
func (d *decoder) attach(parent *node, child Value) error {
	c := nodeOf(child)
	if c == nil {
		return nil
	}
	c.attached = true
	switch {
	case parent.attached:
		// The containers around the parent have already counted the parent's depth, and
		// the child may contain the parent.
		d.recheck = true
	case c.depth >= parent.depth:
		parent.depth = c.depth + 1
		if parent.depth >= depthLimit {
			return errDeep
		}
	}
	return nil
}

const errDeep = cause("nested too deeply")

func (d *decoder) attachAll(parent *node, items []Value) error {
	for _, v := range items {
		if err := d.attach(parent, v); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) emptyTuple(*argument) error { return d.push(d.slab.tuples.one(), costContainer) }
func (d *decoder) emptyDict(*argument) error  { return d.push(d.slab.dicts.one(), costContainer) }
func (d *decoder) emptySet(*argument) error   { return d.push(&Set{}, costContainer) }

func (d *decoder) emptyList(*argument) error {
	l := d.slab.lists.one()
	d.pack.made(l)
	return d.push(l, costContainer)
}

// newTuple makes a tuple of items, which may be part of the stack.
func (d *decoder) newTuple(items []Value) (*Tuple, error) {
	t := d.slab.tuples.one()
	t.Items = d.itemsOf(items)
	d.spent += costSlot * int64(len(items))
	return t, d.attachAll(&t.node, items)
}

// itemsOf returns the items of a new container.
func (d *decoder) itemsOf(items []Value) []Value {
	if len(items) > 3 {
		if ids, ok := d.pack.take(len(items)); ok {
			return d.pack.appendTexts(nil, ids)
		}
	}
	return d.slab.copyValues(items)
}

func (d *decoder) tuple(*argument) error {
	items, err := d.popMark()
	if err != nil {
		return err
	}
	t, err := d.newTuple(items)
	if err != nil {
		return err
	}
	return d.push(t, costContainer)
}

func (d *decoder) tupleOf(n int) error {
	for range n {
		if _, err := d.pop(); err != nil {
			return err
		}
	}
	t, err := d.newTuple(d.stack[len(d.stack) : len(d.stack)+n])
	if err != nil {
		return err
	}
	return d.push(t, costContainer)
}

func (d *decoder) tuple1(*argument) error { return d.tupleOf(1) }
func (d *decoder) tuple2(*argument) error { return d.tupleOf(2) }
func (d *decoder) tuple3(*argument) error { return d.tupleOf(3) }

func (d *decoder) list(*argument) error {
	items, err := d.popMark()
	if err != nil {
		return err
	}
	l := d.slab.lists.one()
	if len(items) > 0 {
		d.keepLists()
	} else {
		d.pack.made(l)
	}
	l.Items = d.itemsOf(items)
	d.spent += costSlot * int64(len(items))
	if err := d.attachAll(&l.node, items); err != nil {
		return err
	}
	return d.push(l, costContainer)
}

func (d *decoder) dict(*argument) error {
	items, err := d.popMark()
	if err != nil {
		return err
	}
	dict := d.slab.dicts.one()
	if err := d.setPairs(dict, items); err != nil {
		return err
	}
	return d.push(dict, costContainer)
}

func (d *decoder) frozenSet(*argument) error {
	items, err := d.popMark()
	if err != nil {
		return err
	}
	s := &Set{Frozen: true}
	if err := d.addTo(s, items); err != nil {
		return err
	}
	return d.push(s, costContainer)
}

func (d *decoder) addItems(*argument) error {
	items, err := d.popMark()
	if err != nil {
		return err
	}
	v, err := d.top()
	if err != nil {
		return err
	}
	s, ok := v.(*Set)
	if !ok || s.Frozen {
		return cause("items for a value that is not a set")
	}
	return d.addTo(s, items)
}

func (d *decoder) appendOne(*argument) error {
	v, err := d.pop()
	if err != nil {
		return err
	}
	// The slice is part of the stack; nothing is pushed before it is copied.
	return d.extend(append(d.stack, v)[len(d.stack):])
}

func (d *decoder) appends(*argument) error {
	items, err := d.popMark()
	if err != nil {
		return err
	}
	return d.extend(items)
}

// grown returns items with room for n more. A long list doubles: append would copy it again
// and again, and the copies would take several times its memory.
func grown(items []Value, n int) []Value {
	const long = 512
	if len(items) < long || cap(items)-len(items) >= n {
		return items
	}
	return append(make([]Value, 0, 2*len(items)+n), items...)
}

// extend appends items to the list or object on top of the stack.
func (d *decoder) extend(items []Value) error {
	v, err := d.top()
	if err != nil {
		return err
	}
	var to *[]Value
	switch v := v.(type) {
	case *List:
		to = &v.Items
	case *Object:
		to = &v.Items
	default:
		return cause("items for a value that is not a list")
	}
	d.spent += costSlot * int64(len(items))
	if ids, ok := d.pack.take(len(items)); ok {
		*to = d.pack.appendTexts(*to, ids)
		return nil
	}
	if l, ok := v.(*List); ok && d.pack.group(l, items) {
		return d.attachAll(&l.node, items)
	}
	d.keepLists()
	if len(*to) == 0 {
		*to = d.slab.copyValues(items)
	} else {
		*to = append(grown(*to, len(items)), items...)
	}
	return d.attachAll(nodeOf(v), items)
}

func (d *decoder) setItem(*argument) error {
	if _, err := d.pop(); err != nil {
		return err
	}
	if _, err := d.pop(); err != nil {
		return err
	}
	return d.setTop(d.stack[len(d.stack) : len(d.stack)+2])
}

func (d *decoder) setItems(*argument) error {
	items, err := d.popMark()
	if err != nil {
		return err
	}
	return d.setTop(items)
}

func (d *decoder) setTop(items []Value) error {
	v, err := d.top()
	if err != nil {
		return err
	}
	switch v.(type) {
	case *Dict, *Object:
		return d.setPairs(v, items)
	}
	return cause("items for a value that is not a dictionary")
}
