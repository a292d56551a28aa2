package plot

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
)

// DrawnResources is the number of resources that the plot of a capacity shows: those that are full first.
const DrawnResources = 5

// plotLabel is a text over a plot, at a share of its width in percent.
type plotLabel struct {
	at   float64
	text string
}

// DrawUtilization draws how busy the first resources are from no load to the greatest, each a straight line that
// ends where the resource is full, and marks the stated load.
func DrawUtilization(c artefact.Capacity, most float64) template.HTML {
	const height, top, bottom = height, 16, 4
	y := func(share float64) float64 { return top + (1-share)*(height-top-bottom) }
	x := func(load float64) float64 { return 100 * load / most }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg width="100%%" height="%d" role="img" aria-label="Utilisation of the first %d resources against the load">`,
		height, DrawnResources)
	for _, share := range []float64{0, 0.5, 1} {
		fmt.Fprintf(&b, `<line class="grid" x1="0" x2="100%%" y1="%[1]f" y2="%[1]f"/><text class="tick" x="1" y="%[2]f">%[3]v %%</text>`,
			y(share), y(share)-4, 100*share)
	}
	fmt.Fprintf(&b, `<line class="bound" x1="%[1]f%%" x2="%[1]f%%" y1="%[2]d" y2="%[3]d"/>`, x(c.Load), top, height-bottom)
	drawn, labelledAt := 0, 0.0
	var labels []plotLabel
	for _, r := range c.Resources {
		if r.FullAt == nil || drawn == DrawnResources {
			continue
		}
		drawn++
		// a line through the stated load and the one at which it is full
		atRest := 0.0
		if *r.FullAt != c.Load {
			atRest = max(0, r.Utilization-(1-r.Utilization)*c.Load/(*r.FullAt-c.Load))
		}
		fmt.Fprintf(&b, `<line class="line a" x1="0" y1="%f" x2="%f%%" y2="%f"/>`, y(atRest), x(*r.FullAt), y(1))
		// numbers that would cover each other stand together
		if label := strconv.Itoa(drawn); drawn > 1 && x(*r.FullAt)-labelledAt < 2 {
			labels[len(labels)-1].text += ", " + label
		} else {
			labelledAt = x(*r.FullAt)
			labels = append(labels, plotLabel{labelledAt, label})
		}
	}
	for _, l := range labels {
		fmt.Fprintf(&b, `<text class="tick" x="%f%%" y="%d">%s</text>`, l.at, top-4, l.text)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // numbers only
}
