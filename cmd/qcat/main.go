// Qcat shows the message or the metadata of entries.
package main

import (
	"path/filepath"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

func main() {
	cmdline.Main(cmdline.Command{
		Synopsis: "[-H | -m | --json | --raw] ENTRY...",
		Summary:  "Write the messages of entries, in any state, as RFC 5322 text.",
		Example:  "qstat -e shunt | NAME -H -",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "header", Aliases: []string{"H"}, Usage: "only the header of the message"},
			&cli.BoolFlag{Name: "metadata", Aliases: []string{"m"}, Usage: "the metadata as JSON, one object per line"},
			&cli.BoolFlag{Name: "json", Usage: "message and metadata as JSON, one object per line"},
			&cli.BoolFlag{Name: "raw", Usage: "the two pickles, disassembled"},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "end JSON with NUL, and entries on standard input"},
		},
		Looks: true,
		Run:   run,
	})
}

func run(c *cmdline.Context) error {
	chosen := 0
	for _, name := range []string{"header", "metadata", "json", "raw"} {
		if c.Bool(name) {
			chosen++
		}
	}
	if chosen > 1 {
		return cmdline.Usagef("-H, -m, --json and --raw exclude each other")
	}
	if c.Args().Len() == 0 {
		return cmdline.Usagef("missing ENTRY operand")
	}
	if err := c.CheckOutput(); err != nil {
		return err
	}
	return c.Paths(c.Args().Slice(), func(path string) error { return cat(c, path) })
}

// cat writes one entry.
func cat(c *cmdline.Context, path string) error {
	e, err := c.ReadMessage(path)
	if e != nil {
		defer e.Close()
	}
	if c.Bool("raw") && e != nil {
		return raw(c, e)
	}
	if err != nil {
		return err
	}
	switch {
	case c.Bool("metadata") && !e.Content.HasMetadata():
		return &queue.Error{Path: e.Path(), Err: message.ErrNoMetadata}
	case c.Bool("metadata"):
		line, err := e.Content.AppendMetadata(nil)
		if err != nil {
			return &queue.Error{Path: e.Path(), Err: err}
		}
		return c.Line(line)
	case c.Bool("json"):
		return c.JSON(cmdline.Record{Path: e.Path(), Queue: filepath.Dir(e.Path()), ID: e.ID, State: e.State, Content: e.Content, Message: true})
	case c.Bool("header"):
		err = e.Content.WriteHeader(c.Out)
	default:
		err = e.Content.WriteMessage(c.Out)
	}
	if err == nil {
		return c.Now()
	}
	if out := c.Now(); out != nil {
		return out
	}
	return &queue.Error{Path: e.Path(), Err: err}
}

// raw writes the pickles as far as they can be read.
func raw(c *cmdline.Context, e *queue.Entry) error {
	err := message.Disassemble(c.Out, e.ReaderAt(), e.Info.Size())
	if out := c.Now(); out != nil || err == nil {
		return out
	}
	return &queue.Error{Path: e.Path(), Err: err}
}
