package cmdline

import "github.com/urfave/cli/v2"

// flag is an option that knows its names. The library's own make them anew, with
// a regular expression, whenever they are asked, and each is asked once for
// every option and once for every time a program looks whether one was given:
// that was a tenth of what a command costs before it does anything.
type flag struct {
	cli.DocGenerationFlag
	names []string
}

func (f flag) Names() []string { return f.names }

// withNames are flags as they can be asked quickly. Those with many values stay
// as they are: the library has to know them by their type.
func withNames(flags []cli.Flag) []cli.Flag {
	quick := make([]cli.Flag, len(flags))
	for i, f := range flags {
		switch f := f.(type) {
		case *cli.BoolFlag:
			quick[i] = flag{f, append([]string{f.Name}, f.Aliases...)}
		case *cli.IntFlag:
			quick[i] = flag{f, append([]string{f.Name}, f.Aliases...)}
		case *cli.StringFlag:
			quick[i] = flag{f, append([]string{f.Name}, f.Aliases...)}
		default:
			quick[i] = f
		}
	}
	return quick
}
