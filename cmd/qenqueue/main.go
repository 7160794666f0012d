// Qenqueue stores messages in a queue.
package main

import (
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/config"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[-l LIST] [-m KEY=VALUE]... [-m KEY:=JSON]... [-f FORMAT] [-p] [-q] [--mbox] [--no-sync] QUEUE [FILE...]",
		Summary:  "Store messages in QUEUE, and print the paths of the entries once they are durable.",
		Example:  "NAME -l staff -m tolist:=1 /var/lib/mailman/qfiles/in < message.eml",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "list", Aliases: []string{"l"}, Usage: "for the list `LIST`"},
			&cli.StringSliceFlag{Name: "metadata", Aliases: []string{"m"}, KeepSpace: true, Usage: "`KEY=VALUE` a string, KEY:=JSON any value"},
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "write for `FORMAT`: mailman2 (default) or mailman3"},
			&cli.BoolFlag{Name: "parent", Aliases: []string{"p"}, Usage: "make QUEUE if it is missing, but not its parent"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print nothing; errors go to syslog (for Exim)"},
			&cli.BoolFlag{Name: "mbox", Usage: "each FILE is an mbox"},
			&cli.BoolFlag{Name: "no-sync", Usage: "do not wait for the disk: a power cut may lose them"},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "end the printed paths with NUL"},
		},
		Run: run,
	})
}

func run(c *cmdline.Context) error {
	if c.Args().Len() == 0 {
		return cmdline.Usagef("missing QUEUE operand")
	}
	items, err := settings(c)
	if err != nil {
		return err
	}
	if _, err := message.ParseDialect(c.String("format")); err != nil && c.IsSet("format") {
		return cmdline.Usagef("option --format: %v", err)
	}
	if !utf8.ValidString(c.String("list")) {
		return cmdline.Usagef("option -l: LIST is not UTF-8")
	}
	c.MapStatus(forMailServers)
	dir, format, err := open(c)
	if err != nil {
		return err
	}
	s := &store{
		c: c, format: format, mbox: c.Bool("mbox"),
		items: append(listItem(c.String("list"), format), items...),
		batch: dir.NewBatch(printer(c)),
	}
	files := c.Args().Tail()
	if len(files) == 0 {
		files = []string{"-"}
	}
	progress := c.Progress("stored")
	defer progress.Done()
	for i, file := range files {
		if err := s.file(file); err != nil {
			s.batch.Abort()
			return err
		}
		progress.Count(i + 1)
	}
	return s.flush()
}

// printer prints the paths of entries, or with -q nothing.
func printer(c *cmdline.Context) func(string) error {
	if c.Bool("quiet") {
		return func(string) error { return nil }
	}
	return c.Println
}

// open opens the queue, and settles the format.
func open(c *cmdline.Context) (*queue.Dir, message.Dialect, error) {
	var (
		dir *queue.Dir
		q   config.Queue
		err error
	)
	if c.Bool("parent") {
		dir, q, err = c.Create(c.Args().First())
	} else {
		dir, q, err = c.Open(c.Args().First())
	}
	return dir, c.Format(q), err
}
