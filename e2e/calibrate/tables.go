package main

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// section is a generated part of the page, between a line that names its command and
// a line with its end.
type section struct{ name, command string }

var (
	sectionCosts = section{"measured", command}
	sectionRamps = section{"ramps", rampCommand}
)

// writeInto returns the page with the text in the section.
func (s section) writeInto(page, text []byte) ([]byte, error) {
	begin := fmt.Sprintf("<!-- %s: written by %s -->\n", s.name, s.command)
	end := fmt.Sprintf("<!-- end of %s -->\n", s.name)
	before, rest, found := bytes.Cut(page, []byte(begin))
	_, after, ends := bytes.Cut(rest, []byte(end))
	if !found || !ends {
		return nil, fmt.Errorf("the page has no lines %q and %q", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return bytes.Join([][]byte{before, []byte(begin), text, []byte(end), after}, nil), nil
}

// tables returns the costs, and next to each measured shape how far the costs are
// from it, as Markdown.
func (r Result) tables() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\nTemporal server %s, %s, %s, %d shards, %s.\n\n", r.Server, r.Database, r.SDK, r.Shards, r.Date)
	b.WriteString("| one of each adds |")
	for _, f := range r.fitted() {
		fmt.Fprintf(&b, " %s |", strings.ReplaceAll(f.name, "_", " "))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(r.fitted())) + "\n")
	fits := map[string][]float64{}
	for _, of := range resources {
		costs, err := r.Costs(of)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", of.name, err)
		}
		fits[of.name] = costs
		fmt.Fprintf(&b, "| `%s` |", of.name)
		for _, cost := range costs {
			fmt.Fprintf(&b, " %s |", formatCost(cost, of.digits))
		}
		b.WriteString("\n")
	}
	b.WriteString(`
What was measured for each shape, per transition. In brackets: how far the sum of the costs above is
from it.

| shape | shards | added latency | transitions | history's persistence requests | reads | writes | statements | rows written | requests (frontend, matching, history) | connection ms |
|---|---|---|---|---|---|---|---|---|---|---|
`)
	named := map[string]resource{}
	for _, of := range resources {
		named[of.name] = of
	}
	for _, run := range r.Runs {
		transitions := run.PerWorkflow.Transitions
		latency := "none"
		if run.Latency != (Latency{}) {
			latency = formatLatency(run.Latency)
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %.2f |", run.Shape.Name, run.Shards, latency, transitions)
		for _, name := range []string{"persistence_history", "reads", "writes", "statements", "rows_written"} {
			measured := named[name].amount(run.PerWorkflow)
			fmt.Fprintf(&b, " %.2f%s |", measured/transitions, r.formatError(fits[name], run, measured))
		}
		held := trafficOf(func(t Traffic) float64 { return t.HeldSeconds })(run.PerWorkflow)
		fmt.Fprintf(
			&b,
			" %.2f, %.2f, %.2f | %.0f |\n",
			run.PerWorkflow.Requests["frontend"]/transitions,
			run.PerWorkflow.Requests["matching"]/transitions,
			run.PerWorkflow.Requests["history"]/transitions,
			1000*held/transitions,
		)
	}
	b.WriteString("\n")
	return b.Bytes(), nil
}

// formatError returns how far the costs are from what was measured, in percent. A
// shape with a feature that has no cost has none.
func (r Result) formatError(costs []float64, run Run, measured float64) string {
	if run.Shape.Parallel > 0 || run.Shape.Unawaited {
		return ""
	}
	return fmt.Sprintf(" (%+.0f %%)", math.Round(100*(r.predict(costs, run.Shape)/measured-1)))
}

// table returns the load at which each limit is full, as Markdown.
func (r Ramps) table() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `
Temporal server %s, %s.

| scarce | settings | workflow | keeps up to | full at | connections of history in use | median seconds of a workflow |
|---|---|---|---|---|---|---|
`, r.Server, r.Date)
	for _, ramp := range r.Ramps {
		followed, ends := ramp.Followed()
		full := ramp.Full()
		fullAt := "not reached"
		if ends {
			fullAt = fmt.Sprintf("**%.0f**", full.Completed*ramp.workflowTransitions())
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %.0f | %s | %.1f | %.1f |\n", ramp.Limit.Name, ramp.Limit.settings(),
			ramp.Limit.Shape.Name, followed.Transitions, fullAt, full.Connections, full.Median)
	}
	b.WriteString("\n")
	return b.Bytes()
}

// settings returns the settings that a prediction needs.
func (l Limit) settings() string {
	parts := []string{fmt.Sprintf("%d shards, pool %d", l.Server.Shards, l.Server.Pool)}
	if l.Server.Latency != (Latency{}) {
		parts = append(parts, formatLatency(l.Server.Latency))
	}
	for _, key := range slices.Sorted(maps.Keys(l.Server.Dynamic)) {
		parts = append(parts, fmt.Sprintf("`%s` %v", key, l.Server.Dynamic[key]))
	}
	for name, value := range map[string]int{
		"activity slots": l.Worker.ActivitySlots, "workflow-task slots": l.Worker.WorkflowSlots, "activity pollers": l.Worker.ActivityPollers,
	} {
		if value > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", value, name))
		}
	}
	return strings.Join(parts, ", ")
}

func formatLatency(l Latency) string {
	return fmt.Sprintf("%v a round trip, %v at COMMIT", l.RoundTrip, l.Commit)
}
