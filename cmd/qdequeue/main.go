// Qdequeue claims entries of a queue.
package main

import (
	"errors"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/queue"
)

// maxErrors is how many entries that cannot be claimed are tried: a disk that
// fails fails for all.
const maxErrors = 10

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[-n COUNT | -a] [-s I/N] [-w [--timeout D]] [--json] [--force] QUEUE|ENTRY...",
		Summary:  "Claim the oldest ready entries of QUEUE, or those named, and print their paths.",
		Example:  `e=$(NAME in) && qcat "$e" | handler && qfinish "$e"`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "count", Aliases: []string{"n"}, Value: 1, Usage: "claim up to `COUNT` entries"},
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "claim all that are ready now"},
			&cli.StringFlag{Name: "slice", Aliases: []string{"s"}, Usage: "only those of slice `I/N`"},
			&cli.BoolFlag{Name: "wait", Aliases: []string{"w"}, Usage: "wait until there is one"},
			cmdline.DurationFlag("timeout", "", "wait for `D` at most (90s, 15m, 2h, 7d)"),
			&cli.BoolFlag{Name: "json", Usage: "print an object a line: entry, metadata, message"},
			&cli.BoolFlag{Name: "force", Usage: "though a Mailman works on the queue"},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "end records with NUL, on input too"},
		},
		Run: run,
	})
}

func run(c *cmdline.Context) error {
	slice, err := c.Slice()
	if err != nil {
		return err
	}
	timeout, limited, err := c.Duration("timeout")
	if err != nil {
		return err
	}
	operands := c.Args().Slice()
	switch {
	case len(operands) == 0:
		return cmdline.Usagef("which queue?")
	case c.Int("count") < 1:
		return cmdline.Usagef("COUNT is 1 or more")
	case c.Bool("all") && c.IsSet("count"):
		return cmdline.Usagef("-n or -a, not both")
	case limited && !c.Bool("wait"):
		return cmdline.Usagef("--timeout is of use with -w only")
	}
	if err := c.CheckOutput(); err != nil {
		return err
	}
	out := &printer{c: c}
	if operands[0] == "-" || cmdline.EntryName(operands[0]) {
		out.each = true
		return c.Entries(operands, func(o cmdline.Operand) error {
			if err := c.Refuse(o.Dir.Path(), o.Settings); err != nil {
				return err
			}
			claim, err := o.Dir.Dequeue(o.ID)
			if err != nil {
				return err
			}
			return out.add(o.Dir, claim)
		})
	}
	if len(operands) > 1 {
		return cmdline.Usagef("one QUEUE, or entries")
	}
	dir, settings, err := c.Open(operands[0])
	if err != nil {
		return err
	}
	if err := c.Refuse(dir.Path(), settings); err != nil {
		return err
	}
	if !c.Bool("wait") {
		_, err := claim(c, dir, slice, out)
		return err
	}
	var deadline time.Time
	if limited {
		deadline = time.Now().Add(timeout)
	}
	// The watch begins before the first look: what comes in between is seen.
	watch, err := dir.Watch()
	if err != nil {
		return err
	}
	defer watch.Close()
	for {
		if claimed, err := claim(c, dir, slice, out); err != nil || claimed {
			return err
		}
		if err := watch.Wait(deadline); errors.Is(err, queue.ErrTimeout) {
			return cmdline.Exit(cmdline.Nothing)
		} else if err != nil {
			return err
		}
	}
}

// claim claims and prints what it was asked for, and says whether there was
// anything.
func claim(c *cmdline.Context, dir *queue.Dir, slice queue.Slice, out *printer) (_ bool, err error) {
	want := c.Int("count")
	claims := dir.Claims(slice, want)
	if c.Bool("all") {
		claims, want = dir.ClaimsOfAll(slice), -1
	}
	progress := c.Progress("claimed")
	defer progress.Done()
	defer func() { err = errors.Join(err, out.flush()) }()
	n, errs := 0, 0
	for ; n != want; n++ {
		claim, err := claims.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			c.Report(err)
			if errs++; errs >= maxErrors {
				break
			}
			n--
			continue
		}
		if err := out.add(dir, claim); err != nil {
			return true, err
		}
		progress.Count(n + 1)
	}
	switch {
	case n > 0 || errs > 0:
		return true, nil
	case claims.Conflicts() > 0:
		return true, cmdline.Exit(cmdline.DataError)
	case c.Bool("wait"):
		return false, nil
	}
	return false, cmdline.Exit(cmdline.Nothing)
}
