package cmdline

import (
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"
)

// Optional is the value of an option, and whether it was given.
type Optional[T any] struct {
	Value T
	Given bool
}

// Value parses and stores an option's value. Check returns what is wrong with a text, in
// words that can follow the option's name. Set is called only with texts that passed Check.
type Value interface {
	cli.Generic
	Check(text string) error
}

// ValueFlag makes an option whose value read reads. short may be empty.
func ValueFlag[T any](into *Optional[T], read func(string) (T, error), name, short, usage string) cli.Flag {
	f := &cli.GenericFlag{Name: name, Destination: &value[T]{into, read}, Usage: usage}
	if short != "" {
		f.Aliases = []string{short}
	}
	return f
}

// DurationFlag makes an option that takes a duration, `D` in its usage.
func DurationFlag(into *Optional[time.Duration], name, short, usage string) cli.Flag {
	return ValueFlag(into, ReadDuration, name, short, usage)
}

// IntFlag makes an option that takes a whole number from least to most, or at least as
// large as least if most is 0.
func IntFlag(into *Optional[int], least, most int, name, short, usage string) cli.Flag {
	what, _ := unquote(usage)
	read := func(text string) (int, error) {
		n, err := wholeNumber(text)
		switch {
		case err != nil:
			return 0, fmt.Errorf("%s %w", what, err)
		case most == 0 && n < least:
			return 0, fmt.Errorf("%s must be at least %d", what, least)
		case n < least, most != 0 && n > most:
			return 0, fmt.Errorf("%s must be from %d to %d", what, least, most)
		}
		return n, nil
	}
	return ValueFlag(into, read, name, short, usage)
}

// value is an Optional with the function that parses it.
type value[T any] struct {
	into *Optional[T]
	read func(string) (T, error)
}

func (v *value[T]) Check(text string) error {
	_, err := v.read(text)
	return err
}

func (v *value[T]) Set(text string) error {
	n, err := v.read(text)
	*v.into = Optional[T]{n, true}
	return err
}

// String is for the library, which asks for defaults that help does not print.
func (v *value[T]) String() string { return "" }

// wholeNumber reads decimal digits, and a sign. The library would take 010 for 8.
func wholeNumber(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err == nil {
		return n, nil
	}
	if e, ok := err.(*strconv.NumError); ok && e.Err == strconv.ErrRange {
		return 0, fmt.Errorf("is out of range: %s", s)
	}
	return 0, fmt.Errorf("is not a whole number: %q", s)
}
