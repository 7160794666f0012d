package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// The plot: both axes logarithmic, depth to the right, cost upwards.
const (
	plotWidth, plotHeight         = 640, 400
	plotLeft, plotRight           = 70, 40
	plotTop, plotBottom           = 20, 50
	leastCost, mostCost   float64 = 1e-3, 10
	leastDepth, mostDepth float64 = 10, 1e6
)

func plotX(depth float64) float64 {
	return plotLeft + (plotWidth-plotLeft-plotRight)*math.Log(depth/leastDepth)/math.Log(mostDepth/leastDepth)
}

func plotY(cost float64) float64 {
	cost = min(max(cost, leastCost), mostCost)
	return plotHeight - plotBottom - (plotHeight-plotTop-plotBottom)*math.Log(cost/leastCost)/math.Log(mostCost/leastCost)
}

// plot is an SVG of the cost of a claim against depth.
func (b *bench) plot() string {
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, plotHeight)
	for d := leastDepth; d <= mostDepth; d *= 10 {
		fmt.Fprintf(&s, `<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%.0f</text>`+"\n",
			plotX(d), plotTop, plotHeight-plotBottom, plotX(d), plotHeight-plotBottom+18, d)
	}
	for c := leastCost; c <= mostCost; c *= 10 {
		fmt.Fprintf(&s, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g ms</text>`+"\n",
			plotLeft, plotY(c), plotWidth-plotRight, plotLeft-6, plotY(c)+4, c*1000)
	}
	fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="middle">entries in the queue</text>`+"\n", plotWidth/2, plotHeight-10)
	var names []string
	for name := range b.curve {
		names = append(names, name)
	}
	slices.Sort(names)
	slices.Reverse(names)
	colours := []string{"#b30000", "#0057b3", "#2a7a2a", "#8a5a00"}
	for i, name := range names {
		var line strings.Builder
		for j, p := range b.curve[name] {
			fmt.Fprintf(&line, "%c%.1f %.1f", "ML"[min(j, 1)], plotX(float64(p.depth)), plotY(p.cost))
		}
		colour := colours[i%len(colours)]
		fmt.Fprintf(&s, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/><text x="%d" y="%d" fill="%s">%s</text>`+"\n",
			line.String(), colour, plotLeft+10, plotTop+16+16*i, colour, name)
	}
	return s.String() + "</svg>\n"
}
