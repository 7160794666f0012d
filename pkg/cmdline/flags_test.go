package cmdline

import (
	"slices"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestWithNames: the names are the library's, in its order.
func TestWithNames(t *testing.T) {
	t.Parallel()
	flags := append(commonFlags(),
		&cli.IntFlag{Name: "count", Aliases: []string{"n"}},
		&cli.StringSliceFlag{Name: "metadata", Aliases: []string{"m"}},
		DurationFlag("warning", "w", ""),
	)
	for i, quick := range withNames(flags) {
		if !slices.Equal(quick.Names(), flags[i].Names()) {
			t.Errorf("%q instead of %q", quick.Names(), flags[i].Names())
		}
		if _, ok := quick.(cli.DocGenerationFlag); !ok {
			t.Errorf("%q says nothing of itself", quick.Names())
		}
	}
}

// TestSliceFlagKeepsCommas: the library splits values at commas unless it can
// tell the flag not to.
func TestSliceFlagKeepsCommas(t *testing.T) {
	t.Parallel()
	var got []string
	status := Run(Command{
		Flags: []cli.Flag{&cli.StringSliceFlag{Name: "metadata", Aliases: []string{"m"}, KeepSpace: true}},
		Run:   func(c *Context) error { got = c.StringSlice("metadata"); return nil },
	}, []string{"x", "-m", "a=1, 2", "-m", "b"})
	if want := []string{"a=1, 2", "b"}; status != OK || !slices.Equal(got, want) {
		t.Errorf("%d, %q", status, got)
	}
}
