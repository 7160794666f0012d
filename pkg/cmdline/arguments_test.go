package cmdline

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestDetach(t *testing.T) {
	t.Parallel()
	flags := []cli.Flag{
		&cli.IntFlag{Name: "count", Aliases: []string{"n"}},
		&cli.StringSliceFlag{Name: "metadata", Aliases: []string{"m"}},
		&cli.BoolFlag{Name: "all", Aliases: []string{"a"}},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}},
	}
	for in, want := range map[string]string{
		"":                      "",
		"-n5 in":                "-n 5 in",
		"-vn5 in":               "-v -n 5 in",
		"-avn 5 in":             "-avn 5 in",
		"-n 5 -v in":            "-n 5 -v in",
		"-n -5 in":              "-n -5 in",
		"-n=5 in":               "-n=5 in",
		"-ma=b -mc:=1 in":       "-m a=b -m c:=1 in",
		"-m -n5 in":             "-m -n5 in",
		"--count 5 -n6 in":      "--count 5 -n 6 in",
		"--count=5 -n6 in":      "--count=5 -n 6 in",
		"--metadata -n5 -n6 in": "--metadata -n5 -n 6 in",
		"-v in -n5":             "-v in -n5",
		"-v -- -n5":             "-v -- -n5",
		"- -n5":                 "- -n5",
		"-n":                    "-n",
		"-x5 -n6":               "-x5 -n 6",
	} {
		got := detach(strings.Fields(in), flags)
		if !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %q", in, got)
		}
	}
}
