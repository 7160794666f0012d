package cmdline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// arguments is a command line taken apart.
type arguments struct {
	// options are the options in the one form that the library cannot take for
	// anything else: "--name" or "--name=value", by their long names.
	options []string
	// operands are what follows the options.
	operands []string
	// ended says that "--" stands between the two: operands may begin with a dash.
	ended bool
}

// scan takes a command line apart. It checks here, in one place for every option of
// every command, what the library checks in its own words or not at all: that an
// option exists and is spelled with the right number of dashes, that it has a value
// exactly if it takes one, and that the value is not empty. An empty value is nearly
// always an unset variable of a script, and taken for "any" or "the default" it has
// a command act on what nobody asked for.
func scan(args []string, flags []cli.Flag) (arguments, error) {
	var a arguments
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			a.operands, a.ended = args[i+1:], true
			return a, nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			a.operands = args[i:]
			return a, nil
		}
		rest := args[i+1:]
		used, err := a.option(arg, rest, flags)
		if err != nil {
			return a, err
		}
		i += used
	}
	return a, nil
}

// option reads one argument that is an option or several, and says how many of those
// that follow it are values.
func (a *arguments) option(arg string, rest []string, flags []cli.Flag) (used int, err error) {
	if strings.HasPrefix(arg, "--") {
		name, value, attached := strings.Cut(arg[2:], "=")
		f := find(flags, name)
		if f == nil || len(name) == 1 {
			return 0, Usagef("unknown option --%s", name)
		}
		return a.add(f, "--"+name, value, attached, rest)
	}
	bundle, value, attached := strings.Cut(arg[1:], "=")
	if len(bundle) > 1 && find(flags, bundle) != nil {
		return 0, Usagef("-%s: a long option takes two dashes: --%s", bundle, bundle)
	}
	for i, letter := range bundle {
		name := string(letter)
		f := find(flags, name)
		if f == nil && utf8.RuneCountInString(bundle) > 1 {
			return 0, Usagef("unknown option -%s in %s", name, arg)
		} else if f == nil {
			return 0, Usagef("unknown option -%s", name)
		}
		after := bundle[i+len(name):]
		switch {
		case after == "":
			return a.add(f, "-"+name, value, attached, rest)
		case takesValue(f):
			// The rest of the argument is the value, with an "=" that it may have.
			return a.add(f, "-"+name, arg[1+i+len(name):], true, rest)
		}
		if _, err := a.add(f, "-"+name, "", false, nil); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// add adds an option that was spelled so, with the value that is attached to it, or
// else the next argument.
func (a *arguments) add(f cli.Flag, spelled, value string, attached bool, rest []string) (used int, err error) {
	long := "--" + f.Names()[0]
	if !takesValue(f) {
		if attached {
			return 0, Usagef("option %s takes no value", spelled)
		}
		a.options = append(a.options, long)
		return 0, nil
	}
	what, _ := unquote(f.(cli.DocGenerationFlag).GetUsage())
	if !attached {
		if len(rest) == 0 {
			return 0, Usagef("missing %s after option %s", what, spelled)
		}
		value, used = rest[0], 1
	}
	if value == "" {
		return 0, Usagef("option %s: %s is empty: is a variable unset?", spelled, what)
	}
	if isNumber(f) {
		n, err := wholeNumber(value)
		if err != nil {
			return 0, Usagef("option %s: %s %v", spelled, what, err)
		}
		value = strconv.Itoa(n)
	}
	a.options = append(a.options, long+"="+value)
	return used, nil
}

// wholeNumber reads digits, and a sign: whether a number may be negative its command
// says, in its own words. The library would take 010 for 8.
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

// find is the option of that name, or nil.
func find(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// takesValue says whether an option takes a value.
func takesValue(f cli.Flag) bool { return f.(cli.DocGenerationFlag).TakesValue() }

// isNumber says whether an option's value is a number.
func isNumber(f cli.Flag) bool {
	if quick, ok := f.(flag); ok {
		_, is := quick.DocGenerationFlag.(*cli.IntFlag)
		return is
	}
	_, is := f.(*cli.IntFlag)
	return is
}

// checkOperands refuses an option after an operand, and an empty operand. After the
// command that a command runs, everything is that one's.
func (a arguments) checkOperands(runs bool) error {
	for i, operand := range a.operands {
		// "qrun in -- command" leaves no doubt about what is meant.
		dashes := runs && i == 1 && operand == "--"
		switch {
		case operand == "":
			return Usagef("operand %d is empty: is a variable unset?", i+1)
		case i > 0 && !a.ended && !dashes && len(operand) > 1 && operand[0] == '-':
			return Usagef("option %s after an operand: options come first, and -- ends them", operand)
		case runs && i > 0 && !dashes:
			return nil
		}
	}
	return nil
}
