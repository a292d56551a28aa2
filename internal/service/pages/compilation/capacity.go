package compilation

import (
	"fmt"
	"html/template"
	"math"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/capacity"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/plot"
)

// capacityView is what a configuration carries, with a plot of utilisation against load.
type capacityView struct {
	artefact.Capacity
	Summary   string
	FirstFull float64 // the load at which the first resource is full
	Rows      []resourceRow
	Plot      template.HTML
	MaxLoad   string // at the right end of the plot
}

// resourceRow is a resource as the table shows it.
type resourceRow struct {
	Line                               int // number of its line in the plot, or 0
	Resource, Parameter                string
	Demand, Limit, Busy, FullAt, Usage string
}

func newCapacityView(c artefact.Capacity) *capacityView {
	limiting := ""
	v := &capacityView{Capacity: c, FirstFull: math.Floor(c.Bottleneck.FullAt)}
	reach := c.Load
	drawn := 0
	for _, r := range c.Resources {
		if r.Name == c.Carries.Name {
			limiting = r.Resource
		}
		row := resourceRow{
			Resource:  r.Resource,
			Parameter: r.Parameter,
			Demand:    capacity.FormatAmount(r.Demand, r.Unit),
			Limit:     capacity.FormatAmount(r.Limit, r.Unit),
			Busy:      fmt.Sprintf("%.1f %%", 100*r.Utilization),
			FullAt:    "does not grow with the load",
		}
		if r.FullAt != nil {
			row.FullAt = capacity.FormatAmount(math.Floor(*r.FullAt), "st/s")
			if drawn < plot.DrawnResources {
				drawn++
				row.Line = drawn
				reach = max(reach, *r.FullAt)
			}
		}
		v.Rows = append(v.Rows, row)
	}
	v.Summary = fmt.Sprintf(
		"Sized for %s, carries %s, limited by %s. Estimated cost of this load around the clock, without storage: $%.0f to $%.0f a month.",
		capacity.FormatAmount(
			c.Load,
			"st/s",
		),
		capacity.FormatAmount(math.Floor(c.Carries.Load), "st/s"),
		limiting,
		c.Cost.USDPerMonth.Low,
		c.Cost.USDPerMonth.High,
	) + " " + capacity.DescribeTakeover(c.Takeover)
	v.Plot, v.MaxLoad = plot.DrawUtilization(c, 1.1*reach), capacity.FormatAmount(math.Floor(1.1*reach), "st/s")
	return v
}
