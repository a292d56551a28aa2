package telemetry

import (
	"fmt"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// scrapesPerRate is how many scrapes a rate looks back over at least: one may
// fail, and two are left on each side of it.
const scrapesPerRate = 4

// A grid is where in a window samples are taken: the last at its end, and none
// that looks at anything before its start.
type grid struct {
	start, first, last time.Time
	step, window       time.Duration
	points             int
}

// fit lays a grid of at most behaviour.MaxPoints over a window. A step is a
// multiple of the scrape interval, and a rate looks back at least a step, so that
// nothing falls between two samples.
func fit(start, end time.Time, scrape time.Duration) (grid, error) {
	start, end = start.Truncate(time.Second), end.Truncate(time.Second)
	length := end.Sub(start)
	multiple := max(1, (length+behaviour.MaxPoints*scrape-1)/(behaviour.MaxPoints*scrape))
	g := grid{start: start, last: end, step: multiple * scrape}
	g.window = max(g.step, scrapesPerRate*scrape)
	if length < g.window {
		return grid{}, &behaviour.WindowError{
			Message: fmt.Sprintf("the window is %s long, shorter than the %s that a rate needs at a scrape interval of %s", max(length, 0), g.window, scrape),
			Remedy:  "take a longer window",
		}
	}
	g.points = int((length-g.window)/g.step) + 1
	g.first = end.Add(-time.Duration(g.points-1) * g.step)
	return g, nil
}
