// Package compare compares two behaviour profiles: telemetry by the judge, configuration by the registry's
// classification, versions and topology. It sorts the worst differences first and is pure.
package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Comparison lists all differences between profile A and the later profile B.
type Comparison struct {
	ProfileAID string  `json:"profile_a_id"`
	ProfileBID string  `json:"profile_b_id"`
	A          Subject `json:"profile_a"`
	B          Subject `json:"profile_b"`
	// one sentence
	Summary string `json:"summary"`
	// number of metrics by verdict
	Verdicts map[judge.Verdict]int `json:"verdicts"`
	// change of the load; null if no metric measures it in both windows
	Load *LoadChange `json:"load" jsonschema:"nullable"`
	// every metric of either profile, worst first
	TelemetryDiffs []TelemetryDiff `json:"telemetry_diffs"`
	ConfigDiffs    []ConfigDiff    `json:"config_diffs"`
	// subset of ConfigDiffs that changes which processes run, and how many
	TopologyDiffs []ConfigDiff  `json:"topology_diffs"`
	VersionDiffs  []VersionDiff `json:"version_diffs"`
	// changes that can act on the regressed metrics: candidates, not causes
	Candidates []Candidate `json:"candidates"`
	// earlier windows that show what is usual
	EarlierWindows int `json:"earlier_windows"`
	// limits of the comparison, and remarks
	Notes []string `json:"notes"`

	set map[string]bool // dynamic-config keys that a profile sets, in lower case
}

// Subject identifies a compared profile.
type Subject struct {
	Name      string `json:"name"`
	Label     string `json:"label,omitempty"`
	ClusterID string `json:"cluster_id"`
	Namespace string `json:"namespace,omitempty"`
	TaskQueue string `json:"task_queue,omitempty"`
	Start     string `json:"time_window_start"`
	End       string `json:"time_window_end"`
}

// Options holds the options of a comparison.
type Options struct {
	// profiles of the same cluster, namespace and task queue, with windows before A's; and summaries of others
	Earlier []behaviour.Profile
	Usual   []Usual
	// summary of A if it is known already; nil means computed
	Known *Usual
	// Brief omits the evidence of unchanged metrics.
	Brief bool
	// smallest differences that matter, by metric (CATEGORY.METRIC) or category
	Floors map[string]Threshold
}

// Threshold overrides the catalogue's floor; nil fields keep the catalogue's value.
type Threshold struct {
	Relative *float64 `json:"relative,omitempty" minimum:"0" doc:"Smallest difference that matters, as a share of the old value: 0.2 is 20 %."`
	Absolute *float64 `json:"absolute,omitempty" minimum:"0" doc:"Smallest difference that matters, in the metric's unit."`
}

// RequestError reports an invalid comparison request, with a remedy.
type RequestError behaviour.RequestError

func (e *RequestError) Error() string { return e.Message }

func (e *RequestError) Unwrap() error { return (*behaviour.RequestError)(e) }

// Comparer compares profiles by the catalogue. It is safe for concurrent use.
type Comparer struct {
	metrics    map[string]registry.Metric
	categories map[string]bool
	loads      []string // metrics that can measure the load, best first
	options    catalogue.Thresholds
	settings   settingIndex
	severity   severityPolicy
}

// New reads catalogue, registry and thresholds from the engine.
func New(engine *compile.Engine) (*Comparer, error) {
	metrics, err := engine.Metrics()
	if err != nil {
		return nil, err
	}
	parameters, err := engine.Parameters()
	if err != nil {
		return nil, err
	}
	judgement, err := engine.Thresholds()
	if err != nil {
		return nil, err
	}
	c := &Comparer{
		metrics:    map[string]registry.Metric{},
		categories: map[string]bool{},
		options:    judgement,
		settings:   newSettingIndex(parameters),
		severity:   newSeverityPolicy(engine),
	}
	for _, m := range metrics {
		c.metrics[m.Name] = m
		category, _, _ := strings.Cut(m.Name, ".")
		c.categories[category] = true
	}
	c.loads = loadMeasures(metrics)
	return c, nil
}

// Compare reports the differences of b from a. It rejects equal profiles, because their comparison could never fail.
func (c *Comparer) Compare(a, b behaviour.Profile, r Options) (Comparison, error) {
	if a.ID == b.ID {
		return Comparison{}, &RequestError{
			fmt.Sprintf("profile A and profile B are the same profile, %s (%s)", a.ID, a.Name),
			"select profiles of two different windows",
		}
	}
	if err := c.checkFloors(r); err != nil {
		return Comparison{}, err
	}
	known := slices.Clone(r.Usual)
	for _, p := range r.Earlier {
		known = append(known, c.Summarise(p))
	}
	earlier, left := selectEarlier(a, b, known)
	out := Comparison{
		ProfileAID: a.ID, ProfileBID: b.ID, A: subjectOf(a.Metadata), B: subjectOf(b.Metadata),
		EarlierWindows: len(earlier), Notes: append(scopeNotes(a, b), left...), Candidates: []Candidate{}, set: map[string]bool{},
	}
	for _, p := range []behaviour.Profile{a, b} {
		for key := range p.Config.DynamicConfig {
			out.set[strings.ToLower(key)] = true
		}
	}
	measure := c.chooseLoad(a, b)
	out.TelemetryDiffs = c.diffTelemetry(a, b, measure, earlier, r)
	out.Load = measure.loadChangeIn(out.TelemetryDiffs, c.options.LargeLoadRatio)
	var missing []string
	out.ConfigDiffs, missing = c.settings.diffConfig(a.Config, b.Config)
	out.Notes = append(out.Notes, missing...)
	out.VersionDiffs = diffVersions(a.Metadata, b.Metadata)
	if err := c.severity.setSeverities(out.ConfigDiffs, out.VersionDiffs); err != nil {
		return Comparison{}, err
	}
	out.TopologyDiffs = []ConfigDiff{}
	for _, d := range out.ConfigDiffs {
		if d.Classification == topology {
			out.TopologyDiffs = append(out.TopologyDiffs, d)
		}
	}
	out.Verdicts = map[judge.Verdict]int{judge.Regressed: 0, judge.Improved: 0, judge.Unchanged: 0, judge.Inconclusive: 0, judge.NoData: 0}
	for _, d := range out.TelemetryDiffs {
		out.Verdicts[d.Direction]++
	}
	out.Notes = append(out.Notes, out.loadNotes()...)
	out.Summary = out.summarise()
	return out, nil
}

func (c *Comparer) checkFloors(r Options) error {
	for _, name := range slices.Sorted(maps.Keys(r.Floors)) {
		if _, known := c.metrics[name]; !known && !c.categories[name] {
			names := append(slices.Collect(maps.Keys(c.categories)), slices.Collect(maps.Keys(c.metrics))...)
			err := suggest.UnknownName("metric or category", name, names)
			return &RequestError{err.Error(), "run temporal-dsql list-metrics for valid names"}
		}
		f := r.Floors[name]
		for _, v := range []*float64{f.Relative, f.Absolute} {
			if v != nil && !(*v >= 0) {
				return &RequestError{fmt.Sprintf("floor of %s: %v is not valid", name, *v), "use a number of at least 0: 0.2 is 20 %"}
			}
		}
	}
	return nil
}

func subjectOf(m behaviour.Metadata) Subject {
	const layout = "2006-01-02T15:04:05Z07:00"
	return Subject{
		m.Name,
		m.Label,
		m.ClusterID,
		m.Namespace,
		m.TaskQueue,
		m.WindowStart.UTC().Format(layout),
		m.WindowEnd.UTC().Format(layout),
	}
}

// selectEarlier returns the earlier profiles that show what is usual, oldest first: same scope, before both windows
// and about as long. Notes name the others.
func selectEarlier(a, b behaviour.Profile, all []Usual) (earlier []Usual, left []string) {
	length := a.WindowEnd.Sub(a.WindowStart)
	for _, p := range all {
		reason, l := "", p.WindowEnd.Sub(p.WindowStart)
		switch {
		case p.ID == a.ID || p.ID == b.ID:
			continue
		case p.ClusterID != a.ClusterID || p.Namespace != a.Namespace || p.TaskQueue != a.TaskQueue:
			reason = "its cluster, namespace or task queue is different"
		case p.WindowEnd.After(a.WindowStart):
			reason = "its window ends after the start of profile A's window"
		case l > 2*length || length > 2*l:
			reason = fmt.Sprintf("its window is %s long, the window of profile A %s", l, length)
		default:
			earlier = append(earlier, p)
			continue
		}
		left = append(left, fmt.Sprintf("profile %s is not used to find what is usual: %s", p.ID, reason))
	}
	slices.SortStableFunc(earlier, func(x, y Usual) int { return x.WindowStart.Compare(y.WindowStart) })
	return earlier, left
}

func scopeNotes(a, b behaviour.Profile) []string {
	all := []string{}
	for _, x := range []struct{ what, old, now string }{
		{"clusters", a.ClusterID, b.ClusterID}, {"namespaces", a.Namespace, b.Namespace}, {"task queues", a.TaskQueue, b.TaskQueue},
	} {
		if x.old != x.now {
			all = append(all, fmt.Sprintf("the profiles have different %s: %s and %s", x.what, orAll(x.old), orAll(x.now)))
		}
	}
	if note := registry.SkipNote(a.TemporalServerVersion, b.TemporalServerVersion); note != "" {
		all = append(all, note)
	}
	if x, y := a.WindowEnd.Sub(a.WindowStart), b.WindowEnd.Sub(b.WindowStart); x > 2*y || y > 2*x {
		all = append(all, fmt.Sprintf("the windows are %s and %s long", x, y))
	}
	for _, p := range []behaviour.Profile{a, b} {
		if p.Collection.Partial {
			all = append(all, fmt.Sprintf("profile %s is partial: %d queries failed", p.ID, len(p.Collection.Failed)))
		}
		switch started := p.Collection.StartsText(); started {
		case "none":
		case "":
			all = append(all, fmt.Sprintf("profile %s: process starts within its window are unknown", p.ID))
		default:
			all = append(all, fmt.Sprintf("profile %s: server processes started within its window: %s", p.ID, started))
		}
		all = append(all, mixedVersionNotes(p)...)
	}
	return all
}

func orAll(s string) string {
	if s == "" {
		return "all"
	}
	return s
}

// summarise describes the comparison in one sentence, most important first.
func (c Comparison) summarise() string {
	var parts []string
	for _, v := range []judge.Verdict{judge.Regressed, judge.Improved, judge.Inconclusive, judge.NoData, judge.Unchanged} {
		if n := c.Verdicts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(v), "_", " ")))
		}
	}
	text := "no metrics"
	if len(parts) > 0 {
		text = "metrics: " + strings.Join(parts, ", ")
	}
	if c.Load != nil && c.Load.HasChanged && c.Load.Ratio != nil {
		text += "; at " + words.FormatNumber(*c.Load.Ratio, 3) + " times the load"
	}
	text += fmt.Sprintf("; %s, %s", countText(len(c.ConfigDiffs), "configuration change"), countText(len(c.VersionDiffs), "version change"))
	return text
}

func countText(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
