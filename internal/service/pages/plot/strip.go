package plot

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
)

// Cell is one window of a strip. Higher is more severe, so that colour is never the
// only sign. A cell without a class is unknown.
type Cell struct {
	Start, End time.Time
	Class      string
	Height     float64 // of the strip
}

// Lanes of a strip, in pixels. More windows that overlap than maxLanes are drawn over each other.
const (
	maxLanes = 12
	maxStrip = 72 // of all lanes, while they are at least minLane high
	minLane  = 6
	laneGap  = 2
)

// DrawStrip draws cells over time, oldest first. Windows that overlap are in lanes, one above the other, and time in no
// window is hatched.
func DrawStrip(cells []Cell, height int) template.HTML {
	lanes, number := assignLanes(cells)
	height = max(min(height, maxStrip/number), minLane)
	first, last := cells[0].Start, cells[0].End
	for _, c := range cells {
		last = maxTime(last, c.End)
	}
	share := func(d time.Duration) float64 { return 100 * float64(d) / float64(last.Sub(first)) }
	var b strings.Builder
	all := number*(height+laneGap) - laneGap
	fmt.Fprintf(&b, `<svg class="strip" width="100%%" height="%d" aria-hidden="true" focusable="false">`, all)
	covered := first
	for _, c := range cells {
		if c.Start.After(covered) {
			fmt.Fprintf(&b, `<rect class="gap" fill="url(#hatch)" x="%.2f%%" y="0" width="%.2f%%" height="%d"/>`,
				share(covered.Sub(first)), share(c.Start.Sub(covered)), all)
		}
		covered = maxTime(covered, c.End)
	}
	for i, c := range cells {
		high := max(c.Height*float64(height), 3)
		fmt.Fprintf(&b, `<rect class="%s" x="%.2f%%" y="%.1f" width="%.2f%%" height="%.1f"/>`, cmp.Or(c.Class, "none"),
			share(c.Start.Sub(first)), float64(lanes[i]*(height+laneGap)+height)-high, max(share(c.End.Sub(c.Start))*0.96, 0.3), high)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// assignLanes returns the lane of each cell, the first that is free at its start, and the number of lanes.
func assignLanes(cells []Cell) (lanes []int, number int) {
	var ends []time.Time
	for _, c := range cells {
		lane := slices.IndexFunc(ends, func(end time.Time) bool { return !end.After(c.Start) })
		switch {
		case lane >= 0:
			ends[lane] = c.End
		case len(ends) < maxLanes:
			lane = len(ends)
			ends = append(ends, c.End)
		default:
			lane = 0
		}
		lanes = append(lanes, lane)
	}
	return lanes, len(ends)
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
