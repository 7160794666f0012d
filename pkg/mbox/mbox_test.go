package mbox

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func split(box string) ([]string, error) {
	r := NewReader(bufio.NewReaderSize(strings.NewReader(box), 16))
	var all []string
	for {
		m, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		text, err := io.ReadAll(m)
		if err != nil {
			return all, err
		}
		all = append(all, string(text))
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for box, want := range map[string][]string{
		"":                                          nil,
		"From a\n":                                  {""},
		"From a\nS: x\n\nb\n":                       {"S: x\n\nb\n"},
		"From a\nS: x\n\nb\n\n":                     {"S: x\n\nb\n"},
		"From a\nS: x\n\nb\n\n\n":                   {"S: x\n\nb\n\n"},
		"From a\nx\n\nFrom b\ny\n":                  {"x\n", "y\n"},
		"From a\nx\nFrom here\n\nFrom b\ny":         {"x\n", "", "y"},
		"From a\nx\nFrom b\n\ny\n":                  {"x\n", "\ny\n"},
		"From a\nFrom b\nFrom c":                    {"", "", ""},
		"From a\nx\r\nFrom b\r\ny\r\n":              {"x\r\n", "y\r\n"},
		"From a\nx":                                 {"x"},
		"From a\n>From b\nS: x\n\ny\n":              {"From b\nS: x\n\ny\n"},
		"\n\r\n\nFrom a\nx\n":                       {"x\n"},
		"\n\n":                                      nil,
		"From a\n\n>From x\n>>From y\n>F\n":         {"\nFrom x\n>From y\n>F\n"},
		"From a\r\nx\r\n\r\nFrom b\r\ny\r\n":        {"x\r\n", "y\r\n"},
		"From a\n\n\nFrom b\n":                      {"\n", ""},
		"From a\n" + strings.Repeat("l", 99):        {strings.Repeat("l", 99)},
		"From " + strings.Repeat("l", 99) + "\nx\n": {"x\n"},
	} {
		got, err := split(box)
		if err != nil || strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) {
			t.Errorf("%q: %q, %v; it should be %q", box, got, err, want)
		}
	}
	for _, box := range []string{"Subject: x\n\nx\n", "\n\nx\nFrom a\n", "\r", "\rFrom a\n", "From", " From a\n"} {
		if got, err := split(box); !errors.Is(err, ErrFormat) || len(got) > 0 {
			t.Errorf("%q: %q, %v", box, got, err)
		}
	}
}

func TestReadError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	r := NewReader(bufio.NewReader(io.MultiReader(strings.NewReader("From a\nx\n"), iotest.ErrReader(broken))))
	m, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(m); err != broken {
		t.Errorf("%v: a message that was cut off would pass for a whole one", err)
	}
}

// TestRoundTrip writes mailboxes in the mboxrd format, and reads them.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.OneOf(rapid.SampledFrom([]string{"", "From x", ">From y", ">>From z", ">", "From", "\r", "F"}), rapid.StringMatching(`[a-zF> ]{0,30}`))
		var (
			box  bytes.Buffer
			want []string
		)
		for range rapid.IntRange(1, 4).Draw(t, "messages") {
			var text strings.Builder
			box.WriteString("From x@example.com Mon Nov 23 12:00:00 2026\n")
			for _, l := range rapid.SliceOfN(line, 0, 12).Draw(t, "lines") {
				text.WriteString(l + "\n")
				if strings.HasPrefix(strings.TrimLeft(l, ">"), "From ") {
					box.WriteString(">")
				}
				box.WriteString(l + "\n")
			}
			box.WriteString("\n")
			want = append(want, text.String())
		}
		got, err := split(box.String())
		if err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Fatalf("%q, %v; it should be %q", got, err, want)
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add("From a\nx\n\nFrom b\n>From y\n")
	f.Fuzz(func(t *testing.T, box string) {
		all, err := split(box)
		total := 0
		for _, m := range all {
			total += len(m)
		}
		if total > len(box) || err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("%d bytes of %d, %v", total, len(box), err)
		}
	})
}
