package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The plot has two logarithmic axes: depth to the right, cost upwards.
const (
	plotWidth, plotHeight         = 720, 440
	plotLeft, plotRight           = 80, 40
	plotTop, plotBottom           = 44, 76
	leastCost, mostCost   float64 = 1e-3, 10
	leastDepth, mostDepth float64 = 10, 1e6
)

// looks tell the lines apart, even for eyes that see no colours.
var looks = []struct{ colour, dash string }{
	{"#0072b2", "none"},
	{"#d55e00", "7 3"},
	{"#009e73", "2 3"},
	{"#a0528c", "9 3 2 3"},
}

func plotX(depth float64) float64 {
	return plotLeft + (plotWidth-plotLeft-plotRight)*math.Log(depth/leastDepth)/math.Log(mostDepth/leastDepth)
}

func plotY(cost float64) float64 {
	cost = min(max(cost, leastCost), mostCost)
	return plotHeight - plotBottom - (plotHeight-plotTop-plotBottom)*math.Log(cost/leastCost)/math.Log(mostCost/leastCost)
}

// plot returns an SVG of the cost of a claim against depth. It has a background of its own,
// so that it can be read on a dark page.
func (b *bench) plot() string {
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#333">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&s, `<rect width="%d" height="%d" rx="6" fill="white"/>`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&s, `<text x="%d" y="26" font-size="15">What one claim costs, a process each</text>`+"\n", plotLeft)
	for i, d := range []string{"10", "100", "1,000", "10,000", "100,000", "1,000,000"} {
		x := plotX(leastDepth * math.Pow10(i))
		fmt.Fprintf(&s, `<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			x, plotTop, plotHeight-plotBottom, x, plotHeight-plotBottom+18, d)
	}
	for i, c := range []string{"1 ms", "10 ms", "0.1 s", "1 s", "10 s"} {
		y := plotY(leastCost * math.Pow10(i))
		fmt.Fprintf(&s, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			plotLeft, y, plotWidth-plotRight, plotLeft-8, y+4, c)
	}
	const middle = plotLeft + (plotWidth-plotLeft-plotRight)/2
	fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="middle">ready entries in the queue</text>`+"\n", middle, plotHeight-plotBottom+38)
	fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="middle" font-size="10" fill="#666">%s</text>`+"\n", middle, plotHeight-12, html.EscapeString(machine()))
	for i, series := range b.curve {
		var line strings.Builder
		look := looks[i%len(looks)]
		style := fmt.Sprintf(`fill="none" stroke="%s" stroke-dasharray="%s" stroke-width="%.1f"`, look.colour, look.dash, 2.5)
		for j, p := range series.points {
			x, y := plotX(float64(p.depth)), plotY(p.cost)
			fmt.Fprintf(&line, "%c%.1f %.1f", "ML"[min(j, 1)], x, y)
			fmt.Fprintf(&s, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`+"\n", x, y, look.colour)
		}
		y := plotTop + 18 + 18*i
		fmt.Fprintf(&s, `<path d="%s" %s/><path d="M%d %dh30" %s/><text x="%d" y="%d">%s</text>`+"\n",
			line.String(), style, plotLeft+12, y-4, style, plotLeft+50, y, series.name)
	}
	return s.String() + "</svg>\n"
}
