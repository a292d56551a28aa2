package capacity

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Need is the load and latency to size a configuration for.
type Need struct {
	Transitions     float64 // state transitions a second
	ScheduleToStart int     // longest p99 in ms; 0 takes the preset's
	EndToEnd        int     // longest latency in ms; 0 takes the preset's
	Modifier        string
	TemporalVersion string
	PluginVersion   string
	Workload        map[string]any
	Database        map[string]any
}

// A Proposal is the smallest preset and topology for a need.
type Proposal struct {
	Transitions float64        `json:"transitions"`
	Preset      string         `json:"preset"`
	Modifier    string         `json:"modifier,omitempty"`
	Overrides   map[string]any `json:"overrides"`
	Workload    map[string]any `json:"workload,omitempty"`
	Database    map[string]any `json:"database,omitempty"`
	// stated versions
	TemporalVersion string            `json:"temporal_version,omitempty"`
	PluginVersion   string            `json:"plugin_version,omitempty"`
	Topology        []Topology        `json:"topology"`
	Findings        []policy.Finding  `json:"findings"`
	Capacity        artefact.Capacity `json:"capacity"`
}

// A Topology is a topology value of a proposal, and the one that the preset states.
type Topology struct {
	Parameter string `json:"parameter"`
	Value     any    `json:"value"`
	Preset    any    `json:"preset_value"`
}

// Size proposes the smallest preset whose range contains the load, with the least topology that
// carries it. If every proposal has findings, it returns the one with the fewest.
func Size(ctx context.Context, engine *compile.Engine, need Need, options check.Options) (Proposal, error) {
	presets, err := engine.Presets()
	if err != nil {
		return Proposal{}, err
	}
	slices.SortStableFunc(presets, func(a, b registry.Preset) int { return cmp.Compare(a.Range.Max, b.Range.Max) })
	var best *Proposal
	for i, p := range presets {
		if p.Range.Max < need.Transitions && i < len(presets)-1 {
			continue
		}
		proposal, err := propose(ctx, engine, p.Name, need, options)
		if err != nil {
			return Proposal{}, err
		}
		if best == nil || len(proposal.Findings) < len(best.Findings) {
			best = &proposal
		}
		if len(best.Findings) == 0 {
			break
		}
	}
	return *best, nil
}

func propose(ctx context.Context, engine *compile.Engine, preset string, need Need, options check.Options) (Proposal, error) {
	request := compile.Request{
		Preset: preset, Modifier: need.Modifier, TemporalVersion: need.TemporalVersion, PluginVersion: need.PluginVersion,
		Workload: need.Workload, Database: need.Database,
	}
	targets, err := engine.SizingTargets()
	if err != nil {
		return Proposal{}, err
	}
	p := Proposal{
		Transitions: need.Transitions, Preset: preset, Modifier: need.Modifier, Workload: need.Workload, Database: need.Database,
		Overrides: map[string]any{targets.Transitions: compile.IntegralNumber(need.Transitions)},
		Topology:  []Topology{}, TemporalVersion: need.TemporalVersion, PluginVersion: need.PluginVersion,
	}
	for key, ms := range map[string]int{targets.ScheduleToStart: need.ScheduleToStart, targets.EndToEnd: need.EndToEnd} {
		if ms > 0 {
			p.Overrides[key] = ms
		}
	}
	stated, err := override(engine, request, p.Overrides)
	if err != nil {
		return p, err
	}
	resolved, err := engine.Resolve(stated)
	if err != nil {
		return p, err
	}
	if len(resolved.Violations) == 0 {
		if err := p.takeTopology(engine, resolved.Profile); err != nil {
			return p, err
		}
	}
	if stated, err = override(engine, request, p.Overrides); err != nil {
		return p, err
	}
	result, capacity, err := engine.Capacity(stated)
	if err != nil {
		return p, err
	}
	findings, err := check.ListFindings(ctx, result, options)
	if err != nil {
		return p, err
	}
	if p.Findings = check.WithoutPlaces(findings); p.Findings == nil {
		p.Findings = []policy.Finding{}
	}
	if capacity != nil {
		p.Capacity = *capacity
	}
	return p, nil
}

// takeTopology overrides each topology parameter with the least that the load needs.
func (p *Proposal) takeTopology(engine *compile.Engine, profile artefact.Profile) error {
	raised, err := engine.RaisedByLoad()
	if err != nil {
		return err
	}
	for _, x := range profile.TopologyParams {
		need, ok := raised[x.Key]
		if !ok {
			continue
		}
		least := compile.IntegralNumber(profile.Needs[need])
		p.Topology = append(p.Topology, Topology{x.Key, least, x.Value})
		p.Overrides[x.Key] = least
	}
	return nil
}

// override adds overrides to a request, by key.
func override(engine *compile.Engine, request compile.Request, overrides map[string]any) (compile.Request, error) {
	for _, key := range slices.Sorted(maps.Keys(overrides)) {
		o, err := engine.NewOverride(key, overrides[key], source.Pos{})
		if err != nil {
			return request, err
		}
		request.Overrides = append(request.Overrides, o)
	}
	return request, nil
}

// Deployment writes the proposal as a deployment in YAML.
func (p Proposal) Deployment(name string) ([]byte, error) {
	doc := struct {
		Name            string         `yaml:"name,omitempty"`
		Preset          string         `yaml:"preset"`
		Modifier        string         `yaml:"modifier,omitempty"`
		TemporalVersion string         `yaml:"temporal_version,omitempty"`
		PluginVersion   string         `yaml:"plugin_version,omitempty"`
		Workload        map[string]any `yaml:"workload,omitempty"`
		Database        map[string]any `yaml:"database,omitempty"`
		Overrides       map[string]any `yaml:"overrides"`
	}{name, p.Preset, p.Modifier, p.TemporalVersion, p.PluginVersion, p.Workload, p.Database, p.Overrides}
	return yaml.Marshal(doc)
}

// Text prints the proposal for a person.
func (p Proposal) Text(w io.Writer, style report.Style) {
	fmt.Fprintf(w, "%s st/s: preset %s", number(p.Transitions), style.Bold(p.Preset))
	if p.Modifier != "" {
		fmt.Fprintf(w, " with modifier %s", p.Modifier)
	}
	fmt.Fprintf(w, ", carries %s st/s.\n\n", number(math.Floor(p.Capacity.Carries.Load)))
	var rows [][]string
	for _, t := range p.Topology {
		rows = append(rows, []string{t.Parameter, fmt.Sprint(t.Value), fmt.Sprint(t.Preset)})
	}
	report.Table(w, style, []string{"TOPOLOGY", "NEEDED", "PRESET'S"}, rows)
	fmt.Fprintf(w, "\nEstimated cost at this load around the clock: $%s to $%s a month, without storage.\n",
		number(p.Capacity.Cost.USDPerMonth.Low), number(p.Capacity.Cost.USDPerMonth.High))
	for _, f := range p.Findings {
		fmt.Fprintf(w, "%s %s: %s (%s)\n", f.Severity, f.RuleName, f.Message, f.Remedy)
	}
}
