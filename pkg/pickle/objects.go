package pickle

func (d *decoder) newGlobal(module, name string) error {
	return d.push(&Global{module, name}, costContainer+int64(len(module)+len(name)))
}

func (d *decoder) global(a *argument) error {
	return d.newGlobal(string(a.data), string(a.second))
}

func (d *decoder) stackGlobal(*argument) error {
	name, err := d.pop()
	if err != nil {
		return err
	}
	module, err := d.pop()
	if err != nil {
		return err
	}
	m, ok1 := globalPart(module)
	n, ok2 := globalPart(name)
	if !ok1 || !ok2 {
		return cause("name is not a short text")
	}
	return d.newGlobal(m, n)
}

func globalPart(v Value) (string, bool) {
	s, ok := v.(*String)
	if !ok || s.Kind == Bytes || s.ref != nil || len(s.held) > heldLimit {
		return "", false
	}
	return string(s.held), true
}

// object pushes the description of a call.
func (d *decoder) object(how string, callable Value, args *Tuple, kwargs Value) error {
	o := &Object{How: how, Callable: callable, Args: args, Kwargs: kwargs}
	if err := d.attachAll(&o.node, []Value{callable, args, kwargs}); err != nil {
		return err
	}
	return d.push(o, costObject)
}

func (d *decoder) inst(a *argument) error {
	class := &Global{string(a.data), string(a.second)}
	items, err := d.popMark()
	if err != nil {
		return err
	}
	args, err := d.newTuple(items)
	if err != nil {
		return err
	}
	d.spent += costContainer + int64(len(a.data)+len(a.second))
	return d.object("INST", class, args, nil)
}

func (d *decoder) obj(*argument) error {
	items, err := d.popMark()
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return cause("object without a class")
	}
	class := items[0]
	args, err := d.newTuple(items[1:])
	if err != nil {
		return err
	}
	return d.object("OBJ", class, args, nil)
}

func (d *decoder) reduce(*argument) error { return d.call("REDUCE") }
func (d *decoder) newObj(*argument) error { return d.call("NEWOBJ") }

func (d *decoder) newObjEx(*argument) error {
	kwargs, err := d.pop()
	if err != nil {
		return err
	}
	if _, ok := kwargs.(*Dict); !ok {
		return cause("keyword arguments are not a dictionary")
	}
	return d.callWith("NEWOBJ_EX", kwargs)
}

func (d *decoder) call(how string) error { return d.callWith(how, nil) }

func (d *decoder) callWith(how string, kwargs Value) error {
	v, err := d.pop()
	if err != nil {
		return err
	}
	args, ok := v.(*Tuple)
	if !ok {
		return cause("arguments are not a tuple")
	}
	callable, err := d.pop()
	if err != nil {
		return err
	}
	return d.object(how, callable, args, kwargs)
}

func (d *decoder) build(*argument) error {
	state, err := d.pop()
	if err != nil {
		return err
	}
	v, err := d.top()
	if err != nil {
		return err
	}
	o, ok := v.(*Object)
	if !ok {
		return cause("state for a value that is not an object")
	}
	if o.State != nil {
		return cause("a second state for an object")
	}
	o.State = state
	return d.attach(&o.node, state)
}

// Class returns the class that o is an instance of, as far as the call shows it:
// the callable, or the first argument of copy_reg's _reconstructor and __newobj__,
// which protocols 0 and 1 write for new-style classes.
func (o *Object) Class() (*Global, bool) {
	g, ok := o.Callable.(*Global)
	if !ok || o.How != "REDUCE" {
		return g, ok
	}
	if (g.Module == "copy_reg" || g.Module == "copyreg") && (g.Name == "_reconstructor" || g.Name == "__newobj__") {
		if args, ok := o.Args.(*Tuple); ok && len(args.Items) > 0 {
			g, ok := args.Items[0].(*Global)
			return g, ok
		}
	}
	return g, true
}
