package cmdline

import (
	stdflag "flag"
	"strings"

	"github.com/urfave/cli/v2"
)

// flag is an option that knows its names. The library's own options compute their names,
// with a regular expression, at every call.
type flag struct {
	cli.DocGenerationFlag
	names []string
}

// value returns the Value that parses the option's value, or nil if it is plain text.
func (f flag) value() Value {
	if g, ok := f.DocGenerationFlag.(*cli.GenericFlag); ok {
		v, _ := g.Destination.(Value)
		return v
	}
	return nil
}

// store makes the library store the options that were given. The library's App could do
// that as well. But it prints help with text/template, which calls methods by name, and
// then the linker keeps every method of every type: all commands would be half as large
// again, and slower to start.
func (a arguments) store(flags []flag) error {
	set := stdflag.NewFlagSet("", stdflag.ContinueOnError)
	for _, option := range a.options {
		name, value, hasValue := strings.Cut(strings.TrimPrefix(option, "--"), "=")
		if set.Lookup(name) == nil {
			f, _ := find(flags, name)
			if err := f.Apply(set); err != nil {
				return usage{err}
			}
		}
		if !hasValue {
			value = "true"
		}
		if err := set.Set(name, value); err != nil {
			return usage{err}
		}
	}
	return nil
}

// withNames wraps options so that they know their names. The library has to know only
// their long names, because scan returns no others.
func withNames(flags []cli.Flag) []flag {
	quick := make([]flag, len(flags))
	for i, f := range flags {
		switch f := f.(type) {
		case *cli.BoolFlag:
			quick[i] = flag{f, names(f.Name, &f.Aliases)}
		case *cli.StringFlag:
			quick[i] = flag{f, names(f.Name, &f.Aliases)}
		case *cli.GenericFlag:
			quick[i] = flag{f, names(f.Name, &f.Aliases)}
		default:
			panic("cmdline: an option that is neither a BoolFlag, a StringFlag nor a GenericFlag")
		}
	}
	return quick
}

// names returns all names and takes the short ones away from the library.
func names(long string, short *[]string) []string {
	all := append([]string{long}, *short...)
	*short = nil
	return all
}
