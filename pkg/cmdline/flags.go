package cmdline

import "github.com/urfave/cli/v2"

// flag is an option that knows its names. The library's own make them anew, with
// a regular expression, whenever they are asked, and each is asked several times:
// that was a tenth of what a command costs before it does anything.
type flag struct {
	cli.DocGenerationFlag
	names []string
}

func (f flag) Names() []string { return f.names }

// value is what the option's value is read into, or nil if that is a text.
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
