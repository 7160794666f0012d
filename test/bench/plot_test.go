package main

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"testing"
)

// TestPlot checks that values off the scale stay in the picture, and that every line has its
// name.
func TestPlot(t *testing.T) {
	b := &bench{curve: []series{
		{"fast", []point{{10, 1e-6}, {1_000_000, 0.002}}},
		{"slow", []point{{10, 0.05}, {100_000, 60}}},
	}}
	plot := xml.NewDecoder(strings.NewReader(b.plot()))
	texts, circles := map[string]bool{}, 0
	for {
		token, err := plot.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.CharData:
			texts[string(token)] = true
		case xml.StartElement:
			if token.Name.Local != "circle" {
				continue
			}
			circles++
			for _, a := range token.Attr {
				end := map[string]float64{"cx": plotWidth - plotRight, "cy": plotHeight - plotBottom}[a.Name.Local]
				if at, err := strconv.ParseFloat(a.Value, 64); end > 0 && (err != nil || at < plotTop || at > end) {
					t.Errorf("%s is %s (%v)", a.Name.Local, a.Value, err)
				}
			}
		}
	}
	if circles != 4 || !texts["fast"] || !texts["slow"] || !texts[machine()] {
		t.Errorf("%d points, texts %v", circles, texts)
	}
}
