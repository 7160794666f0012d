package cmdline

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// testFlags are options of every kind that the commands have.
func testFlags() []flag {
	return withNames([]cli.Flag{
		IntFlag(&Optional[int]{}, -9, 20, "count", "n", "up to `COUNT`"),
		&cli.GenericFlag{Name: "metadata", Aliases: []string{"m"}, Destination: &texts{}, Usage: "`KEY=VALUE`"},
		&cli.StringFlag{Name: "list", Aliases: []string{"l"}, Usage: "of `LIST`"},
		&cli.BoolFlag{Name: "all", Aliases: []string{"a"}},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}},
	})
}

// TestScan checks that every way to write an option gives the same form. The operands
// stand after a "|".
func TestScan(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                      "|",
		"-n5 in":                "--count=5|in",
		"-vn5 in":               "--verbose --count=5|in",
		"-avn 5 in":             "--all --verbose --count=5|in",
		"-n 5 -v in":            "--count=5 --verbose|in",
		"-n -5 in":              "--count=-5|in",
		"-n=5 in":               "--count=5|in",
		"-n 010 in":             "--count=010|in",
		"-ma=b -mc:=1 in":       "--metadata=a=b --metadata=c:=1|in",
		"-m=a=b in":             "--metadata=a=b|in",
		"-m a= in":              "--metadata=a=|in",
		"-lstaff in":            "--list=staff|in",
		"-vl staff in":          "--verbose --list=staff|in",
		"-m -n5 in":             "--metadata=-n5|in",
		"--count 5 -n6 in":      "--count=5 --count=6|in",
		"--count=5 -n6 in":      "--count=5 --count=6|in",
		"--metadata -n5 -n6 in": "--metadata=-n5 --count=6|in",
		"--list --all in":       "--list=--all|in",
		"-v in -n5":             "--verbose|in -n5",
		"-v -- -n5":             "--verbose|-n5",
		"- -n5":                 "|- -n5",
	} {
		got, err := scan(strings.Fields(in), testFlags())
		options, operands, _ := strings.Cut(want, "|")
		if err != nil || !slices.Equal(got.options, strings.Fields(options)) || !slices.Equal(got.operands, strings.Fields(operands)) {
			t.Errorf("%s: %q, %q, %v", in, got.options, got.operands, err)
		}
	}
}

// TestScanRefuses checks that usage errors are in our words. An underscore is an empty
// argument.
func TestScanRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"--nosuch in":       "unknown option --nosuch",
		"--nosuch=x in":     "unknown option --nosuch",
		"--l x":             "unknown option --l",
		"--=x":              "unknown option --",
		"-x5 -n6":           "unknown option -x in -x5",
		"-x":                "unknown option -x",
		"-vx in":            "unknown option -x in -vx",
		"-v\xff in":         "unknown option -\ufffd in -v\xff",
		"-list staff":       "-list: a long option takes two dashes: --list",
		"-list=staff":       "-list: a long option takes two dashes: --list",
		"-all in":           "-all: a long option takes two dashes: --all",
		"-n":                "missing COUNT after option -n",
		"-vn":               "missing COUNT after option -n",
		"--list":            "missing LIST after option --list",
		"--all=true":        "option --all takes no value",
		"--all=":            "option --all takes no value",
		"-va=1":             "option -a takes no value",
		"-n x in":           `option -n: COUNT is not a whole number: "x"`,
		"--count=1.5":       `option --count: COUNT is not a whole number: "1.5"`,
		"-n 0x10":           `option -n: COUNT is not a whole number: "0x10"`,
		"-n" + many + " in": "option -n: COUNT is out of range: " + many,
		"-n 21 in":          "option -n: COUNT must be from -9 to 20",
		"--count -10 in":    "option --count: COUNT must be from -9 to 20",
		"-n _ in":           "option -n: COUNT is empty: is a variable unset?",
		"-n= in":            "option -n: COUNT is empty: is a variable unset?",
		"-vn= in":           "option -n: COUNT is empty: is a variable unset?",
		"-l _ in":           "option -l: LIST is empty: is a variable unset?",
		"--list _ in":       "option --list: LIST is empty: is a variable unset?",
		"--list= in":        "option --list: LIST is empty: is a variable unset?",
		"--list= --list x":  "option --list: LIST is empty: is a variable unset?",
		"-m _ in":           "option -m: KEY=VALUE is empty: is a variable unset?",
	} {
		args := strings.Fields(in)
		for i, arg := range args {
			args[i] = strings.ReplaceAll(arg, "_", "")
		}
		if _, err := scan(args, testFlags()); Status(err) != UsageError || err.Error() != want {
			t.Errorf("%s: %v, not %s", in, err, want)
		}
	}
}

const many = "99999999999999999999"

// TestOperands checks that an option among the operands and an empty operand are
// refused. The arguments of a command that the command runs may be anything.
func TestOperands(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]struct{ plain, runs string }{
		"in":           {},
		"in -":         {},
		"-- -x":        {},
		"-- in -x":     {},
		"_":            {"operand 1 is empty", "operand 1 is empty"},
		"- _":          {"operand 2 is empty", "operand 2 is empty"},
		"-- _":         {"operand 1 is empty", "operand 1 is empty"},
		"in -v":        {"option -v after an operand", "option -v after an operand"},
		"in out -v":    {"option -v after an operand", ""},
		"in out _":     {"operand 3 is empty", ""},
		"in -- x":      {"option -- after an operand", ""},
		"in -- _":      {"option -- after an operand", "operand 3 is empty"},
		"in -- x _ -v": {"option -- after an operand", ""},
		"-- in -- _":   {"operand 3 is empty", "operand 3 is empty"},
	} {
		args := strings.Fields(in)
		for i, arg := range args {
			args[i] = strings.ReplaceAll(arg, "_", "")
		}
		a, err := scan(args, testFlags())
		if err != nil {
			t.Fatal(err)
		}
		for runs, want := range map[bool]string{false: want.plain, true: want.runs} {
			err := a.checkOperands(runs)
			if want == "" && err != nil || want != "" && (Status(err) != UsageError || !strings.HasPrefix(err.Error(), want)) {
				t.Errorf("%s (runs: %v): %v, not %q", in, runs, err, want)
			}
		}
	}
}
