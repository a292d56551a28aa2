package pages

import (
	"html/template"
	"math"
	"slices"
	"strconv"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// What a plot is drawn in: the SVG takes the width that it gets, and lines are
// drawn in a square of this side that is stretched over it.
const (
	square     = 1000
	plotHeight = 124
	plotTop    = 14 // above the highest gridline, for its label
	plotBottom = 1
)

// A line of a plot: seconds from the start of its window, and values.
type line struct {
	Class  string // a or b
	Points []behaviour.Point
}

// A plot is one metric over a window of seconds from its start.
type plot struct {
	SVG template.HTML
	// what a script needs to draw the same: the scale of the values
	Low, High float64
	Unit      string
	Seconds   int64
	slack     int64
	sparse    bool
}

// relative gives points as seconds from a start.
func relative(points []behaviour.Point, start int64) []behaviour.Point {
	moved := make([]behaviour.Point, len(points))
	for i, p := range points {
		moved[i] = behaviour.Point{Time: p.Time - start, Value: p.Value}
	}
	return moved
}

// A frame is what lines are drawn in.
type frame struct {
	unit    string
	seconds int64
	// slack is how long after the start the first sample of a rate can be at the
	// soonest: there is nothing missing before
	slack int64
	// bounds of what is promised
	bounds []float64
	// sparse points are no samples of one window: nothing is missing between them
	sparse bool
}

// draw makes the plot of lines over a window.
func (f frame) draw(lines ...line) plot {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, p := range l.Points {
			low, high = min(low, p.Value), max(high, p.Value)
		}
	}
	if low > high {
		low, high = 0, 1
	}
	for _, b := range f.bounds {
		// a bound far outside would flatten the line
		if b >= low-(high-low)-math.Abs(low) && b <= high+(high-low)+math.Abs(high) {
			low, high = min(low, b), max(high, b)
		}
	}
	ticks, scale := ticksOf(f.unit, low, high)
	p := plot{Low: ticks[0], High: ticks[len(ticks)-1], Unit: f.unit, Seconds: max(f.seconds, 1), slack: f.slack, sparse: f.sparse}
	b := []byte(`<svg width="100%" height="` + strconv.Itoa(plotHeight) + `" aria-hidden="true" focusable="false">`)
	b = p.gaps(b, lines)
	for i, t := range ticks {
		y := strconv.Itoa(int(math.Round(p.y(t))))
		b = append(b, `<line class="grid" x1="0" x2="100%" y1="`+y+`" y2="`+y+`"/>`...)
		if i > 0 || p.Low < 0 {
			b = append(b, `<text class="tick" x="1" y="`+strconv.Itoa(int(math.Round(p.y(t)))-4)+`">`+template.HTMLEscapeString(scale.text(t))...)
			if i == len(ticks)-1 {
				b = append(b, " "+template.HTMLEscapeString(scale.unit)...)
			}
			b = append(b, `</text>`...)
		}
	}
	for _, at := range f.bounds {
		if at >= p.Low && at <= p.High {
			y := strconv.Itoa(int(math.Round(p.y(at))))
			b = append(b, `<line class="bound" x1="0" x2="100%" y1="`+y+`" y2="`+y+`"/>`...)
		}
	}
	b = append(b, `<svg x="0" y="`+strconv.Itoa(plotTop)+`" width="100%" height="`+strconv.Itoa(plotHeight-plotTop-plotBottom)+`" viewBox="0 0 `+strconv.Itoa(square)+` `+strconv.Itoa(square)+`" preserveAspectRatio="none" overflow="visible">`...)
	for _, l := range lines {
		if len(lines) == 1 {
			b = append(b, `<path class="area `+l.Class+`" d="`...)
			b = append(p.path(b, l.Points, true), `"/>`...)
		}
		b = append(b, `<path class="line `+l.Class+`" d="`...)
		b = append(p.path(b, l.Points, false), `"/>`...)
	}
	b = append(b, `</svg></svg>`...)
	p.SVG = template.HTML(b) // numbers, and text that was escaped
	return p
}

// y is where a value is, in pixels from the top of the SVG.
func (p plot) y(v float64) float64 {
	return plotTop + (1-(v-p.Low)/(p.High-p.Low))*(plotHeight-plotTop-plotBottom)
}

// path appends the line through points, broken where samples are missing.
func (p plot) path(b []byte, points []behaviour.Point, area bool) []byte {
	x := func(t int64) int64 { return int64(math.Round(float64(t) * square / float64(p.Seconds))) }
	y := func(v float64) int64 { return int64(math.Round((1 - (v-p.Low)/(p.High-p.Low)) * square)) }
	runs := unbroken(points)
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

// spacing is the usual distance of points.
func spacing(points []behaviour.Point) int64 {
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

// unbroken are the runs of points that follow each other without a gap.
func unbroken(points []behaviour.Point) [][]behaviour.Point {
	if len(points) == 0 {
		return nil
	}
	usual := spacing(points)
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

// gaps appends what is missing of the only line of a plot, as hatched areas.
func (p plot) gaps(b []byte, lines []line) []byte {
	if len(lines) != 1 || len(lines[0].Points) == 0 || p.sparse {
		return b
	}
	hatch := func(from, to int64) {
		share := func(t int64) string { return strconv.FormatFloat(float64(t)*100/float64(p.Seconds), 'f', 1, 64) + "%" }
		b = append(b, `<rect class="gap" fill="url(#hatch)" x="`+share(from)+`" width="`+share(to-from)+`" y="`+strconv.Itoa(plotTop)+`" height="`+strconv.Itoa(plotHeight-plotTop-plotBottom)+`"/>`...)
	}
	points := lines[0].Points
	usual := max(spacing(points), 1)
	last, slack := int64(0), p.slack
	for _, run := range unbroken(points) {
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

// ticksOf are round values from at most the lowest to at least the highest.
// Zero is among them unless that would hide how the values move.
func ticksOf(unit string, low, high float64) ([]float64, scaled) {
	if flat(low, high) || low >= 0 && low <= 0.7*high {
		low = min(low, 0)
	}
	if high <= low {
		high = low + 1
	}
	scale := scaleOf(unit, max(math.Abs(low), math.Abs(high)))
	// round in the unit that is shown
	step := stepOf((high - low) * scale.factor / 3)
	first := math.Floor(low*scale.factor/step + 1e-9)
	last := math.Ceil(high*scale.factor/step - 1e-9)
	if unit == "ratio" && low >= 0 && high <= 1 {
		last = min(last, math.Ceil(100/step))
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

// flat values move by less than anybody sees, such as by what sums of rates round.
func flat(low, high float64) bool { return high-low <= 0.01*max(math.Abs(low), math.Abs(high)) }

// stepOf is the next of 1, 2, 2.5, 5 and 10 times a power of ten.
func stepOf(at float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(at)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*power >= at*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// sparkline is a plot without anything but its line.
func sparkline(points []behaviour.Point, seconds int64) template.HTML {
	if len(points) == 0 {
		return ""
	}
	low, high := points[0].Value, points[0].Value
	for _, p := range points {
		low, high = min(low, p.Value), max(high, p.Value)
	}
	if flat(low, high) {
		low, high = low-math.Abs(low)-1, high+math.Abs(high)+1
	}
	p := plot{Low: low, High: high, Seconds: max(seconds, 1)}
	b := []byte(`<svg viewBox="-10 -60 1020 1120" preserveAspectRatio="none" aria-hidden="true" focusable="false"><path class="line a" d="`)
	return template.HTML(append(p.path(b, points, false), `"/></svg>`...))
}
