package pickle

// batch is how many items go into one APPENDS or SETITEMS, as in CPython: it keeps
// a loader's stack small.
const batch = 1000

func (e *encoder) items(items []Value, depth int) error {
	for len(items) > 0 {
		n := min(batch, len(items))
		e.out = append(e.out, opMark)
		if err := e.values(items[:n], depth); err != nil {
			return err
		}
		e.out = append(e.out, opAppends)
		items = items[n:]
	}
	return nil
}

func (e *encoder) values(items []Value, depth int) error {
	for _, v := range items {
		if err := e.value(v, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) pairs(pairs []Pair, depth int) error {
	for len(pairs) > 0 {
		n := min(batch, len(pairs))
		e.out = append(e.out, opMark)
		for _, p := range pairs[:n] {
			if err := e.value(p.Key, depth+1); err != nil {
				return err
			}
			if err := e.value(p.Value, depth+1); err != nil {
				return err
			}
		}
		e.out = append(e.out, opSetItems)
		pairs = pairs[n:]
	}
	return nil
}

// tuple writes a tuple after its items. If one of the items contains the tuple, the
// tuple is in the memo by then, and the outer one is dropped.
func (e *encoder) tuple(t *Tuple, depth int) error {
	if len(t.Items) == 0 {
		e.out = append(e.out, opEmptyTuple)
		return nil
	}
	e.out = append(e.out, opMark)
	if err := e.values(t.Items, depth); err != nil {
		return err
	}
	if _, ok := e.memo[t]; ok {
		e.out = append(e.out, opPopMark)
		e.known(t)
		return nil
	}
	e.out = append(e.out, opTuple)
	e.remember(t)
	return nil
}

func (e *encoder) set(s *Set, depth int) error {
	if e.target == Python3 && !s.Frozen {
		e.out = append(e.out, opEmptySet)
		e.remember(s)
		for items := s.Items; len(items) > 0; {
			n := min(batch, len(items))
			e.out = append(e.out, opMark)
			if err := e.values(items[:n], depth); err != nil {
				return err
			}
			e.out = append(e.out, opAddItems)
			items = items[n:]
		}
		return nil
	}
	name := "set"
	if s.Frozen {
		name = "frozenset"
	}
	if e.target == Python3 {
		e.out = append(e.out, opMark)
		if err := e.values(s.Items, depth); err != nil {
			return err
		}
		if _, ok := e.memo[s]; ok {
			e.out = append(e.out, opPopMark)
			e.known(s)
			return nil
		}
		e.out = append(e.out, opFrozenSet)
		e.remember(s)
		return nil
	}
	// set([...]): Python 2 has no opcode for sets.
	if err := e.global(&Global{"__builtin__", name}); err != nil {
		return err
	}
	e.out = append(e.out, opMark, opEmptyList)
	if err := e.items(s.Items, depth+1); err != nil {
		return err
	}
	if _, ok := e.memo[s]; ok {
		e.out = append(e.out, opPopMark, opPop)
		e.known(s)
		return nil
	}
	e.out = append(e.out, opTuple, opReduce)
	e.remember(s)
	return nil
}
