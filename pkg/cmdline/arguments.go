package cmdline

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// detach takes the values apart that are written onto their short options, as
// in -n5 and -vs0/4: the library takes what follows for further options. It
// stops at the first operand.
func detach(args []string, flags []cli.Flag) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" || len(arg) < 2 || arg[0] != '-' {
			return append(out, args[i:]...)
		}
		name, attached := arg[1:], strings.Contains(arg, "=")
		if name[0] == '-' {
			out = append(out, arg)
			if takesValue(flags, name[1:]) && !attached && i+1 < len(args) {
				i++
				out = append(out, args[i])
			}
			continue
		}
		at := strings.IndexFunc(name, func(c rune) bool { return takesValue(flags, string(c)) })
		switch {
		case at < 0:
			out = append(out, arg)
		case at == len(name)-1:
			out = append(out, arg)
			if i+1 < len(args) {
				i++
				out = append(out, args[i])
			}
		case name[at+1] == '=':
			out = append(out, arg)
		default:
			if at > 0 {
				out = append(out, "-"+name[:at])
			}
			out = append(out, "-"+name[at:at+1], name[at+1:])
		}
	}
	return out
}

// takesValue says whether an option of that name takes a value.
func takesValue(flags []cli.Flag, name string) bool {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f.(cli.DocGenerationFlag).TakesValue()
		}
	}
	return false
}
