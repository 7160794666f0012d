package main

import (
	"fmt"
	"html"
	"maps"
	"math"
	"slices"
	"strings"
)

// plotTitles has the names of the plots, and what they show.
var plotTitles = map[string]string{
	"claim.svg": "the cost of one claim against the depth of the queue",
	"cycle.svg": "the cost of a message from store to finish, beside other queues",
}

// plots returns the plots of what was measured, by name. They have a background of their own,
// so that they can be read on a dark page.
func (b *bench) plots() map[string]string {
	all := map[string]string{}
	if len(b.curve) > 0 {
		all["claim.svg"] = b.plotClaim()
	}
	if len(b.cycles) > 0 {
		all["cycle.svg"] = b.plotCycle()
	}
	return all
}

// plotLinks returns links to the plots in a directory.
func (b *bench) plotLinks(dir string) string {
	var s strings.Builder
	for _, name := range slices.Sorted(maps.Keys(b.plots())) {
		fmt.Fprintf(&s, "![%s](%s%s)\n", plotTitles[name], dir, name)
	}
	return s.String()
}

// axis is a logarithmic axis, from one pixel to another.
type axis struct {
	least, most float64
	from, to    float64
}

// at returns the pixel of a value. Values off the scale stay in the picture.
func (a axis) at(value float64) float64 {
	value = min(max(value, a.least), a.most)
	return a.from + (a.to-a.from)*math.Log(value/a.least)/math.Log(a.most/a.least)
}

const plotWidth = 720

// looks tell the lines apart, even for eyes that see no colours.
var looks = []struct{ colour, dash string }{
	{"#0072b2", "none"},
	{"#56a0d3", "11 3"},
	{"#d55e00", "7 3"},
	{"#009e73", "2 3"},
	{"#a0528c", "9 3 2 3"},
}

// picture is an SVG that is being drawn.
type picture struct{ strings.Builder }

func newPicture(height, left int, title string) *picture {
	p := &picture{}
	p.draw(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#333">`, plotWidth, height)
	p.draw(`<rect width="%d" height="%d" rx="6" fill="white"/>`, plotWidth, height)
	p.draw(`<text x="%d" y="26" font-size="15">%s</text>`, left, title)
	return p
}

func (p *picture) draw(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// columns draws lines from top to bottom at each power of ten, and what they are below.
func (p *picture) columns(x axis, top, bottom float64, names []string, what string) {
	for i, name := range names {
		at := x.at(x.least * math.Pow10(i))
		p.draw(`<path d="M%.1f %.1fV%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, at, top, bottom, at, bottom+18, name)
	}
	p.draw(`<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, (x.from+x.to)/2, bottom+38, what)
	p.draw(`<text x="%.1f" y="%.1f" text-anchor="middle" font-size="10" fill="#666">%s</text>`, (x.from+x.to)/2, bottom+64, html.EscapeString(machine()))
}

func (p *picture) done() string { return p.String() + "</svg>\n" }

// plotClaim returns the cost of a claim, upwards, against depth.
func (b *bench) plotClaim() string {
	const height = 440
	x := axis{10, 1e6, 80, plotWidth - 40}
	y := axis{1e-3, 10, height - 76, 44}
	p := newPicture(height, int(x.from), "What one claim costs, a process each")
	p.columns(x, y.to, y.from, []string{"10", "100", "1,000", "10,000", "100,000", "1,000,000"}, "ready entries in the queue")
	for i, cost := range []string{"1 ms", "10 ms", "0.1 s", "1 s", "10 s"} {
		at := y.at(y.least * math.Pow10(i))
		p.draw(`<path d="M%.1f %.1fH%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`, x.from, at, x.to, x.from-8, at+4, cost)
	}
	for i, series := range b.curve {
		var line strings.Builder
		look := looks[i%len(looks)]
		style := fmt.Sprintf(`fill="none" stroke="%s" stroke-dasharray="%s" stroke-width="2.5"`, look.colour, look.dash)
		for j, point := range series.points {
			atX, atY := x.at(float64(point.depth)), y.at(point.cost)
			fmt.Fprintf(&line, "%c%.1f %.1f", "ML"[min(j, 1)], atX, atY)
			p.draw(`<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`, atX, atY, look.colour)
		}
		at := y.to + 18 + 18*float64(i)
		p.draw(`<path d="%s" %s/><path d="M%.1f %.1fh30" %s/><text x="%.1f" y="%.1f">%s</text>`,
			line.String(), style, x.from+12, at-4, style, x.from+50, at, html.EscapeString(series.name))
	}
	return p.done()
}

// plotCycle returns the cost of each cycle, to the right, with what a power cut can lose
// below its name. Ours are filled.
func (b *bench) plotCycle() string {
	const left, top, line = 290, 52, 36
	bottom := float64(top + line*len(b.cycles))
	x := axis{1e-5, 0.1, left, plotWidth - 60}
	p := newPicture(int(bottom)+76, 16, "What a message costs: stored, claimed, shown and finished")
	p.columns(x, top-8, bottom, []string{"10 µs", "0.1 ms", "1 ms", "10 ms", "0.1 s"}, "time per message")
	for i, c := range b.cycles {
		at, atX := float64(top+line*i)+12, x.at(c.cost)
		stroke, fill := looks[2].colour, "white"
		if c.ours {
			stroke, fill = looks[0].colour, looks[0].colour
		}
		p.draw(`<text x="16" y="%.1f">%s</text><text x="16" y="%.1f" font-size="10" fill="#666">%s</text>`,
			at, html.EscapeString(c.name), at+13, html.EscapeString(c.loses))
		p.draw(`<path d="M%d %.1fH%.1f" stroke="%s" stroke-width="1.5"/>`, left, at, atX, stroke)
		p.draw(`<circle cx="%.1f" cy="%.1f" r="5" fill="%s" stroke="%s" stroke-width="2"/><text x="%.1f" y="%.1f">%s</text>`,
			atX, at, fill, stroke, atX+10, at+4, c.milliseconds()+" ms")
	}
	return p.done()
}
