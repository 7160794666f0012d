package message

import (
	"strings"

	"switchboard/pkg/pickle"
)

// FitsAs reports whether an entry of dialect d can hold a copy of the message
// pickle: whether that Mailman loads it and gets the same bytes. It may read the
// message.
//
// An entry does not always fit its own dialect. Ports of Mailman 2.1 to Python 3
// and the betas of Mailman 3 on Python 2 wrote objects under names that the
// released Mailman knows, but which it cannot load or cannot work with.
func (c *Content) FitsAs(d Dialect) bool {
	if d == Mailman2 && c.msgProto > 2 {
		return false
	}
	if s, ok := c.msg.(*pickle.String); ok {
		return textFits(s, d)
	}
	own := "mailman.email.message"
	if d == Mailman2 {
		own = "Mailman.Message"
	}
	if c.class.Module != own {
		// The runners call methods that other classes do not have.
		return false
	}
	l := loader{py3: d == Mailman3, proto: c.msgProto, left: 4 * c.MsgEnd}
	return l.loads(c.msg) && c.CheckText() == nil
}

func textFits(s *pickle.String, d Dialect) bool {
	switch {
	case d == Mailman2 && s.Kind == pickle.ByteString:
		return true
	case d == Mailman3 && s.Kind == pickle.Unicode:
		// Mailman 3 cannot write other characters.
		ok, err := onlyEscapes(s)
		return ok && err == nil
	}
	ascii, err := asciiOnly(s)
	return ascii && err == nil
}

// loader finds out whether a Python loads the pickle of a message with the classes
// of its Mailman, and can then write the message.
type loader struct {
	py3   bool
	proto int
	// left limits the work: values that are shared are looked at each time.
	left int64
}

// loads reports whether the Python loads root and all that it contains.
func (l *loader) loads(root pickle.Value) bool {
	todo := []pickle.Value{root}
	for len(todo) > 0 {
		if l.left--; l.left < 0 {
			return false
		}
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch v := v.(type) {
		case *pickle.String:
			if l.py3 && v.Kind == pickle.ByteString {
				// Python 3 reads these as ASCII.
				if ascii, err := asciiOnly(v); err != nil || !ascii {
					return false
				}
			}
		case *pickle.Global:
			if !l.has(v) {
				return false
			}
		case *pickle.Object:
			if !l.makes(v) {
				return false
			}
		}
		todo = pickle.AppendChildren(todo, v)
	}
	return true
}

// has reports whether the Python, or its Mailman, has what g names. Read has
// already refused the names that neither has.
func (l *loader) has(g *pickle.Global) bool {
	if l.py3 {
		switch g.Module {
		case "Mailman.Message":
			return false
		case "__builtin__", "copy_reg":
			// Python 3 translates these where Python 2 could have written them.
			return l.proto <= 2
		}
		// Python 2's old names: email.Message, email.MIMEText, email.Errors.
		name, ok := strings.CutPrefix(g.Module, "email.")
		return !ok || name[0] < 'A' || name[0] > 'Z'
	}
	switch g.Module {
	case "mailman.email.message", "mailman.utilities.datetime", "email._policybase", "builtins", "copyreg":
		return false
	case "datetime":
		return g.Name != "timezone"
	case "email.errors", "email.Errors":
		switch g.Name {
		case "MessageDefect", "NoBoundaryInMultipartDefect", "StartBoundaryNotFoundDefect",
			"FirstHeaderLineIsContinuationDefect", "MisplacedEnvelopeHeaderDefect",
			"MalformedHeaderDefect", "MultipartInvariantViolationDefect":
			return true
		}
		return false
	}
	return true
}

// makes reports whether the Python can make an object of email's classes as the
// pickle says. Those of Python 2 are old-style classes, which only OBJ and INST
// make.
func (l *loader) makes(o *pickle.Object) bool {
	class, ok := o.Class()
	if !ok {
		return false
	}
	isMessage := isMessageClass(class)
	switch {
	case isMessage:
	case !strings.HasPrefix(class.Module, "email."), l.py3 && isDefect(class.Name):
		return true // a new-style class
	}
	switch o.How {
	case "OBJ", "INST", "NEWOBJ", "NEWOBJ_EX":
		if args, ok := o.Args.(*pickle.Tuple); ok && len(args.Items) > 0 {
			return false // the __init__ of the class would have to understand them
		}
		if !l.py3 && o.How[0] == 'N' {
			return false
		}
	default:
		if !l.py3 || o.Callable == pickle.Value(class) {
			return false
		}
	}
	return !isMessage || l.complete(o, class)
}

// complete reports whether a message or a part has the attributes that the
// Generator and Mailman's handlers use without a check.
func (l *loader) complete(o *pickle.Object, class *pickle.Global) bool {
	state, ok := stateOf(o)
	if !ok {
		return false
	}
	needed := []string{"_headers", "_payload", "_unixfrom", "preamble", "epilogue"}
	switch {
	case l.py3:
		needed = append(needed, "_charset", "_default_type", "defects", "policy")
	case class.Module != "Mailman.Message": // whose __setstate__ adds them
		needed = append(needed, "_charset", "_default_type")
	}
	for _, name := range needed {
		if state.Get(name) == nil {
			return false
		}
	}
	_, ok = state.Get("_headers").(*pickle.List)
	return ok
}
