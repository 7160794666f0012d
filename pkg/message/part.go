package message

import "switchboard/pkg/pickle"

// part is a message object or a part of one: the attributes of Python's
// email.message.Message that its text is made of.
type part struct {
	headers            *pickle.List
	payload            pickle.Value
	preamble, epilogue pickle.Value
	defaultType        pickle.Value
}

// partOf returns a value as a part. It returns false for a value that is not an object
// with a state.
func partOf(v pickle.Value) (p part, ok bool) {
	o, ok := v.(*pickle.Object)
	if !ok {
		return p, false
	}
	state, ok := stateOf(o)
	if !ok {
		return p, false
	}
	for _, pair := range state.Pairs {
		switch string(keyText(pair.Key)) {
		case "_headers":
			p.headers, _ = pair.Value.(*pickle.List)
		case "_payload":
			p.payload = pair.Value
		case "preamble":
			p.preamble = pair.Value
		case "epilogue":
			p.epilogue = pair.Value
		case "_default_type":
			p.defaultType = pair.Value
		}
	}
	return p, true
}

// startsWithPart reports whether v is a list that begins with a part. Python fails
// on a tuple.
func startsWithPart(v pickle.Value) bool {
	list, ok := v.(*pickle.List)
	if !ok || len(list.Items) == 0 {
		return false
	}
	_, ok = partOf(list.Items[0])
	return ok
}

// stateOf returns the dictionary of an instance.
func stateOf(o *pickle.Object) (*pickle.Dict, bool) {
	state, ok := o.State.(*pickle.Dict)
	return state, ok
}

// keyText returns the text of a key, or nil if the key is not a short text.
func keyText(v pickle.Value) []byte {
	if s, ok := v.(*pickle.String); ok && s.Kind != pickle.Bytes {
		text, _ := s.Short()
		return text
	}
	return nil
}

// flattensAsPy3 reports whether Python 3's Generator makes the text. Python 2's
// classes are old-style, and have no policy.
func flattensAsPy3(o *pickle.Object) bool {
	if o.How != "OBJ" && o.How != "INST" {
		return true
	}
	state, ok := stateOf(o)
	return ok && state.Get("policy") != nil
}

// itemsOf returns the items of a list or a tuple.
func itemsOf(v pickle.Value) ([]pickle.Value, bool) {
	switch v := v.(type) {
	case *pickle.Tuple:
		return v.Items, true
	case *pickle.List:
		return v.Items, true
	}
	return nil, false
}

// fieldOf splits a (name, value) pair of _headers.
func fieldOf(item pickle.Value) (name *pickle.String, value pickle.Value, ok bool) {
	pair, _ := itemsOf(item)
	if len(pair) != 2 {
		return nil, nil, false
	}
	name, ok = pair[0].(*pickle.String)
	return name, pair[1], ok
}

// isNamed reports whether a field has that name, which is in lower case and ASCII.
func isNamed(name *pickle.String, lower string) bool {
	text, short := name.Short()
	return short && equalFold(text, lower)
}
