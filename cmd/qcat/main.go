// Qcat shows the message or the metadata of entries.
package main

import (
	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
)

func main() { cmdline.Main(command()) }

// options are what the command line says.
type options struct {
	cmdline.Shared
	header, metadata, raw bool
}

func command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name:     "qcat",
		Synopsis: "[-H | -m | --json | --raw] ENTRY...",
		Summary:  "Write the messages of entries, in any state, as RFC 5322 text.",
		Example:  "qstat -e shunt | qcat -H -",
		Shared:   &o.Shared,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "header", Aliases: []string{"H"}, Destination: &o.header, Usage: "only the header of the message"},
			&cli.BoolFlag{Name: "metadata", Aliases: []string{"m"}, Destination: &o.metadata, Usage: "the metadata as JSON, one object per line"},
			o.JSONFlag("message and metadata as JSON, one object per line"),
			&cli.BoolFlag{Name: "raw", Destination: &o.raw, Usage: "the two pickles, disassembled"},
			o.NullFlag("end JSON with NUL, and entries on standard input"),
		},
		Looks: true,
		Run:   o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	if cmdline.Count(o.header, o.metadata, o.JSON, o.raw) > 1 {
		return cmdline.Usagef("-H, -m, --json and --raw exclude each other")
	}
	if len(c.Args) == 0 {
		return cmdline.Usagef("missing ENTRY operand")
	}
	if err := c.CheckOutput(); err != nil {
		return err
	}
	return c.Paths(c.Args, func(path string) error { return o.cat(c, path) })
}
