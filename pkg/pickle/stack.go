package pickle

const (
	errUnderflow = cause("stack underflow")
	errMark      = cause("MARK where a value was expected")
	errNoMark    = cause("no MARK")
)

// push adds v to the stack. cost is the memory that v takes in addition to its place on
// the stack.
func (d *decoder) push(v Value, cost int64) error {
	d.spent += costSlot + cost
	d.stack = append(d.stack, v)
	return nil
}

// top returns the value on top of the stack, which must be above the last MARK.
func (d *decoder) top() (Value, error) {
	n := len(d.stack)
	if k := len(d.marks); k > 0 && n <= d.marks[k-1] {
		return nil, errMark
	}
	if n == 0 {
		return nil, errUnderflow
	}
	return d.stack[n-1], nil
}

func (d *decoder) pop() (Value, error) {
	v, err := d.top()
	if err == nil {
		d.stack = d.stack[:len(d.stack)-1]
	}
	return v, err
}

// popMark removes the last MARK and returns the values above it, which are valid
// until the next push.
func (d *decoder) popMark() ([]Value, error) {
	k := len(d.marks) - 1
	if k < 0 {
		return nil, errNoMark
	}
	items := d.stack[d.marks[k]:]
	d.stack = d.stack[:d.marks[k]]
	d.marks = d.marks[:k]
	return items, nil
}

func (d *decoder) mark(*argument) error {
	d.spent += costSlot
	d.marks = append(d.marks, len(d.stack))
	return nil
}

func (d *decoder) dropTop(*argument) error {
	// Python's POP removes a MARK that is on top.
	if k := len(d.marks); k > 0 && d.marks[k-1] == len(d.stack) {
		d.marks = d.marks[:k-1]
		return nil
	}
	_, err := d.pop()
	return err
}

func (d *decoder) dropToMark(*argument) error {
	_, err := d.popMark()
	return err
}

func (d *decoder) dup(*argument) error {
	v, err := d.top()
	if err != nil {
		return err
	}
	return d.push(v, 0)
}

func (d *decoder) protocol(a *argument) error {
	if a.num > 5 {
		return causef("unsupported protocol %d", a.num)
	}
	d.proto = max(d.proto, uint8(a.num))
	return nil
}

// frame checks what Python checks: that the file is long enough. Frames do not
// change the content.
func (d *decoder) frame(a *argument) error {
	if a.num > uint64(d.src.left()) {
		return errTooLong
	}
	return nil
}

func (d *decoder) persistent(*argument) error {
	return cause("persistent ids are not supported")
}

func (d *decoder) extension(*argument) error {
	return cause("extension codes are not supported")
}

func (d *decoder) outOfBand(*argument) error {
	return cause("out-of-band buffers are not supported")
}
