// Package migrate tells what becomes of the configuration that runs today: which
// of its settings a deployment has to state, which follow from a preset anyway,
// and which nothing reads; and which preset fits it best.
package migrate

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/lint"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Status says what becomes of a setting.
type Status string

// Statuses, in the order in which they are told.
const (
	Changed   Status = "changed"   // an override that makes a difference
	Kept      Status = "kept"      // where the deployment runs: its site
	Conflict  Status = "conflict"  // one thing with several values
	Invalid   Status = "invalid"   // a value that nothing can be made of
	Unknown   Status = "unknown"   // a value that is filled in from somewhere else
	Unread    Status = "unread"    // nothing reads it
	Secret    Status = "secret"    // never printed, and never written
	Redundant Status = "redundant" // equal to what would be derived anyway
	Apart     Status = "apart"     // nothing of a deployment says it
)

// Statuses in the order in which they are told.
var Statuses = []Status{Changed, Kept, Conflict, Invalid, Unknown, Unread, Secret, Redundant, Apart}

// An Item is a setting that runs today, wherever it has one value, and what
// becomes of it.
type Item struct {
	Status  Status        `json:"status"`
	Kind    deployed.Kind `json:"kind"`
	Setting string        `json:"setting"` // as the files name it
	// the parameter, the dynamic-config key or the field of the site; "" where it
	// is none
	Target string `json:"parameter,omitempty"`
	// what runs, and what would without it; nil where nobody should see it
	Value any `json:"value"`
	Base  any `json:"base"`

	Reason string       `json:"reason,omitempty"`
	Remedy string       `json:"remedy,omitempty"`
	Places []source.Pos `json:"places"`

	meaning settings.SettingMeaning
}

// A Request says what runs, and what to hold it against.
type Request struct {
	Settings         []deployed.Setting
	Preset, Modifier string // "" is the preset of an environment without one, and no modifier
	Temporal, Plugin string // "" are those of a compile
}

// A Reading is what settings mean to a deployment.
type Reading struct {
	Request compile.Request // what runs today, as a deployment
	Items   []Item
}

// Read turns settings into overrides on a preset. What is no override and no
// field of the site is told in the items, and why.
func Read(engine *compile.Engine, r Request) (*Reading, error) {
	assumed, err := engine.Defaults()
	if err != nil {
		return nil, err
	}
	out := &Reading{Request: compile.Request{
		Preset: cmp.Or(r.Preset, assumed.Preset), Modifier: r.Modifier, SDKs: []string{}, Platforms: []string{},
		TemporalVersion: cmp.Or(r.Temporal, assumed.Temporal), PluginVersion: cmp.Or(r.Plugin, assumed.Plugin),
	}}
	var given []deployed.Setting
	var secrets []deployed.Setting
	for _, s := range r.Settings {
		if s.Secret {
			secrets = append(secrets, s)
		} else {
			given = append(given, s)
		}
	}
	meanings, err := settings.FindMeanings(engine.Module, lint.Running(given), out.Request.TemporalVersion, out.Request.PluginVersion)
	if err != nil {
		return nil, err
	}
	told := map[string]bool{}
	for _, m := range meanings {
		// many settings may tell the same by their presence: the first is enough
		if m.Told && told[m.Key] {
			continue
		}
		told[m.Key] = told[m.Key] || m.Told
		out.add(given[m.Setting], m)
	}
	for _, s := range secrets {
		out.add(s, settings.SettingMeaning{Target: string(Secret), Reason: "it is a secret, or looks like one", Remedy: secretsBelong})
	}
	out.conflicts()
	return out, out.state(engine)
}

const secretsBelong = "keep it in AWS Secrets Manager or the Parameter Store, and let the platform hand it to the container"

// add notes a meaning of a setting, beside others of the same setting where they say the same.
func (r *Reading) add(s deployed.Setting, m settings.SettingMeaning) {
	item := Item{
		Status: Status(m.Target), Kind: s.Kind, Setting: s.Key, Target: m.Key, Value: m.Value, Base: m.Base,
		Reason: m.Reason, Remedy: m.Remedy, meaning: m,
	}
	at := s.ValuePos
	if item.Status == Unread || at.IsZero() {
		at = s.Pos
	}
	if item.Value == nil && item.Status == Unread && !s.Unknown {
		item.Value = s.Value
	}
	item.Places = []source.Pos{at}
	for i, other := range r.Items {
		if other.Kind == item.Kind && other.Setting == item.Setting && other.Status == item.Status && other.Target == item.Target &&
			other.Reason == item.Reason && registry.EqualValues(m.Kind, other.Value, item.Value) {
			if !slices.Contains(other.Places, at) {
				r.Items[i].Places = append(r.Items[i].Places, at)
			}
			return
		}
	}
	r.Items = append(r.Items, item)
}

// meant reports whether an item is to become part of the deployment.
func (i Item) meant() bool { return i.Status == "override" || i.Status == "site" }

// conflicts finds what has several values, and takes none of them.
func (r *Reading) conflicts() {
	first := map[string]int{}
	odd := map[string]bool{}
	for n, i := range r.Items {
		if !i.meant() {
			continue
		}
		if at, ok := first[i.Target]; !ok {
			first[i.Target] = n
		} else if !registry.EqualValues(i.meaning.Kind, r.Items[at].Value, i.Value) {
			odd[i.Target] = true
		}
	}
	for n, i := range r.Items {
		if i.meant() && odd[i.Target] {
			r.Items[n].Status = Conflict
			r.Items[n].Reason = i.Target + " has several values"
			r.Items[n].Remedy = "decide which of them holds, and state that one"
		}
	}
}

// state gives the request what the items mean.
func (r *Reading) state(engine *compile.Engine) error {
	seen := map[string]bool{}
	for _, i := range r.Items {
		if !i.meant() || seen[i.Target] {
			continue
		}
		seen[i.Target] = true
		if i.Status == "site" {
			if r.Request.Site == nil {
				r.Request.Site = map[string]any{}
			}
			fill(r.Request.Site, i.path(), i.Value)
			continue
		}
		o, err := engine.NewOverride(i.Target, i.Value, i.Places[0])
		if err != nil {
			return err
		}
		r.Request.Overrides = append(r.Request.Overrides, o)
	}
	return nil
}

// path of a field of the site, within it.
func (i Item) path() []string { return strings.Split(i.Target, ".")[1:] }

func fill(site map[string]any, path []string, value any) {
	if len(path) == 1 {
		site[path[0]] = value
		return
	}
	below, ok := site[path[0]].(map[string]any)
	if !ok {
		below = map[string]any{}
		site[path[0]] = below
	}
	fill(below, path[1:], value)
}

// A Judge holds a compile against the guard rails.
type Judge func(context.Context, *artefact.Result) (report.Subject, error)

// A Report is what becomes of what runs today.
type Report struct {
	Preset    string           `json:"preset"`
	Modifier  string           `json:"modifier"`
	Temporal  string           `json:"temporal_server_version"`
	Plugin    string           `json:"dsql_plugin_version"`
	Items     []Item           `json:"settings"`
	Proposals []Proposal       `json:"proposals"`
	Findings  []report.Finding `json:"guard_rail_results"`

	reading    *Reading
	parameters []registry.Parameter
	result     *artefact.Result
}

// Run reports on settings, and proposes the presets that fit them.
func Run(ctx context.Context, engine *compile.Engine, r Request, judge Judge) (*Report, error) {
	out, err := Sort(engine, r)
	if err != nil {
		return nil, err
	}
	if err := out.propose(ctx, engine, judge); err != nil {
		return nil, err
	}
	subject, err := judge(ctx, out.result)
	out.Findings = subject.Findings
	return out, err
}

// Sort reports on settings without proposing anything.
func Sort(engine *compile.Engine, r Request) (*Report, error) {
	reading, err := Read(engine, r)
	if err != nil {
		return nil, err
	}
	q := reading.Request
	out := &Report{Preset: q.Preset, Modifier: q.Modifier, Temporal: q.TemporalVersion, Plugin: q.PluginVersion, reading: reading}
	if out.parameters, err = engine.Parameters(); err != nil {
		return nil, err
	}
	var beneath map[string]any
	if out.result, beneath, err = engine.ResolveWithBaseValues(q); err != nil {
		return nil, err
	}
	out.settle(beneath)
	return out, nil
}

// settle tells the overrides that make a difference from those that do not. One
// does not, where the parameter would have its value without it, all others being
// as they are. Formulas have no cycles, so that leaving out all of these at once
// leaves every value as it is, and leaving out any other does not.
func (out *Report) settle(beneath map[string]any) {
	violated := map[string]artefact.Violation{}
	for _, v := range out.result.Violations {
		for _, k := range v.ParameterKeys {
			violated[k] = v
		}
	}
	for n, i := range out.reading.Items {
		v, wrong := violated[i.Target]
		switch {
		case i.Status == "site":
			i.Status = Kept
			if registry.EqualValues(i.meaning.Kind, i.Base, i.Value) {
				i.Status, i.Reason = Redundant, "it is the site's default"
			}
		case i.Status == "override" && wrong:
			i.Status, i.Reason, i.Remedy = Invalid, v.Message, v.Remediation
		case i.Status == "override":
			i.Status = Changed
			base, curated := beneath[i.Target]
			if curated {
				i.Base = base
			}
			if redundant(i, beneath) {
				i.Status = Redundant
				if curated {
					i.Reason = "it would be so without it"
				}
			}
		}
		out.reading.Items[n] = i
	}
	out.Items = slices.Clone(out.reading.Items)
	slices.SortStableFunc(out.Items, func(a, b Item) int {
		return cmp.Compare(slices.Index(Statuses, a.Status), slices.Index(Statuses, b.Status))
	})
}

// redundant reports whether an override is what would be without it.
func redundant(i Item, beneath map[string]any) bool {
	if base, curated := beneath[i.Target]; curated {
		return registry.EqualValues(i.meaning.Kind, base, i.Value)
	}
	return i.meaning.Base != nil && registry.EqualValues(i.meaning.Kind, i.meaning.Base, i.Value)
}

// Refused are the items that something is wrong with, as an error.
func (r *Reading) Refused(doing string) error {
	in := &source.Error{Doing: doing}
	for _, i := range r.Items {
		if i.Status == Conflict || i.Status == Invalid {
			in.Problems = append(in.Problems, source.Problem{Message: i.Reason, Pos: i.Places[0], Hint: i.Remedy})
		}
	}
	if len(in.Problems) == 0 {
		return nil
	}
	return in
}
