package telemetry

import (
	"fmt"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// scrapesPerRate is the minimum number of scrapes in a rate's range: one can fail, and two remain for a slope.
const scrapesPerRate = 4

// grid holds the sample times of a window. The last is at its end, and no query looks before its start.
type grid struct {
	start, first, last time.Time
	step, window       time.Duration
	points             int
}

// newGrid lays at most behaviour.MaxPoints over a window. Steps are multiples of the scrape interval, and rates look
// back at least one step, so that no sample is skipped.
func newGrid(start, end time.Time, scrape time.Duration) (grid, error) {
	start, end = start.Truncate(time.Second), end.Truncate(time.Second)
	length := end.Sub(start)
	multiple := max(1, (length+behaviour.MaxPoints*scrape-1)/(behaviour.MaxPoints*scrape))
	g := grid{start: start, last: end, step: multiple * scrape}
	g.window = max(g.step, scrapesPerRate*scrape)
	if length < g.window {
		return grid{}, &behaviour.WindowError{
			Message: fmt.Sprintf(
				"the window is %s long, shorter than the %s that a rate needs at a scrape interval of %s",
				max(length, 0),
				g.window,
				scrape,
			),
			Remedy: "use a longer window",
		}
	}
	g.points = int((length-g.window)/g.step) + 1
	g.first = end.Add(-time.Duration(g.points-1) * g.step)
	return g, nil
}
