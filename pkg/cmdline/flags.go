package cmdline

import "github.com/urfave/cli/v2"

// flag is an option that knows its names. The library's own options compute their names,
// with a regular expression, at every call, and it calls each several times. That was a
// tenth of the time that a command takes to start.
type flag struct {
	cli.DocGenerationFlag
	names []string
}

func (f flag) Names() []string { return f.names }

// value returns the Value that parses the option's value, or nil if it is plain text.
func (f flag) value() Value {
	if g, ok := f.DocGenerationFlag.(*cli.GenericFlag); ok {
		v, _ := g.Destination.(Value)
		return v
	}
	return nil
}

// withNames wraps options so that they know their names. The library has to know only
// their long names, because scan passes it no others.
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
