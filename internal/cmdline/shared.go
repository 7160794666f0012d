package cmdline

import (
	"time"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// Shared has the values of the options that several commands have. Every command has -v,
// --config, -h and -V. A command that has another of these options lists it in
// Command.Flags.
type Shared struct {
	Config        string
	Verbose       bool
	help, version bool

	JSON, Null, Quiet, Force, DryRun bool
	Slice                            Optional[queue.Slice]
	MinAge, Timeout                  Optional[time.Duration]
	MaxRestores                      Optional[int]
	Bad, Shunt, Retry, To            string
	Format                           Optional[message.Dialect]
	NoSync                           bool
}

// flags are the options of every command.
func (s *Shared) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "config", Destination: &s.Config, Usage: "read `FILE` instead of /etc/switchboard.toml"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Destination: &s.Verbose, Usage: "print each change of state on standard error"},
		&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Destination: &s.help, Usage: "print this help and exit"},
		&cli.BoolFlag{Name: "version", Aliases: []string{"V"}, Destination: &s.version, Usage: "print the version and exit"},
	}
}

// quiet is the long name of -q, which takes effect before any other option is read.
const quiet = "quiet"

// QuietFlag is -q: errors go to the system's log.
func (s *Shared) QuietFlag() cli.Flag {
	return &cli.BoolFlag{Name: quiet, Aliases: []string{"q"}, Destination: &s.Quiet, Usage: "print nothing; errors go to syslog (for Exim)"}
}

// JSONFlag is --json.
func (s *Shared) JSONFlag(usage string) cli.Flag {
	return &cli.BoolFlag{Name: "json", Destination: &s.JSON, Usage: usage}
}

// NullFlag is -0: NUL ends records, printed and read.
func (s *Shared) NullFlag(usage string) cli.Flag {
	return &cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Destination: &s.Null, Usage: usage}
}

// DryRunFlag is --dry-run.
func (s *Shared) DryRunFlag() cli.Flag {
	return &cli.BoolFlag{Name: "dry-run", Destination: &s.DryRun, Usage: "say what would be done, and do nothing"}
}

// ForceFlag is --force: Refuse refuses nothing.
func (s *Shared) ForceFlag(usage string) cli.Flag {
	return &cli.BoolFlag{Name: "force", Destination: &s.Force, Usage: usage}
}

// SliceFlag is -s I/N.
func (s *Shared) SliceFlag() cli.Flag {
	return ValueFlag(&s.Slice, queue.ParseSlice, "slice", "s", "only those of slice `I/N`")
}

// MinAgeFlag is --min-age D.
func (s *Shared) MinAgeFlag(usage string) cli.Flag {
	return DurationFlag(&s.MinAge, "min-age", "", usage)
}

// TimeoutFlag is --timeout D.
func (s *Shared) TimeoutFlag(usage string) cli.Flag {
	return DurationFlag(&s.Timeout, "timeout", "", usage)
}

// MaxRestoresFlag is --max-restores N.
func (s *Shared) MaxRestoresFlag(usage string) cli.Flag {
	return IntFlag(&s.MaxRestores, 0, 255, "max-restores", "", usage)
}

// BadFlag is --bad DIR.
func (s *Shared) BadFlag() cli.Flag {
	return &cli.StringFlag{Name: "bad", Destination: &s.Bad, Usage: "the bad queue is `DIR`"}
}

// ShuntFlag is --shunt DIR.
func (s *Shared) ShuntFlag() cli.Flag {
	return &cli.StringFlag{Name: "shunt", Destination: &s.Shunt, Usage: "the shunt queue is `DIR`"}
}

// RetryFlag is --retry DIR.
func (s *Shared) RetryFlag() cli.Flag {
	return &cli.StringFlag{Name: "retry", Destination: &s.Retry, Usage: "the retry queue is `DIR`"}
}

// ToFlag is --to QUEUE.
func (s *Shared) ToFlag(usage string) cli.Flag {
	return &cli.StringFlag{Name: "to", Destination: &s.To, Usage: usage}
}

// FormatFlag is -f FORMAT.
func (s *Shared) FormatFlag() cli.Flag {
	return ValueFlag(&s.Format, message.ParseDialect, "format", "f", "write for `FORMAT`: mailman2 (default) or mailman3")
}

// NoSyncFlag is --no-sync.
func (s *Shared) NoSyncFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-sync", Destination: &s.NoSync, Usage: "do not wait for the disk: a power cut may lose them"}
}

// Count returns how many of several options, which exclude each other, were given.
func Count(given ...bool) int {
	n := 0
	for _, is := range given {
		if is {
			n++
		}
	}
	return n
}
