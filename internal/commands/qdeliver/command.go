// Package qdeliver is the command qdeliver: it sends what is in a queue of outgoing messages to a mail server.
package qdeliver

import (
	"time"

	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
)

// options are what the command line says.
type options struct {
	cmdline.Shared
	jobs, maxFailures cmdline.Optional[int]
	giveUp            cmdline.Optional[time.Duration]
	server, domain    string
	wait, bounce      bool
}

func Command() cmdline.Command {
	o := &options{jobs: cmdline.Optional[int]{Value: 1}, maxFailures: cmdline.Optional[int]{Value: 10}}
	return cmdline.Command{
		Name: "qdeliver",
		Synopsis: "[-s I/N] [-j JOBS] [-w] [--dry-run] [--server URL] [--domain NAME] [--give-up D] [--bounce] [--max-failures N] [--max-restores N] [--min-age D] [--retry DIR] [--shunt DIR] [--bad DIR] [--json] [--force] QUEUE\n" +
			"[-j JOBS] [--dry-run] [--server URL] [--domain NAME] [--give-up D] [--bounce] [--max-failures N] [--max-restores N] [--retry DIR] [--shunt DIR] [--bad DIR] [--json] [--force] ENTRY...",
		Summary: "Send each entry of QUEUE to its recipients over SMTP or LMTP, and what is due in the retry queue beside it. An entry that everybody got is DELETED.",
		Example: "qdeliver --dry-run out; qdeliver --server smtp://mx.example.com out",
		Shared:  &o.Shared,
		Flags: []cli.Flag{
			o.SliceFlag(),
			cmdline.IntFlag(&o.jobs, 1, maxJobs, "jobs", "j", "send up to `JOBS` entries at a time"),
			&cli.BoolFlag{Name: "wait", Aliases: []string{"w"}, Destination: &o.wait, Usage: "wait for more when the queue is empty"},
			&cli.BoolFlag{Name: "dry-run", Destination: &o.DryRun, Usage: "print entry, sender and recipient, and send nothing"},
			&cli.StringFlag{Name: "server", Destination: &o.server, Usage: "send to `URL` (default smtp://localhost)"},
			&cli.StringFlag{Name: "domain", Destination: &o.domain, Usage: "`NAME` is the domain of lists whose metadata has none"},
			cmdline.DurationFlag(&o.giveUp, "give-up", "", "shunt what was put off for `D` (default 5d)"),
			&cli.BoolFlag{Name: "bounce", Destination: &o.bounce, Usage: "tell the envelope sender who was refused"},
			cmdline.IntFlag(&o.maxFailures, 0, 0, "max-failures", "", "end after `N` refused entries in a row (default 10)"),
			o.MaxRestoresFlag("preserve after `N` crashes; 0 means never (default 3)"),
			o.MinAgeFlag("at the start restore only what was claimed `D` ago"),
			o.RetryFlag(),
			o.ShuntFlag(),
			o.BadFlag(),
			o.JSONFlag("print what became of each recipient and each entry"),
			o.ForceFlag("even if a Mailman works on the queue"),
			o.NullFlag("end records with NUL, on input too"),
		},
		Run: o.run,
	}
}

// maxJobs limits -j. No server wants more connections from one client.
const maxJobs = 1000

func (o *options) run(c *cmdline.Context) error {
	switch {
	case len(c.Args) == 0:
		return cmdline.Usagef("missing QUEUE or ENTRY operand")
	case o.DryRun && o.wait:
		return cmdline.Usagef("--dry-run and -w exclude each other")
	case o.giveUp.Given && o.giveUp.Value == 0:
		return cmdline.Usagef("option --give-up: D must be longer than 0")
	}
	settings, err := o.settings(c)
	if err != nil {
		return err
	}
	entries := c.Args[0] == "-" || cmdline.EntryName(c.Args[0])
	if !entries && len(c.Args) > 1 {
		return cmdline.Usagef("more than one QUEUE operand")
	}
	switch {
	case o.DryRun && entries:
		return o.previewEntries(c, settings)
	case o.DryRun:
		return o.previewQueue(c, settings)
	case entries:
		return o.entries(c, settings)
	}
	return o.queue(c, settings)
}
