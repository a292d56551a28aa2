// Package compare tells what differs between two behaviour profiles (R12):
// telemetry by the judge, configuration by the registry's classification,
// versions and topology; what is worst comes first. It is pure.
package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// A Comparison is all that differs between profile A and the later profile B.
type Comparison struct {
	ProfileAID string  `json:"profile_a_id"`
	ProfileBID string  `json:"profile_b_id"`
	A          Subject `json:"profile_a"`
	B          Subject `json:"profile_b"`
	// one sentence
	Summary string `json:"summary"`
	// how many metrics have which verdict
	Verdicts map[judge.Verdict]int `json:"verdicts"`
	// every metric of either profile, what is worst first
	TelemetryDiffs []TelemetryDiff `json:"telemetry_diffs"`
	ConfigDiffs    []ConfigDiff    `json:"config_diffs"`
	// those of the ConfigDiffs that change what runs, and how many of it
	TopologyDiffs []ConfigDiff  `json:"topology_diffs"`
	VersionDiffs  []VersionDiff `json:"version_diffs"`
	// earlier windows that were given, as the measure of what is usual
	EarlierWindows int `json:"earlier_windows"`
	// what could not be compared, and what to bear in mind
	Notes []string `json:"notes"`
}

// A Subject says which profile it is.
type Subject struct {
	Name      string `json:"name"`
	Label     string `json:"label,omitempty"`
	ClusterID string `json:"cluster_id"`
	Namespace string `json:"namespace,omitempty"`
	TaskQueue string `json:"task_queue,omitempty"`
	Start     string `json:"time_window_start"`
	End       string `json:"time_window_end"`
}

// A Request asks for more than two profiles.
type Request struct {
	// profiles of the same cluster, namespace and task queue, of windows before A's;
	// and what is remembered of others
	Earlier []behaviour.Profile
	Usual   []Usual
	// what is remembered of A; nil is nothing
	Known *Usual
	// Brief leaves out the evidence of what did not change.
	Brief bool
	// the smallest differences that matter, by metric (CATEGORY.METRIC) or by category
	Floors map[string]Threshold
}

// A Threshold takes the place of the catalogue's, as far as it says something.
type Threshold struct {
	Relative *float64 `json:"relative,omitempty" minimum:"0" doc:"Smallest difference that matters, as a share of the old value: 0.2 is 20 %."`
	Absolute *float64 `json:"absolute,omitempty" minimum:"0" doc:"Smallest difference that matters, in the metric's unit."`
}

// A RequestError is a mistake of who asked.
type RequestError behaviour.RequestError

func (e *RequestError) Error() string { return e.Message }

func (e *RequestError) Unwrap() error { return (*behaviour.RequestError)(e) }

// A Comparer knows the catalogue. It is safe for concurrent use.
type Comparer struct {
	metrics    map[string]registry.Metric
	categories map[string]bool
	load       string // the metric that is the load
	options    judge.Options
	settings   settingIndex
}

// New reads catalogue, registry and thresholds.
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
	c := &Comparer{metrics: map[string]registry.Metric{}, categories: map[string]bool{}, options: judge.Options(judgement), settings: newSettingIndex(parameters)}
	for _, m := range metrics {
		c.metrics[m.Name] = m
		category, _, _ := strings.Cut(m.Name, ".")
		c.categories[category] = true
		if m.Load == judge.IsLoad {
			c.load = m.Name
		}
	}
	return c, nil
}

// Compare reports what differs in b, against a. It refuses a profile and itself, which
// never differ: a green answer would say nothing.
func (c *Comparer) Compare(a, b behaviour.Profile, r Request) (Comparison, error) {
	if a.ID == b.ID {
		return Comparison{}, &RequestError{fmt.Sprintf("profile A and profile B are the same profile, %s (%s)", a.ID, a.Name), "name the profiles of two different windows"}
	}
	if err := c.check(r); err != nil {
		return Comparison{}, err
	}
	known := slices.Clone(r.Usual)
	for _, p := range r.Earlier {
		known = append(known, c.Remember(p))
	}
	earlier, left := usable(a, b, known)
	out := Comparison{
		ProfileAID: a.ID, ProfileBID: b.ID, A: subjectOf(a.Metadata), B: subjectOf(b.Metadata),
		EarlierWindows: len(earlier), Notes: append(notes(a, b), left...),
	}
	out.TelemetryDiffs = c.telemetry(a, b, earlier, r)
	var missing []string
	out.ConfigDiffs, missing = c.settings.config(a.Config, b.Config)
	out.Notes = append(out.Notes, missing...)
	out.TopologyDiffs = []ConfigDiff{}
	for _, d := range out.ConfigDiffs {
		if d.Classification == topology {
			out.TopologyDiffs = append(out.TopologyDiffs, d)
		}
	}
	out.VersionDiffs = versions(a.Metadata, b.Metadata)
	out.Verdicts = map[judge.Verdict]int{judge.Regressed: 0, judge.Improved: 0, judge.Unchanged: 0, judge.Inconclusive: 0, judge.NoData: 0}
	for _, d := range out.TelemetryDiffs {
		out.Verdicts[d.Direction]++
	}
	out.Summary = out.summary()
	return out, nil
}

func (c *Comparer) check(r Request) error {
	for _, name := range slices.Sorted(maps.Keys(r.Floors)) {
		if _, known := c.metrics[name]; !known && !c.categories[name] {
			names := append(slices.Collect(maps.Keys(c.categories)), slices.Collect(maps.Keys(c.metrics))...)
			err := suggest.UnknownName("metric or category", name, names)
			return &RequestError{err.Error(), "temporal-dsql list-metrics lists them"}
		}
		f := r.Floors[name]
		for _, v := range []*float64{f.Relative, f.Absolute} {
			if v != nil && !(*v >= 0) {
				return &RequestError{fmt.Sprintf("a floor of %s is %v", name, *v), "give a number that is not negative: 0.2 is 20 %"}
			}
		}
	}
	return nil
}

func subjectOf(m behaviour.Metadata) Subject {
	const layout = "2006-01-02T15:04:05Z07:00"
	return Subject{m.Name, m.Label, m.ClusterID, m.Namespace, m.TaskQueue, m.WindowStart.UTC().Format(layout), m.WindowEnd.UTC().Format(layout)}
}

// usable are the earlier profiles that tell what is usual, the earliest first:
// of the same scope, before both windows and about as long. The others are told of.
func usable(a, b behaviour.Profile, all []Usual) (earlier []Usual, left []string) {
	length := a.WindowEnd.Sub(a.WindowStart)
	for _, p := range all {
		reason, l := "", p.WindowEnd.Sub(p.WindowStart)
		switch {
		case p.ID == a.ID || p.ID == b.ID:
			continue
		case p.ClusterID != a.ClusterID || p.Namespace != a.Namespace || p.TaskQueue != a.TaskQueue:
			reason = "it is of another cluster, namespace or task queue"
		case p.WindowEnd.After(a.WindowStart):
			reason = "its window does not end before that of profile A"
		case l > 2*length || length > 2*l:
			reason = fmt.Sprintf("its window is %s long, that of profile A %s", l, length)
		default:
			earlier = append(earlier, p)
			continue
		}
		left = append(left, fmt.Sprintf("profile %s does not tell what is usual: %s", p.ID, reason))
	}
	slices.SortStableFunc(earlier, func(x, y Usual) int { return x.WindowStart.Compare(y.WindowStart) })
	return earlier, left
}

func notes(a, b behaviour.Profile) []string {
	all := []string{}
	for _, x := range []struct{ what, old, now string }{
		{"clusters", a.ClusterID, b.ClusterID}, {"namespaces", a.Namespace, b.Namespace}, {"task queues", a.TaskQueue, b.TaskQueue},
	} {
		if x.old != x.now {
			all = append(all, fmt.Sprintf("the profiles are of different %s: %s and %s", x.what, orAll(x.old), orAll(x.now)))
		}
	}
	if x, y := a.WindowEnd.Sub(a.WindowStart), b.WindowEnd.Sub(b.WindowStart); x > 2*y || y > 2*x {
		all = append(all, fmt.Sprintf("the windows are %s and %s long", x, y))
	}
	for _, p := range []behaviour.Profile{a, b} {
		if p.Collection.Partial {
			all = append(all, fmt.Sprintf("profile %s is a partial one: %d queries failed", p.ID, len(p.Collection.Failed)))
		}
		switch started := p.Collection.Started(); started {
		case "none":
		case "":
			all = append(all, fmt.Sprintf("profile %s does not tell whether processes of the server started inside of its window", p.ID))
		default:
			all = append(all, fmt.Sprintf("profile %s: processes of the server started inside of its window: %s", p.ID, started))
		}
		all = append(all, mixed(p)...)
	}
	return all
}

func orAll(s string) string {
	if s == "" {
		return "all"
	}
	return s
}

// summary says what counts most.
func (c Comparison) summary() string {
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
	text += fmt.Sprintf("; %s, %s", counted(len(c.ConfigDiffs), "configuration change"), counted(len(c.VersionDiffs), "version change"))
	return text
}

func counted(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
