package cmdline

import (
	"bufio"
	"bytes"
	"errors"
	"os"
)

// Operands calls do for each operand. In place of "-" it calls do for each record of
// standard input. It calls idle before a read that would wait: idle must complete and print
// everything so far, because more input may come much later.
func (c *Context) Operands(operands []string, idle func(), do func(string)) error {
	for _, operand := range operands {
		if operand != "-" {
			do(operand)
			continue
		}
		if err := c.records(idle, do); err != nil {
			return err
		}
	}
	return nil
}

// maxRecord is longer than any path.
const maxRecord = 64 << 10

func (c *Context) records(idle func(), do func(string)) error {
	scan := bufio.NewScanner(c.Stdin(idle))
	scan.Buffer(make([]byte, 32<<10), maxRecord)
	scan.Split(func(data []byte, last bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, c.end); i >= 0 {
			return i + 1, data[:i], nil
		}
		if last && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for n := 1; scan.Scan(); n++ {
		if len(scan.Bytes()) == 0 {
			c.Report(Usagef("standard input: record %d is empty: is a variable unset?", n))
			continue
		}
		do(scan.Text())
	}
	if err := scan.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Usagef("standard input: a record of more than %d bytes is not a path", maxRecord)
	} else if err != nil {
		return &os.PathError{Op: "read", Path: "standard input", Err: err}
	}
	return nil
}

// Entries calls do for each ENTRY operand, and for each that standard input lists. It
// reports an error and goes on with the next. The moves are durable when it returns,
// and before it waits for more input.
func (c *Context) Entries(operands []string, do func(Operand) error) error {
	return c.Paths(operands, func(path string) error {
		o, err := c.Entry(path)
		if err != nil {
			return err
		}
		return do(o)
	})
}

// Paths is [Context.Entries] for operands that may be any path.
func (c *Context) Paths(operands []string, do func(string) error) error {
	sync := func() {
		if err := c.Queues.sync(); err != nil {
			c.Report(err)
		}
	}
	var broken error
	err := c.Operands(operands, sync, func(path string) {
		if broken != nil {
			return
		}
		err := do(path)
		if IsOutput(err) {
			broken = err
		} else if err != nil {
			c.Report(err)
		}
	})
	sync()
	if broken != nil {
		return broken
	}
	return err
}
