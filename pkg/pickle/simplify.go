package pickle

import "io"

// Simplify returns the plain value that an object stands for, and every other value
// as it is. It knows the calls of Python's own plain types and no others:
//
//   - set and frozenset of a list or a tuple: *[Set], which keeps an item that is
//     there twice;
//   - _codecs.encode of a text to Latin-1, which is how Python 3 writes bytes
//     in protocols 0 to 2; bytes and bytearray: *[String] of kind Bytes;
//   - datetime's datetime, date and time: *[Moment]; timedelta: [Delta].
//
// Simplify does not look into the items of a value. The result shares them.
func Simplify(v Value) Value {
	o, ok := v.(*Object)
	if !ok || o.How != "REDUCE" || o.Kwargs != nil || o.Items != nil || o.Pairs != nil {
		return v
	}
	if o.State != nil {
		if _, none := o.State.(None); !none {
			return v
		}
	}
	g, ok := o.Callable.(*Global)
	args, isTuple := o.Args.(*Tuple)
	if !ok || !isTuple {
		return v
	}
	var plain Value
	switch g.Module {
	case "__builtin__", "builtins":
		plain = simplifyBuiltin(g.Name, args.Items)
	case "_codecs":
		if g.Name == "encode" {
			plain = simplifyEncode(args.Items)
		}
	case "datetime":
		plain = simplifyTime(o, g.Name, args.Items)
	}
	if plain == nil {
		return v
	}
	return plain
}

func simplifyBuiltin(name string, args []Value) Value {
	switch name {
	case "set", "frozenset":
		s := &Set{Frozen: name == "frozenset"}
		switch {
		case len(args) == 0:
			return s
		case len(args) > 1:
			return nil
		}
		switch in := args[0].(type) {
		case *List:
			s.Items = in.Items
		case *Tuple:
			s.Items = in.Items
		default:
			return nil
		}
		return s
	case "bytes", "bytearray":
		s := simplifyBytes(args)
		if s == nil {
			return nil
		}
		if name == "bytearray" {
			array := *s
			array.Array = true
			s = &array
		}
		return s
	}
	return nil
}

// simplifyBytes is bytes(), bytes(b) and bytes(text, 'latin-1').
func simplifyBytes(args []Value) *String {
	switch len(args) {
	case 0:
		return NewString(Bytes, nil)
	case 1:
		return bytesOf(args[0])
	case 2:
		s, _ := simplifyEncode(args).(*String)
		return s
	}
	return nil
}

// bytesOf returns a value as bytes. The value may itself be a call, or a str of Python
// 2, which holds bytes.
func bytesOf(v Value) *String {
	s, ok := v.(*String)
	if !ok {
		o, ok := v.(*Object)
		if !ok {
			return nil
		}
		// One level only: no Python writes more, and a file could nest them
		// without end.
		g, ok := o.Callable.(*Global)
		if !ok || g.Module == "datetime" || g.Name == "bytearray" {
			return nil
		}
		if args, ok := o.Args.(*Tuple); ok && g.Name == "bytes" && len(args.Items) > 0 {
			return nil
		}
		s, ok = Simplify(o).(*String)
		if !ok {
			return nil
		}
	}
	if s.Kind == Unicode {
		return nil
	}
	return &String{Kind: Bytes, held: s.held, ref: s.ref}
}

// simplifyEncode is text.encode('latin-1').
func simplifyEncode(args []Value) Value {
	if len(args) != 2 {
		return nil
	}
	text, ok1 := args[0].(*String)
	codec, ok2 := args[1].(*String)
	if !ok1 || !ok2 || text.Kind == Bytes {
		return nil
	}
	switch string(codec.held) {
	case "latin1", "latin-1":
	default:
		return nil
	}
	if text.Kind == ByteString {
		// Python 3 loads it as ASCII text.
		if text.ref != nil || !IsASCII(text.held) {
			return nil
		}
		return &String{Kind: Bytes, held: text.held}
	}
	size, ok := text.latin1()
	switch {
	case !ok:
		return nil
	case text.ref == nil:
		held, err := narrowed(make([]byte, 0, len(text.held)), text.held)
		if err != nil {
			return nil
		}
		return &String{Kind: Bytes, held: held}
	}
	ref := text.ref
	return &String{Kind: Bytes, ref: &reference{file: ref.file, off: ref.off, raw: ref.raw, coding: ref.coding, narrow: true, size: size}}
}

var _ io.WriterTo = (*String)(nil)
