package pickle

import (
	"slices"
	"strings"
)

// py2Modules are the modules that have another name in Python 3. In pickles of
// protocols below 3, Python 3 translates Python 2's names and knows only those.
var py2Modules = map[string]string{"builtins": "__builtin__", "copyreg": "copy_reg"}

func (e *encoder) global(g *Global) error {
	module := g.Module
	if old, ok := py2Modules[module]; ok && e.target == Python2 {
		module = old
	}
	if strings.Contains(module+g.Name, "\n") || module == "" || g.Name == "" {
		return unwritable("the name %q.%q", g.Module, g.Name)
	}
	if strings.Contains(g.Name, ".") {
		// Below protocol 4, Python looks a dotted name up as it is.
		return unwritable("the name of a nested class, %q", g.Name)
	}
	e.out = append(e.out, opGlobal)
	e.out = append(append(e.out, module...), '\n')
	e.out = append(append(e.out, g.Name...), '\n')
	return nil
}

// object writes the call. Like tuple, it drops the call again if the object is in the
// memo by then.
func (e *encoder) object(o *Object, depth int) error {
	args, ok := o.Args.(*Tuple)
	if !ok {
		return unwritable("arguments are not a tuple")
	}
	call, drop, err := e.call(o, args, depth)
	if err != nil {
		return err
	}
	if _, made := e.memo[o]; made {
		e.out = append(e.out, drop...)
		e.known(o)
		return nil
	}
	e.out = append(e.out, call)
	e.remember(o)
	if err := e.items(o.Items, depth); err != nil {
		return err
	}
	if err := e.pairs(o.Pairs, depth); err != nil {
		return err
	}
	if o.State != nil {
		if err := e.value(o.State, depth+1); err != nil {
			return err
		}
		e.out = append(e.out, opBuild)
	}
	return nil
}

// call writes the parts of an object. It returns the opcode that makes the object,
// and the ones that remove the parts from the stack instead.
func (e *encoder) call(o *Object, args *Tuple, depth int) (call byte, drop []byte, err error) {
	switch o.How {
	case "INST", "OBJ":
		e.out = append(e.out, opMark)
		if err := e.value(o.Callable, depth+1); err != nil {
			return 0, nil, err
		}
		return opObj, []byte{opPopMark}, e.values(args.Items, depth)
	case "REDUCE":
		call = opReduce
	case "NEWOBJ":
		call = opNewObj
	case "NEWOBJ_EX":
		call = opNewObjEx
	default:
		return 0, nil, unwritable("an object made by %q", o.How)
	}
	drop = []byte{opPop, opPop}
	if err := e.values([]Value{o.Callable, e.times(o, args)}, depth); err != nil {
		return 0, nil, err
	}
	if call == opNewObjEx {
		if e.target == Python2 {
			return 0, nil, unwritable("an object with keyword arguments, for Python 2")
		}
		if o.Kwargs == nil {
			return 0, nil, unwritable("an object without the keyword arguments of %s", o.How)
		}
		drop = append(drop, opPop)
		err = e.value(o.Kwargs, depth+1)
	}
	return call, drop, err
}

// times returns the arguments of an object. The str in which Python 2 keeps a
// datetime becomes the bytes that Python 3 expects.
func (e *encoder) times(o *Object, args *Tuple) *Tuple {
	if e.target != Python3 {
		return args
	}
	if _, ok := Simplify(o).(*Moment); !ok {
		return args
	}
	if s, ok := args.Items[0].(*String); !ok || s.Kind != ByteString {
		return args
	}
	items := slices.Clone(args.Items)
	items[0] = bytesOf(args.Items[0])
	return &Tuple{Items: items}
}
