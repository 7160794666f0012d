package main

import (
	"encoding/xml"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// drawing is what an SVG has.
type drawing struct {
	texts   map[string]bool
	circles [][2]float64
}

func parse(t *testing.T, svg string) drawing {
	t.Helper()
	d := drawing{texts: map[string]bool{}}
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return d
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.CharData:
			d.texts[string(token)] = true
		case xml.StartElement:
			if token.Name.Local != "circle" {
				continue
			}
			var at [2]float64
			for _, a := range token.Attr {
				i := slices.Index([]string{"cx", "cy"}, a.Name.Local)
				if i < 0 {
					continue
				}
				value, err := strconv.ParseFloat(a.Value, 64)
				if err != nil {
					t.Fatal(err)
				}
				at[i] = value
			}
			d.circles = append(d.circles, at)
		}
	}
}

// TestPlots checks that values off the scale stay in the picture, that they are in order, and
// that every line has its name.
func TestPlots(t *testing.T) {
	if got := (&bench{}).plots(); len(got) != 0 {
		t.Errorf("nothing was measured, but there are %d plots", len(got))
	}
	b := &bench{
		curve: []series{
			{"fast", []point{{10, 1e-6}, {1_000_000, 0.002}}},
			{"slow <&>", []point{{10, 0.05}, {100_000, 60}}},
		},
		cycles: []cycle{
			{"fast", true, losesNothing, 1e-9},
			{"medium", false, losesName, 0.0123},
			{"slow <&>", false, losesAll, 99},
		},
	}
	plots := b.plots()
	for name, want := range map[string]struct {
		circles, along int
		texts          []string
	}{
		"claim.svg": {4, 1, nil},
		"cycle.svg": {3, 0, []string{"12 ms", "medium", losesAll}},
	} {
		d := parse(t, plots[name])
		if len(d.circles) != want.circles {
			t.Errorf("%s has %d points, want %d", name, len(d.circles), want.circles)
		}
		for _, c := range d.circles {
			if c[0] < 0 || c[0] > plotWidth || c[1] < 40 || c[1] > 440 {
				t.Errorf("%s has a point at %v", name, c)
			}
		}
		for _, text := range append(want.texts, "fast", "slow <&>", machine()) {
			if !d.texts[text] {
				t.Errorf("%s lacks the text %q", name, text)
			}
		}
		if plotTitles[name] == "" {
			t.Errorf("%s has no title", name)
		}
		// Cost is upwards in one, to the right in the other.
		first, last := d.circles[0][want.along], d.circles[len(d.circles)-1][want.along]
		if rises := last < first; rises != (want.along == 1) {
			t.Errorf("%s: a cost of little is at %v, of much at %v", name, first, last)
		}
	}
}
