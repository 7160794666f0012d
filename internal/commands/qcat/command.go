// Package qcat is the command qcat: it shows the message or the metadata of entries.
package qcat

import (
	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	header, metadata, raw, mbox bool
	maildir                     string
	// n is how many entries were named so far.
	n int
}

func Command() cmdline.Command {
	o := &options{}
	return cmdline.Command{
		Name:     "qcat",
		Synopsis: "[--raw] ENTRY\n-H | -m | --json | --mbox | --maildir DIR ENTRY...",
		Summary:  "Write the messages of entries, in any state, as RFC 5322 text.",
		Example:  "qstat -e shunt | qcat -H -",
		Shared:   &o.Shared,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "header", Aliases: []string{"H"}, Destination: &o.header, Usage: "only the header of the message"},
			&cli.BoolFlag{Name: "metadata", Aliases: []string{"m"}, Destination: &o.metadata, Usage: "the metadata as JSON, one object per line"},
			o.JSONFlag("message and metadata as JSON, one object per line"),
			&cli.BoolFlag{Name: "mbox", Destination: &o.mbox, Usage: "the messages as a mailbox (mboxrd)"},
			&cli.StringFlag{Name: "maildir", Destination: &o.maildir, Usage: "deliver the messages to Maildir `DIR`, print paths"},
			&cli.BoolFlag{Name: "raw", Destination: &o.raw, Usage: "the two pickles, disassembled"},
			o.NullFlag("end JSON, printed paths, and entries read, with NUL"),
		},
		Looks: true,
		Run:   o.run,
	}
}

func (o *options) run(c *cmdline.Context) error {
	formats := cmdline.Count(o.header, o.metadata, o.JSON, o.mbox, o.maildir != "")
	switch {
	case formats+cmdline.Count(o.raw) > 1:
		return cmdline.Usagef("-H, -m, --json, --mbox, --maildir and --raw exclude each other")
	case len(c.Args) == 0:
		return cmdline.Usagef("missing ENTRY operand")
	case len(c.Args) > 1 && formats == 0:
		return errSeveral
	}
	if err := c.CheckOutput(); err != nil {
		return err
	}
	switch {
	case o.mbox:
		return mailbox(c)
	case o.maildir != "":
		return deliver(c, o.maildir)
	}
	return c.Paths(c.Args, func(path string) error {
		o.n++
		switch {
		case o.n == 1 || formats > 0:
			return o.cat(c, path)
		case o.n == 2:
			return errSeveral
		}
		return nil
	})
}

// errSeveral refuses a second entry: nobody could tell where its message begins.
var errSeveral = cmdline.Usagef("more than one ENTRY needs --mbox, --maildir, -H, -m or --json")
