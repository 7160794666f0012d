package mailmanlog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Bases of entries.
var (
	baseA = "1795986229.813337+" + strings.Repeat("a1", 20)
	baseB = "1795986230.0+" + strings.Repeat("b2", 20)
)

// TestReal looks at what real runners wrote, of Mailman 2.1.26 and of 3.3.8, about the
// same accidents.
func TestReal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ log, base, want string }{
		{"mailman2", "1795986229.813337+3f98ea9eef9a0f8de383e905c063143edd040990", "Nov 29 21:03:49 2026: RuntimeError: told to"},
		{"mailman2", "1795986229.818485+fce5c05935ca9f958df2cc068b96adde3c6b055d", "Nov 29 21:03:49 2026: UnpicklingError: invalid load key, 'n'."},
		// Somebody moved it before the runner got there.
		{"mailman2", "1795986229.82299+0c6753dde3b6c39e89eece6970eb1c1b77a5b716", ""},
		{"mailman2", "1795986230.829786+ef283e8550471e82f406f78be16358bf28630548", "Nov 29 21:03:50 2026: Unpickling .bak exception: arbag"},
		{"mailman2", "1795986230.832242+5d65747f6d3bb502012285f3900f32ae4fb8d029", "Nov 29 21:03:50 2026: .bak file max count"},
		{"mailman2", "1795986230.835439+77c5df4c822a8b987092798fa249b16508b115ba", "Nov 29 21:03:50 2026: IOError: [Errno 20] Not a directory: " +
			"'/var/lib/mailman/qfiles/shunt/1795986230.835439+99aa7fcaa24e543a1fa660c80905d4c6a6d3ce3d.pck.tmp'"},
		{"mailman3", "1795986369.9119997+6afd0abd166d004715197142d2fe39f7a76c62b3", "Nov 29 21:06:09 2026: RuntimeError: told to"},
		{"mailman3", "1795986369.9159217+304530c2a498d473aafb9fa5c1568a671fb78998", "Nov 29 21:06:09 2026: _pickle.UnpicklingError: invalid load key, 'n'."},
		{"mailman3", "1795986369.9251206+d1194139b6c7c976413cf9b1d8ba23dc6979fd7d", ""},
		{"mailman3", "1795986370.9533687+c91778d049ebb6b84dd72b84d73ce171dd7d09ff", "Nov 29 21:06:10 2026: Unpickling .bak exception: pickle data was truncated"},
		{"mailman3", "1795986370.976231+9ba70224de2c86a8e36d0c175d08d3a5a50a893f", "Nov 29 21:06:11 2026: .bak file max count"},
		{"mailman3", "1795986371.018067+d2ba9879f6f740918320e51c20bf3e5ffa44b31b", "Nov 29 21:06:11 2026: NotADirectoryError: [Errno 20] Not a directory: " +
			"'/var/lib/mailman3/queue/shunt/1795986371.0380104+516e1e0c465efa58004fc5910b868da3e76ce950.pck.tmp'"},
	} {
		path := filepath.Join("testdata", c.log)
		r, err := New(path).Reason(Entry{Base: c.base})
		if err != nil {
			t.Fatal(err)
		}
		if got := said(r); got != c.want {
			t.Errorf("%s, %s:\ngot  %s\nwant %s", c.log, c.base, got, c.want)
		}
		if r != nil && (r.Path != path || r.Time.Format(layout) != r.Stamp || r.Time.Location() != time.Local) {
			t.Errorf("%s, %s: %+v", c.log, c.base, r)
		}
	}
}

// said is the time and the text of a reason.
func said(r *Reason) string {
	if r == nil {
		return ""
	}
	return r.Stamp + ": " + r.Text
}

// record is a record of a log, at a second of a minute.
func record(second, pid int, text string) string {
	return fmt.Sprintf("Nov 09 21:03:%02d 2026 (%d) %s\n", second, pid, text)
}

// failed is what a runner logs of an exception.
func failed(second, pid int, exception string) string {
	_, message, _ := strings.Cut(exception, ": ")
	return record(second, pid, "Uncaught runner exception: "+message) +
		record(second, pid, "Traceback (most recent call last):\n  File \"x.py\", line 1, in x\n    x()\n    ^^^\n"+exception)
}

// TestRecords looks at records that the files in testdata do not have.
func TestRecords(t *testing.T) {
	t.Parallel()
	const shunting, skipping = "SHUNTING: ", "Skipping and preserving unparseable message: "
	for _, c := range []struct{ name, log, want string }{
		{"nothing", "", ""},
		{"another entry", failed(1, 7, "ValueError: x") + record(1, 7, shunting+baseB), ""},
		{"the newest counts", failed(1, 7, "ValueError: old") + record(1, 7, shunting+baseA) +
			failed(2, 7, "ValueError: new") + record(2, 7, shunting+baseA), "Nov 09 21:03:02 2026: ValueError: new"},
		{"two runners", record(1, 7, "Uncaught runner exception: x") + failed(1, 8, "TypeError: y") +
			record(2, 7, "Traceback (most recent call last):\n  File\nValueError: x\n") + record(2, 8, shunting+baseB) + record(2, 7, shunting+baseA),
			"Nov 09 21:03:01 2026: ValueError: x"},
		{"another process's exception", failed(1, 8, "TypeError: y") + record(1, 7, shunting+baseA), ""},
		{"an exception that another entry had", failed(1, 7, "TypeError: y") + record(1, 7, shunting+baseB) + record(1, 7, shunting+baseA), ""},
		{"no traceback", record(1, 7, "Uncaught runner exception: x") + record(1, 7, shunting+baseA), "Nov 09 21:03:01 2026: x"},
		{"an exception without a text", failed(1, 7, "AssertionError") + record(1, 7, shunting+baseA), "Nov 09 21:03:01 2026: AssertionError"},
		{"neither text nor traceback", record(1, 7, "Uncaught runner exception: ") + record(1, 7, shunting+baseA), ""},
		{"a text of several lines", failed(1, 7, "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked\n"+
			"[SQL: UPDATE x]\n(Background on this error at: https://sqlalche.me/e/14/e3q8)") + record(1, 7, shunting+baseA),
			"Nov 09 21:03:01 2026: sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked"},
		{"an exception during another", failed(1, 7, "KeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\n"+
			traceback+"\n  File \"y.py\", line 2, in y\n    y()\nLookupError: y") + record(1, 7, shunting+baseA), "Nov 09 21:03:01 2026: LookupError: y"},
		{"only the move of an entry", failed(1, 7, "ValueError: x") + record(1, 7, skipping+baseA) +
			failed(2, 7, "OSError: [Errno 2] No such file or directory") + record(2, 7, skipping+baseA), "Nov 09 21:03:01 2026: ValueError: x"},
		{"a rename, in Mailman 3", failed(2, 7, "FileNotFoundError: [Errno 2] No such file or directory: '/q/in/"+baseA+".pck' -> '/q/in/"+baseA+".bak'") +
			record(2, 7, skipping+baseA), ""},
		{"a move, without a traceback", record(1, 7, "Uncaught runner exception: [Errno 2] No such file or directory: '/q/in/"+baseA+".pck'") +
			record(2, 7, "Ignoring unparseable message: "+baseA), ""},
		{"another missing file", failed(2, 7, "FileNotFoundError: [Errno 2] No such file or directory: '/q/templates/x'") +
			record(2, 7, shunting+baseA), "Nov 09 21:03:02 2026: FileNotFoundError: [Errno 2] No such file or directory: '/q/templates/x'"},
		{"ignored", failed(1, 7, "ValueError: x") + record(1, 7, "Ignoring unparseable message: "+baseA), "Nov 09 21:03:01 2026: ValueError: x"},
		{"records of others between", failed(1, 7, "ValueError: x") + record(1, 7, "delivery to a@b failed") + "Nov 09 21:03:01 2026 qrunner(9): Traceback\n" +
			record(1, 7, shunting+baseA), "Nov 09 21:03:01 2026: ValueError: x"},
		{"a text that looks like an end", failed(1, 7, "ValueError: x\nSHUNTING: "+baseA) + record(1, 7, shunting+baseB), ""},
		{"more than a base", failed(1, 7, "ValueError: x") + record(1, 7, shunting+baseA+".pck"), ""},
		{"no such day", strings.ReplaceAll(failed(1, 7, "ValueError: x")+record(1, 7, shunting+baseA), "Nov 09", "Nov 99"), ""},
		{"cut off", strings.TrimSuffix(failed(1, 7, "ValueError: x")+record(1, 7, shunting+baseA), "\n"), "Nov 09 21:03:01 2026: ValueError: x"},
		{"cut off earlier", failed(1, 7, "ValueError: x") + record(1, 7, shunting+baseA)[:80], ""},
		{"a long line", failed(1, 7, "ValueError: "+strings.Repeat("\u00e9", mostLine)) + record(1, 7, shunting+baseA),
			"Nov 09 21:03:01 2026: ValueError: " + strings.Repeat("\u00e9", (MostText-len("ValueError: ...")-1)/2) + "..."},
		{"any bytes", failed(1, 7, "ValueError: \x00\xff\x1b[2J\r") + record(1, 7, shunting+baseA), "Nov 09 21:03:01 2026: ValueError: \x00\xff\x1b[2J"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, t.TempDir(), "error", c.log)
			r, err := New(path).Reason(Entry{Base: baseA})
			if err != nil {
				t.Fatal(err)
			}
			if got := said(r); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// missingList is a record that Mailman 3.3.8 wrote.
const missingList = `<a@b.example> runner "in" shunting message for missing list: none.example.com`

// TestMissingList checks that a message whose list does not exist is found by its
// Message-ID and list.
func TestMissingList(t *testing.T) {
	t.Parallel()
	log := record(1, 7, missingList) + record(2, 7, `<sp ace "runner" "x@x> runner "in" shunting message for missing list: x`) +
		record(3, 7, "None"+missingList[len("<a@b.example>"):]) + record(4, 7, `<c@d>" shunting message for missing list: x`)
	const text = "shunting message for missing list: "
	for _, c := range []struct {
		entry Entry
		want  string
	}{
		{Entry{baseA, "<a@b.example>", "none.example.com"}, "Nov 09 21:03:01 2026: " + text + "none.example.com"},
		{Entry{baseA, `<sp ace "runner" "x@x>`, "x"}, "Nov 09 21:03:02 2026: " + text + "x"},
		{Entry{baseA, "<a@b.example>", "other.example.com"}, ""},
		{Entry{baseA, "None", "none.example.com"}, ""},
		{Entry{baseA, "<c@d>", "x"}, ""},
		{Entry{baseA, "", "none.example.com"}, ""},
	} {
		r, err := New(write(t, t.TempDir(), "mailman.log", log)).Reason(c.entry)
		if err != nil {
			t.Fatal(err)
		}
		if got := said(r); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.entry, got, c.want)
		}
	}
	path := write(t, t.TempDir(), "mailman.log", log+shunted(baseA, "ValueError: x"))
	if r, err := New(path).Reason(Entry{baseA, "<a@b.example>", "none.example.com"}); err != nil || r == nil || r.Text != "ValueError: x" {
		t.Errorf("the file base comes first: %+v, %v", r, err)
	}
}

func TestIsBase(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]bool{
		baseA: true, baseB: true, "1e16" + baseA[len(baseA)-41:]: true, "": false, "+": false, baseA + "x": false, "x" + baseA: false,
	} {
		if got := isBase(base); got != want {
			t.Errorf("isBase(%q): %v", base, got)
		}
	}
}

func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
