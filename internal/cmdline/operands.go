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
	for i, operand := range operands {
		if operand != "-" {
			do(operand)
			continue
		}
		if err := c.records(i == 0, idle, do); err != nil {
			return err
		}
	}
	return nil
}

// maxRecord is longer than any path.
const maxRecord = 64 << 10

// records calls do for each record of standard input. first means that nothing was done yet,
// so that the first record may decide that another program does it.
func (c *Context) records(first bool, idle func(), do func(string)) error {
	in := &keeper{Reader: c.Stdin(idle), keeps: first && len(c.kinds.known) == 0}
	scan := bufio.NewScanner(in)
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
	var empty []error
	report := func() {
		c.Report(errors.Join(empty...))
		empty = nil
	}
	for n := 1; scan.Scan(); n++ {
		if len(scan.Bytes()) == 0 {
			empty = append(empty, Usagef("standard input: record %d is empty: is a variable unset?", n))
			if !in.keeps {
				report()
			}
			continue
		}
		err := c.checkRecord(scan.Text(), in)
		report()
		if err == nil {
			do(scan.Text())
		} else if _, ok := err.(usage); ok {
			c.Report(err)
		} else {
			return err
		}
	}
	report()
	if err := scan.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Usagef("standard input: a record of more than %d bytes is not a path", maxRecord)
	} else if err != nil {
		return &os.PathError{Op: "read", Path: "standard input", Err: err}
	}
	return nil
}

// checkRecord hands the command over if the first record is of a kind that this program cannot
// open. It refuses a record of another kind than the others.
func (c *Context) checkRecord(record string, in *keeper) error {
	kind, _, err := c.oneKind([]string{record})
	if err != nil {
		return err
	}
	read := in.stop()
	switch {
	case c.kind != "" && kind != "" && kind != c.kind:
		return notOneKind(record)
	case read != nil && kind != "" && kind != noScheme:
		return c.handOver(kind, record, read)
	case read != nil && c.needsSite(record):
		return c.handOver(c.schemes()[0], record, read)
	}
	if c.kind == "" {
		c.kind = kind
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
		if err := c.Queues.Sync(); err != nil {
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
