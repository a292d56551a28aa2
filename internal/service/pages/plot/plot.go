// Package plot draws the plots of pages as SVG, and formats numbers in units that are easy to read.
package plot

import (
	"html/template"
	"math"
	"slices"
	"strconv"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Dimensions of a plot. Lines are drawn in a square, which the browser stretches over the
// width of the page.
const (
	square = 1000
	height = 124
	top    = 14 // space for the label of the highest gridline
	bottom = 1
)

// Line is a line of a plot; its times are seconds since the start of the window.
type Line struct {
	Class  string // a or b
	Points []behaviour.Point
}

// Plot is the plot of a metric over a window.
type Plot struct {
	SVG template.HTML
	// scale of the values, for pages.js
	Low, High float64
	Unit      string
	Seconds   int64
	slack     int64
	sparse    bool
}

// RelativePoints returns points with times relative to start.
func RelativePoints(points []behaviour.Point, start int64) []behaviour.Point {
	moved := make([]behaviour.Point, len(points))
	for i, p := range points {
		moved[i] = behaviour.Point{Time: p.Time - start, Value: p.Value}
	}
	return moved
}

// Frame describes the area that lines are drawn in.
type Frame struct {
	Unit    string
	Seconds int64
	// slack is the time without samples at the start of a rate, which is not a gap
	Slack int64
	// bounds of the promises
	Bounds []float64
	// side that the metric leaves its bounds on; the zero value is none
	Outside OutsideMark
	// sparse points come from different windows: there are no gaps between them
	Sparse bool
}

// OutsideMark marks the values beyond a bound.
type OutsideMark struct {
	Bound   float64
	IsBelow bool // values below the bound are outside, else those above
	IsSet   bool
}

// Draw draws lines over the window. The labels of the axis come last, so that no line hides them.
func (f Frame) Draw(lines ...Line) Plot {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, p := range l.Points {
			low, high = min(low, p.Value), max(high, p.Value)
		}
	}
	if low > high {
		low, high = 0, 1
	}
	for _, b := range f.Bounds {
		// a distant bound would flatten the line, but one that is crossed has to be seen
		if f.Outside.IsSet && b == f.Outside.Bound || b >= low-(high-low)-math.Abs(low) && b <= high+(high-low)+math.Abs(high) {
			low, high = min(low, b), max(high, b)
		}
	}
	ticks, scale := chooseTicks(f.Unit, low, high)
	p := Plot{Low: ticks[0], High: ticks[len(ticks)-1], Unit: f.Unit, Seconds: max(f.Seconds, 1), slack: f.Slack, sparse: f.Sparse}
	b := []byte(`<svg width="100%" height="` + strconv.Itoa(height) + `" aria-hidden="true" focusable="false">`)
	b = p.appendGaps(b, lines)
	b = p.appendOutside(b, f.Outside)
	for _, t := range ticks {
		y := strconv.Itoa(int(math.Round(p.yPosition(t))))
		b = append(b, `<line class="grid" x1="0" x2="100%" y1="`+y+`" y2="`+y+`"/>`...)
	}
	for _, at := range f.Bounds {
		if at >= p.Low && at <= p.High {
			y := strconv.Itoa(int(math.Round(p.yPosition(at))))
			b = append(b, `<line class="bound" x1="0" x2="100%" y1="`+y+`" y2="`+y+`"/>`...)
		}
	}
	b = append(b, `<svg x="0" y="`+strconv.Itoa(top)+`" width="100%" height="`+strconv.Itoa(height-top-bottom)+
		`" viewBox="0 0 `+strconv.Itoa(square)+` `+strconv.Itoa(square)+`" preserveAspectRatio="none" overflow="visible">`...)
	for _, l := range lines {
		if len(lines) == 1 && p.Low <= 0 { // an area over a cut axis would exaggerate
			b = append(b, `<path class="area `+l.Class+`" d="`...)
			b = append(p.appendPath(b, l.Points, true), `"/>`...)
		}
		b = append(b, `<path class="line `+l.Class+`" d="`...)
		b = append(p.appendPath(b, l.Points, false), `"/>`...)
	}
	b = append(b, `</svg>`...)
	for i, t := range ticks {
		if i == 0 && p.Low == 0 {
			continue
		}
		b = append(b, `<text class="tick" x="1" y="`+strconv.Itoa(int(math.Round(p.yPosition(t)))-4)+
			`">`+template.HTMLEscapeString(scale.Format(t))...)
		if i == len(ticks)-1 {
			b = append(b, " "+template.HTMLEscapeString(scale.Unit)...)
		}
		b = append(b, `</text>`...)
	}
	b = append(b, `</svg>`...)
	p.SVG = template.HTML(b) // numbers and escaped text
	return p
}

// appendOutside appends the part of the plot that is outside a bound as an area.
func (p Plot) appendOutside(b []byte, m OutsideMark) []byte {
	if !m.IsSet || m.Bound < p.Low || m.Bound > p.High {
		return b
	}
	from, to := p.yPosition(p.High), p.yPosition(m.Bound)
	if m.IsBelow {
		from, to = to, p.yPosition(p.Low)
	}
	return append(b, `<rect class="outside" x="0" width="100%" y="`+strconv.Itoa(int(math.Round(from)))+
		`" height="`+strconv.Itoa(int(math.Round(to-from)))+`"/>`...)
}

// yPosition returns the position of a value in pixels from the top.
func (p Plot) yPosition(v float64) float64 {
	return top + (1-(v-p.Low)/(p.High-p.Low))*(height-top-bottom)
}

// appendPath appends the line through points, broken at missing samples. pages.js draws the
// same with uPlot; its scale comes from here.
func (p Plot) appendPath(b []byte, points []behaviour.Point, area bool) []byte {
	x := func(t int64) int64 { return int64(math.Round(float64(t) * square / float64(p.Seconds))) }
	y := func(v float64) int64 { return int64(math.Round((1 - (v-p.Low)/(p.High-p.Low)) * square)) }
	runs := splitRuns(points)
	if p.sparse {
		runs = [][]behaviour.Point{points}
	}
	for _, run := range runs {
		for i, s := range run {
			c := byte('L')
			if i == 0 {
				c = 'M'
			}
			b = append(b, c)
			b = strconv.AppendInt(b, x(s.Time), 10)
			b = append(b, ' ')
			b = strconv.AppendInt(b, y(s.Value), 10)
		}
		switch {
		case area:
			b = append(b, "V"+strconv.Itoa(square)+"H"...)
			b = append(strconv.AppendInt(b, x(run[0].Time), 10), 'Z')
		case len(run) == 1:
			b = append(b, "h1"...)
		}
	}
	return b
}

// pointInterval returns the median distance of points.
func pointInterval(points []behaviour.Point) int64 {
	if len(points) < 2 {
		return 0
	}
	between := make([]int64, 0, len(points)-1)
	for i := range points[1:] {
		between = append(between, points[i+1].Time-points[i].Time)
	}
	slices.Sort(between)
	return between[len(between)/2]
}

// splitRuns returns the runs of points without gaps. breakGaps in pages.js uses the same limit.
func splitRuns(points []behaviour.Point) [][]behaviour.Point {
	if len(points) == 0 {
		return nil
	}
	usual := pointInterval(points)
	var runs [][]behaviour.Point
	from := 0
	for i := range points[1:] {
		if points[i+1].Time-points[i].Time > usual*3/2 {
			runs = append(runs, points[from:i+1])
			from = i + 1
		}
	}
	return append(runs, points[from:])
}

// appendGaps appends the missing parts of a plot's only line as hatched areas.
func (p Plot) appendGaps(b []byte, lines []Line) []byte {
	if len(lines) != 1 || len(lines[0].Points) == 0 || p.sparse {
		return b
	}
	hatch := func(from, to int64) {
		share := func(t int64) string { return strconv.FormatFloat(float64(t)*100/float64(p.Seconds), 'f', 1, 64) + "%" }
		b = append(b, `<rect class="gap" fill="url(#hatch)" x="`+share(from)+`" width="`+share(to-from)+`" y="`+strconv.Itoa(top)+
			`" height="`+strconv.Itoa(height-top-bottom)+`"/>`...)
	}
	points := lines[0].Points
	usual := max(pointInterval(points), 1)
	last, slack := int64(0), p.slack
	for _, run := range splitRuns(points) {
		if from := run[0].Time; from-last > usual*3/2+slack {
			hatch(last, from)
		}
		last, slack = run[len(run)-1].Time, 0
	}
	if p.Seconds-last > usual*3/2 {
		hatch(last, p.Seconds)
	}
	return b
}

// highRatio is the ratio above which an axis begins at 40 %: the rate of sync matches is a matter of its last percents.
const highRatio = 0.8

// chooseTicks returns round values that enclose low and high. An axis begins at zero, so that small changes look small,
// or at 40 % for high ratios.
func chooseTicks(unit string, low, high float64) ([]float64, Scale) {
	switch {
	case unit == "ratio" && low >= highRatio && high <= 1.1:
		low, high = 0.4, 1
	case low >= 0:
		low = 0
	}
	if high <= low {
		high = low + 1
	}
	scale := ChooseScale(unit, max(math.Abs(low), math.Abs(high)))
	// round in the displayed unit
	step := roundStep((high - low) * scale.factor / 3)
	first := math.Floor(low*scale.factor/step + 1e-9)
	last := math.Ceil(high*scale.factor/step - 1e-9)
	if unit == "ratio" && low >= 0 && high <= 1.1 {
		last = min(last, math.Ceil(100/step)) // more than all is the error of two rates
	}
	if last <= first {
		last = first + 1
	}
	var ticks []float64
	for i := first; i <= last; i++ {
		ticks = append(ticks, i*step/scale.factor)
	}
	return ticks, scale
}

// roundStep returns the next of 1, 2, 2.5, 5 and 10 times a power of ten.
func roundStep(at float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(at)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*power >= at*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// DrawSparkline draws a line without axes.
func DrawSparkline(points []behaviour.Point, seconds int64) template.HTML {
	if len(points) == 0 {
		return ""
	}
	// from zero, as the axes of plots
	low, high := 0.0, 0.0
	for _, p := range points {
		low, high = min(low, p.Value), max(high, p.Value)
	}
	if low == high {
		high = 1
	}
	p := Plot{Low: low, High: high, Seconds: max(seconds, 1)}
	b := []byte(`<svg viewBox="-10 -60 1020 1120" preserveAspectRatio="none" aria-hidden="true" focusable="false"><path class="line a" d="`)
	return template.HTML(append(p.appendPath(b, points, false), `"/></svg>`...))
}
