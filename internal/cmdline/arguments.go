package cmdline

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// arguments is a command line taken apart.
type arguments struct {
	// options are "--name" or "--name=value", by their long names: the one form that
	// the library cannot mistake for anything else.
	options []string
	// operands are the arguments after the options.
	operands []string
	// ended means that "--" came before the operands, which may then begin with a dash.
	ended bool
}

// scan takes a command line apart and checks every option, because the library checks
// in its own words or not at all. An option must exist and have the right number of
// dashes. It must have a value exactly if it takes one, the value must pass its Check,
// and it must not be empty. An empty value nearly always comes from an unset variable
// in a script. A command that took it for "any" or "the default" would do what nobody
// asked for.
func scan(args []string, flags []flag) (arguments, error) {
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

// option reads one argument, which is one option or several. It returns how many of the
// arguments after it are values.
func (a *arguments) option(arg string, rest []string, flags []flag) (used int, err error) {
	if strings.HasPrefix(arg, "--") {
		name, value, attached := strings.Cut(arg[2:], "=")
		f, ok := find(flags, name)
		if !ok || len(name) == 1 {
			return 0, Usagef("unknown option --%s", name)
		}
		return a.add(f, "--"+name, value, attached, rest)
	}
	bundle, value, attached := strings.Cut(arg[1:], "=")
	if _, ok := find(flags, bundle); ok && len(bundle) > 1 {
		return 0, Usagef("-%s: a long option takes two dashes: --%s", bundle, bundle)
	}
	for i, letter := range bundle {
		name := string(letter)
		f, ok := find(flags, name)
		if !ok && utf8.RuneCountInString(bundle) > 1 {
			return 0, Usagef("unknown option -%s in %s", name, arg)
		} else if !ok {
			return 0, Usagef("unknown option -%s", name)
		}
		after := bundle[i+len(name):]
		switch {
		case after == "":
			return a.add(f, "-"+name, value, attached, rest)
		case f.TakesValue():
			// The rest of the argument is the value, even if it contains "=".
			return a.add(f, "-"+name, arg[1+i+len(name):], true, rest)
		}
		if _, err := a.add(f, "-"+name, "", false, nil); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// add adds an option. spelled is the option as it was typed. If attached is false, the
// option's value is the next argument.
func (a *arguments) add(f flag, spelled, value string, attached bool, rest []string) (used int, err error) {
	long := "--" + f.names[0]
	if !f.TakesValue() {
		if attached {
			return 0, Usagef("option %s takes no value", spelled)
		}
		a.options = append(a.options, long)
		return 0, nil
	}
	what, _ := unquote(f.GetUsage())
	if !attached {
		if len(rest) == 0 {
			return 0, Usagef("missing %s after option %s", what, spelled)
		}
		value, used = rest[0], 1
	}
	if value == "" {
		return 0, Usagef("option %s: %s is empty: is a variable unset?", spelled, what)
	}
	if v := f.value(); v != nil {
		if err := v.Check(value); err != nil {
			return 0, Usagef("option %s: %w", spelled, err)
		}
	}
	a.options = append(a.options, long+"="+value)
	return used, nil
}

// find returns the option of that name.
func find(flags []flag, name string) (flag, bool) {
	for _, f := range flags {
		if slices.Contains(f.names, name) {
			return f, true
		}
	}
	return flag{}, false
}

// checkOperands refuses an option after an operand, and an empty operand. runs means that
// the operands after the first are another command, whose arguments may be anything.
func (a arguments) checkOperands(runs bool) error {
	for i, operand := range a.operands {
		// "qrun in -- command" is not ambiguous.
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
