package cmdline

import (
	"io"
	"slices"
	"testing"

	"github.com/urfave/cli/v2"

	"switchboard/pkg/queue"
)

// texts is an option with many values.
type texts []string

func (t *texts) Check(string) error { return nil }
func (t *texts) String() string     { return "" }
func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

// TestWithNames checks that the names are those of the library, in its order.
func TestWithNames(t *testing.T) {
	t.Parallel()
	flags := func() []cli.Flag {
		var s Shared
		return append(s.flags(), s.NullFlag(""), s.SliceFlag(), s.MinAgeFlag(""), s.BadFlag(), s.FormatFlag())
	}
	theirs := flags()
	for i, quick := range withNames(flags()) {
		if !slices.Equal(quick.names, theirs[i].Names()) {
			t.Errorf("%q instead of %q", quick.names, theirs[i].Names())
		}
	}
}

// TestValues checks that each value arrives once and as it is. The library splits
// values of its own slices at commas, trims them and makes them valid UTF-8.
func TestValues(t *testing.T) {
	t.Parallel()
	var (
		s     Shared
		many  texts
		count = Optional[int]{Value: 7}
		text  string
	)
	c := Command{
		Shared: &s,
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "metadata", Aliases: []string{"m"}, Destination: &many, Usage: "`M`"},
			IntFlag(&count, 1, 0, "count", "n", "`N`"), s.SliceFlag(),
			&cli.StringFlag{Name: "list", Aliases: []string{"l"}, Destination: &text},
		},
		Run: func(c *Context) error { return nil },
	}
	status := Run(c, Process{Args: []string{"x", "-m", "a=1, 2 ", "-m", "b\xff", "-n010", "-s", "1/4", "-l", "\xfe", "-v"}, Stdout: io.Discard, Stderr: io.Discard})
	if want := (texts{"a=1, 2 ", "b\xff"}); status != OK || !slices.Equal(many, want) {
		t.Errorf("%d, %q", status, many)
	}
	if (count != Optional[int]{10, true}) || (s.Slice != Optional[queue.Slice]{Value: queue.Slice{Index: 1, Count: 4}, Given: true}) || text != "\xfe" || !s.Verbose {
		t.Errorf("%v, %q, %+v", count, text, s)
	}
}
