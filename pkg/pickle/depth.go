package pickle

// checkDepth measures the nesting of containers that changed after they had become
// part of others. A container that contains itself is as deep as the path to where
// it appears again.
func checkDepth(root Value) error {
	type visit struct {
		v    Value
		rest []Value
		deep int32
	}
	const under = -1 // on the path from the root to here
	height := make(map[*node]int32)
	var way []visit
	enter := func(v Value) {
		n := nodeOf(v)
		if n == nil {
			if _, ok := v.(*Groups); ok {
				top := &way[len(way)-1]
				top.deep = max(top.deep, 1) // its lists have only texts
			}
			return
		}
		if h := height[n]; h != 0 {
			if h != under && len(way) > 0 {
				top := &way[len(way)-1]
				top.deep = max(top.deep, h)
			}
			return
		}
		height[n] = under
		way = append(way, visit{v: v, rest: AppendChildren(nil, v)})
	}
	enter(root)
	for len(way) > 0 {
		top := &way[len(way)-1]
		if len(top.rest) > 0 {
			v := top.rest[0]
			top.rest = top.rest[1:]
			enter(v)
			continue
		}
		h := top.deep + 1
		if h > depthLimit {
			return errDeep
		}
		height[nodeOf(top.v)] = h
		way = way[:len(way)-1]
		if len(way) > 0 {
			top := &way[len(way)-1]
			top.deep = max(top.deep, h)
		}
	}
	return nil
}

// AppendChildren appends the values that v contains, in no order that matters. It
// appends nothing for a value that is not a container, and nil for the parts that an
// [Object] does not have. It is for walking a value; the walk must expect values
// that are shared or contain themselves.
func AppendChildren(to []Value, v Value) []Value {
	switch v := v.(type) {
	case *Tuple:
		return append(to, v.Items...)
	case *List:
		return append(to, v.Items...)
	case *Set:
		return append(to, v.Items...)
	case *Dict:
		return flat(to, v.Pairs)
	case *Object:
		to = append(to, v.Callable, v.Args, v.Kwargs, v.State)
		return flat(append(to, v.Items...), v.Pairs)
	}
	return to
}

func flat(to []Value, pairs []Pair) []Value {
	for _, p := range pairs {
		to = append(to, p.Key, p.Value)
	}
	return to
}
