// Package capacity computes the load that a configuration carries, and the smallest configuration for a load.
package capacity

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// A Document is what a deployment carries, with the workflow and the database that it is sized
// for.
type Document struct {
	Target   string `json:"target"`
	Name     string `json:"name"`
	Preset   string `json:"preset"`
	Modifier string `json:"modifier,omitempty"`
	artefact.Capacity
	Workload map[string]float64 `json:"workload"`
	Database map[string]float64 `json:"database"`
	// Observed is the load of a behaviour profile, where one gives the configuration.
	Observed *ObservedLoad `json:"observed,omitempty"`
}

// An ObservedLoad is the load that a behaviour profile has measured.
type ObservedLoad struct {
	Profile string  `json:"profile"`
	Mean    float64 `json:"mean"` // state transitions a second
	P95     float64 `json:"p95"`
	// Utilization of the first bottleneck at the p95, by the model.
	Utilization float64 `json:"utilization"`
}

// Observe adds the load that a behaviour profile has measured.
func (d *Document) Observe(profile string, mean, p95 float64) {
	d.Observed = &ObservedLoad{Profile: profile, Mean: mean, P95: p95, Utilization: p95 / d.Bottleneck.FullAt}
}

// New describes the capacity of a resolved deployment.
func New(target string, p artefact.Profile, c artefact.Capacity) Document {
	return Document{
		Target: target, Name: p.Name, Preset: p.PresetName, Modifier: p.Modifier, Capacity: c,
		Workload: p.Workload, Database: p.Database,
	}
}

// ofService names the service that a value is of, if it is one's own.
func ofService(service string) string {
	if service == "" {
		return ""
	}
	return " of " + service
}

// Text prints the capacity for a person: the answer, the table, and what to raise next.
func (d Document) Text(w io.Writer, style report.Style) {
	carries := d.findResource(d.Carries.Name)
	planned := ""
	if carries.Usable < 1 {
		planned = fmt.Sprintf(", planned to be at most %s %% busy", number(math.Round(100*carries.Usable)))
	}
	fmt.Fprintf(w, "%s at %s st/s: carries %s st/s, limited by %s%s.\n",
		style.Bold(d.Name), number(d.Load), number(math.Floor(d.Carries.Load)), carries.Resource, planned)
	fmt.Fprintf(w, "First bottleneck: %s, full at %s st/s.\n\n", d.Bottleneck.Resource, number(math.Floor(d.Bottleneck.FullAt)))
	if o := d.Observed; o != nil {
		fmt.Fprintf(w, "Observed: %s st/s on average, %s at p95, which makes it %s %% busy.\n\n",
			number(o.Mean), number(o.P95), number(math.Round(100*o.Utilization)))
	}
	var rows [][]string
	for _, r := range d.Resources {
		full := "-"
		if r.FullAt != nil {
			full = number(math.Floor(*r.FullAt))
		}
		rows = append(rows, []string{
			FormatAmount(r.Demand, r.Unit), FormatAmount(r.Limit, r.Unit), fmt.Sprintf("%.1f %%", 100*r.Utilization), full, r.Resource,
		})
	}
	report.Table(w, style, []string{"DEMAND", "LIMIT", "BUSY", "FULL AT ST/S", "RESOURCE"}, rows)
	fmt.Fprintln(w)
	if raise, next := d.Bottleneck.Raise, d.Bottleneck.Next; raise != nil && next != nil {
		aim := "To carry more"
		if d.Bottleneck.Name != d.Carries.Name {
			aim = "To move the first bottleneck"
		}
		fmt.Fprintf(
			w,
			"%s, raise %s%s from %s to %s; then %s at %s st/s.\n",
			aim,
			raise.Parameter,
			ofService(raise.Service),
			number(raise.From),
			number(raise.To),
			d.findResource(next.Name).Resource+" fill up",
			number(math.Floor(next.FullAt)),
		)
	}
	fmt.Fprintln(w, DescribeTakeover(d.Takeover))
	fmt.Fprintf(w, "Estimated cost at this load around the clock: %s to %s DPU a transition, $%s to $%s a month, without storage.\n",
		number(d.Cost.DPUPerTransition.Low), number(d.Cost.DPUPerTransition.High),
		number(d.Cost.USDPerMonth.Low), number(d.Cost.USDPerMonth.High))
	fmt.Fprintf(w, "Sized for a workflow with %s; the database takes %s.\n", fields(d.Workload), fields(d.Database))
}

// DescribeTakeover compares the limit of calls to the database with what taking over the shards needs.
func DescribeTakeover(t artefact.Takeover) string {
	text := fmt.Sprintf("%s allows a history instance %s/s, %s times the %s/s that it needs while it takes over its shards: "+
		"%s/s for the load and %s/s for the shards", t.Parameter, number(t.Limit), number(t.Ratio), number(t.Needed), number(t.OfLoad),
		number(t.OfShards))
	if t.Ratio < 1 {
		text += ", so it may not catch up again"
	}
	return text + "."
}

func (d Document) findResource(name string) artefact.ResourceUsage {
	for _, r := range d.Resources {
		if r.Name == name {
			return r
		}
	}
	return artefact.ResourceUsage{}
}

// fields prints named numbers that are not 0.
func fields(numbers map[string]float64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		if numbers[name] != 0 {
			parts = append(parts, fmt.Sprintf("%s = %s", name, number(numbers[name])))
		}
	}
	return strings.Join(parts, ", ")
}

// number prints a number with at most four significant digits after the point, and no exponent.
func number(n float64) string {
	if math.Abs(n) >= 100 || n == math.Trunc(n) {
		return strconv.FormatFloat(math.Round(n), 'f', -1, 64)
	}
	digits := 2
	if math.Abs(n) < 1 {
		digits = 4
	}
	text := strconv.FormatFloat(n, 'f', digits, 64)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// FormatAmount writes a number with its unit: 3 pollers, 12.5/s.
func FormatAmount(n float64, unit string) string {
	if strings.HasPrefix(unit, "1/") {
		return number(n) + strings.TrimPrefix(unit, "1")
	}
	return number(n) + " " + unit
}
