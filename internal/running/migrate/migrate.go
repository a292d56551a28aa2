// Package migrate relates a running configuration to a preset: which settings become overrides, which follow from the
// preset, which nothing reads, and which preset fits best.
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

// Status classifies a running setting.
type Status string

// Statuses, in order of output.
const (
	Changed   Status = "changed"   // an override that makes a difference
	Placed    Status = "placed"    // a value of one service, namespace or task queue
	Kept      Status = "kept"      // part of the deployment's site
	Conflict  Status = "conflict"  // several values for one target
	Invalid   Status = "invalid"   // not a valid value
	Unknown   Status = "unknown"   // value set elsewhere
	Unread    Status = "unread"    // not read by anything
	Secret    Status = "secret"    // never printed or written
	Redundant Status = "redundant" // equal to the derived value
	Apart     Status = "apart"     // not part of a deployment
)

// Statuses lists the statuses in order of output.
var Statuses = []Status{Changed, Placed, Kept, Conflict, Invalid, Unknown, Unread, Secret, Redundant, Apart}

// Item is one running setting with one value, at all its places, and its status.
type Item struct {
	Status  Status        `json:"status"`
	Kind    deployed.Kind `json:"kind"`
	Setting string        `json:"setting"` // name in the files
	// parameter, dynamic-config key or site field; "" if none
	Target string `json:"parameter,omitempty"`
	// running value and the value without it; nil if withheld
	Value any `json:"value"`
	Base  any `json:"base"`

	Reason string       `json:"reason,omitempty"`
	Remedy string       `json:"remedy,omitempty"`
	Places []source.Pos `json:"places"`

	meaning     settings.SettingMeaning
	constraints []deployed.Field // of a dynamic-config value
	// containers that have it, "" for a file that is not a container's
	containers []string
	// value for the other services, of an item that is placed in one; nil if they have none
	common any
}

// Request describes the running settings and the preset to compare with.
type Request struct {
	Settings         []deployed.Setting
	Preset, Modifier string // "" means the default preset, and no modifier
	Temporal, Plugin string // "" means the compiler's defaults
	IsDecided        bool   // on this preset: no other one is proposed
}

// Translation is the meaning of settings for a deployment.
type Translation struct {
	Request compile.Request // the running configuration as a deployment
	Items   []Item

	unchecked []Item // values of namespaces and task queues that guard rails are not evaluated for
}

// TranslateSettings converts settings to overrides on a preset and fields of the site. Items explain all other settings.
func TranslateSettings(ctx context.Context, engine *compile.Engine, r Request) (*Translation, error) {
	assumed, err := engine.Defaults()
	if err != nil {
		return nil, err
	}
	out := &Translation{Request: compile.Request{
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
	meanings, err := settings.FindMeanings(
		ctx,
		engine.Module,
		lint.ConvertSettings(given),
		out.Request.TemporalVersion,
		out.Request.PluginVersion,
	)
	if err != nil {
		return nil, err
	}
	leaveBehind(given, meanings)
	for _, m := range dropEmptyMeanings(meanings) {
		out.addItem(given[m.Setting], m)
	}
	for _, s := range secrets {
		out.addItem(s, settings.SettingMeaning{Target: string(Secret), Reason: "it is or looks like a secret", Remedy: secretRemedy})
	}
	parameters, err := engine.Parameters()
	if err != nil {
		return nil, err
	}
	out.placeServices(parameters)
	out.markConflicts()
	if err := out.markUnused(engine); err != nil {
		return nil, err
	}
	return out, out.fillRequest(engine)
}

// dropEmptyMeanings drops what says nothing new: several settings can imply the same by their presence, and one that implies
// something need not be apart, too.
func dropEmptyMeanings(meanings []settings.SettingMeaning) []settings.SettingMeaning {
	implied, means := map[string]bool{}, map[int]bool{}
	kept := slices.DeleteFunc(slices.Clone(meanings), func(m settings.SettingMeaning) bool {
		if m.Revealed && implied[m.Key] {
			return true
		}
		implied[m.Key] = implied[m.Key] || m.Revealed
		means[m.Setting] = means[m.Setting] || m.Target != string(Apart)
		return false
	})
	return slices.DeleteFunc(kept, func(m settings.SettingMeaning) bool {
		return m.Target == string(Apart) && m.Key == "" && means[m.Setting]
	})
}

const secretRemedy = "keep it in AWS Secrets Manager or the Parameter Store, and let the platform pass it to the container"

// addItem adds a setting's meaning, merging it with equal ones of the same setting.
func (r *Translation) addItem(s deployed.Setting, m settings.SettingMeaning) {
	item := Item{
		Status: Status(m.Target), Kind: s.Kind, Setting: s.Key, Target: m.Key, Value: m.Value, Base: m.Base,
		Reason: m.Reason, Remedy: m.Remedy, meaning: m, constraints: s.Constraints, containers: []string{s.Service},
	}
	at := s.ValuePos
	if item.Status == Unread || at.IsZero() {
		at = s.Pos
	}
	if item.Value == nil && item.Status == Unread && !s.Unknown && !s.InSecret {
		item.Value = s.Value
	}
	item.Places = []source.Pos{at}
	for i, other := range r.Items {
		if other.Kind == item.Kind && other.Setting == item.Setting && other.Status == item.Status && other.Target == item.Target &&
			other.Reason == item.Reason && registry.EqualValues(m.Kind, other.Value, item.Value) {
			if !slices.Contains(other.Places, at) {
				r.Items[i].Places = append(r.Items[i].Places, at)
			}
			r.Items[i].containers = append(r.Items[i].containers, s.Service)
			return
		}
	}
	r.Items = append(r.Items, item)
}

// isUsed reports whether an item becomes part of the deployment.
func (i Item) isUsed() bool { return i.Status == "override" || i.Status == "site" }

// markConflicts marks targets with several values, and uses none of them.
func (r *Translation) markConflicts() {
	first := map[string]int{}
	odd := map[string]bool{}
	for n, i := range r.Items {
		if !i.isUsed() {
			continue
		}
		if at, ok := first[i.Target]; !ok {
			first[i.Target] = n
		} else if !registry.EqualValues(i.meaning.Kind, r.Items[at].Value, i.Value) {
			odd[i.Target] = true
		}
	}
	for n, i := range r.Items {
		if i.isUsed() && odd[i.Target] {
			r.Items[n].Status = Conflict
			r.Items[n].Reason = i.Target + " has several values"
			r.Items[n].Remedy = "decide which value applies, and set only that one; read the services of one cluster with --service"
		}
	}
}

// markUnused marks the values that the server never uses, so that none of them becomes an override.
func (r *Translation) markUnused(engine *compile.Engine) error {
	var indices []int
	var given []deployed.Setting
	var undecided []string // keys of which the deployment leaves a value out
	for n, i := range r.Items {
		isPlaced := i.Status == Placed && i.meaning.Place.Field != "services"
		switch {
		case i.Kind != deployed.Dynamic:
		case slices.Contains([]Status{Unknown, Conflict, Invalid, Secret, Apart}, i.Status):
			undecided = append(undecided, i.Setting)
		case i.Status == "override" || isPlaced:
			indices = append(indices, n)
			given = append(given, deployed.Setting{Kind: i.Kind, Key: i.Setting, Value: i.Value, Constraints: i.constraints})
		}
	}
	if len(given) == 0 {
		return nil
	}
	reasons, err := settings.FindUnused(engine.Module, r.Request.TemporalVersion, lint.ConvertSettings(given), undecided)
	if err != nil {
		return err
	}
	for n, reason := range reasons {
		i := &r.Items[indices[n]]
		i.Status, i.Reason = Unread, "not carried over, never used: "+reason
	}
	return nil
}

// fillRequest adds the items to the request.
func (r *Translation) fillRequest(engine *compile.Engine) error {
	seen := map[string]bool{}
	for _, i := range r.Items {
		if i.Status == Placed && i.meaning.Place.Field == "services" {
			r.Request.SetServiceValue(i.meaning.Place.Label, i.Target, i.Value)
		}
		if !i.isUsed() || seen[i.Target] {
			continue
		}
		seen[i.Target] = true
		if i.Status == "site" {
			if r.Request.Site == nil {
				r.Request.Site = map[string]any{}
			}
			setField(r.Request.Site, i.sitePath(), i.Value)
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

// sitePath returns the path of a site field within the site.
func (i Item) sitePath() []string { return strings.Split(i.Target, ".")[1:] }

func setField(site map[string]any, path []string, value any) {
	if len(path) == 1 {
		site[path[0]] = value
		return
	}
	below, ok := site[path[0]].(map[string]any)
	if !ok {
		below = map[string]any{}
		site[path[0]] = below
	}
	setField(below, path[1:], value)
}

// Check checks a compile with the guard rails.
type Check func(context.Context, *artefact.Result) (report.Subject, error)

// Report classifies all running settings.
type Report struct {
	Preset    string           `json:"preset"`
	Modifier  string           `json:"modifier"`
	Temporal  string           `json:"temporal_server_version"`
	Plugin    string           `json:"dsql_plugin_version"`
	Items     []Item           `json:"settings"`
	Proposals []Proposal       `json:"proposals"`
	Findings  []report.Finding `json:"guard_rail_results"`
	// Undecided are the parameters with several values, or none that is known and valid: guard rails report nothing of them
	Undecided []string `json:"undecided,omitempty"`
	// Move is the way from another database to DSQL; nil if the store is in DSQL
	Move *Move `json:"move,omitempty"`

	translation *Translation
	parameters  []registry.Parameter
	result      *artefact.Result
	bases       compile.BaseValues // of the result
	hasPlaces   bool               // the result has values of namespaces or task queues, which proposals have not
	isDecided   bool               // the only proposal is the preset that the request names
}

// Run reports on settings, and proposes the presets that fit best, or only the one that is decided on.
func Run(ctx context.Context, engine *compile.Engine, r Request, check Check) (*Report, error) {
	out, err := ClassifySettings(ctx, engine, r)
	if err != nil {
		return nil, err
	}
	if r.IsDecided {
		err = out.proposeDecided(engine)
	} else {
		err = out.proposePresets(ctx, engine, check)
	}
	if err != nil {
		return nil, err
	}
	subject, err := check(ctx, out.result)
	out.Findings = out.dropUndecided(subject.Findings)
	out.translation.locateFindings(out.Findings)
	out.Findings = append(out.Findings, out.translation.findUnchecked()...)
	return out, err
}

// dropUndecided returns the findings without those about a parameter with several values, or none that is known and valid: its
// value here is the preset's.
func (out *Report) dropUndecided(found []report.Finding) []report.Finding {
	for _, i := range out.translation.Items {
		isOne := slices.ContainsFunc(out.parameters, func(p registry.Parameter) bool { return p.Key == i.Target })
		if isOne && slices.Contains([]Status{Conflict, Unknown, Invalid}, i.Status) && !slices.Contains(out.Undecided, i.Target) {
			out.Undecided = append(out.Undecided, i.Target)
		}
	}
	return slices.DeleteFunc(found, func(f report.Finding) bool {
		return slices.ContainsFunc(f.ParameterKeys, func(key string) bool { return slices.Contains(out.Undecided, key) })
	})
}

// ClassifySettings reports on settings without proposals.
func ClassifySettings(ctx context.Context, engine *compile.Engine, r Request) (*Report, error) {
	translation, err := TranslateSettings(ctx, engine, r)
	if err != nil {
		return nil, err
	}
	q := translation.requestWithPlaces()
	out := &Report{Preset: q.Preset, Modifier: q.Modifier, Temporal: q.TemporalVersion, Plugin: q.PluginVersion, translation: translation}
	if out.parameters, err = engine.Parameters(); err != nil {
		return nil, err
	}
	if out.result, out.bases, err = engine.ResolveWithBaseValues(q); err != nil {
		return nil, err
	}
	out.hasPlaces = q.Namespaces != nil || q.TaskQueues != nil
	out.classifyOverrides(translation.newBaseValues(out.result, out.bases))
	out.Move = translation.findMove()
	return out, nil
}

// classifyOverrides separates overrides that make a difference from redundant ones: those that equal the value without them,
// with all others unchanged. Formulas have no cycles, so all redundant ones can be removed together.
func (out *Report) classifyOverrides(base baseValues) {
	violated := map[string]artefact.Violation{}
	for _, v := range out.result.Violations {
		for _, k := range v.ParameterKeys {
			violated[k] = v
		}
	}
	for n, i := range out.translation.Items {
		v, wrong := violated[i.Target]
		switch {
		case i.Status == "site":
			i.Status = Kept
			if registry.EqualValues(i.meaning.Kind, i.Base, i.Value) {
				i.Status, i.Reason = Redundant, "it is the site's default"
			}
		case i.Status == "override" && wrong:
			i.Status, i.Reason, i.Remedy = Invalid, v.Message, v.Remedy
		case i.Status == "override":
			i.Status = Changed
			_, curated := base.All[i.Target]
			i.Base = i.baseValue(base)
			if isRedundant(i, base) {
				i.Status = Redundant
				if curated {
					i.Reason = sameWithout
				}
			}
		case i.Status == Placed && isRedundant(i, base):
			i.Status, i.Reason = Redundant, sameWithout+", "+i.Reason
		}
		out.translation.Items[n] = i
	}
	out.Items = slices.Clone(out.translation.Items)
	slices.SortStableFunc(out.Items, func(a, b Item) int {
		return cmp.Compare(slices.Index(Statuses, a.Status), slices.Index(Statuses, b.Status))
	})
}

const sameWithout = "the value is the same without it"

// isRedundant reports whether an override equals the value without it.
func isRedundant(i Item, base baseValues) bool {
	value := i.baseValue(base)
	return value != nil && registry.EqualValues(i.meaning.Kind, value, i.Value)
}

// baseValue returns the value without an item; nil means that it is not known.
func (i Item) baseValue(base baseValues) any {
	if place := i.meaning.Place; place != nil {
		if place.Field != "services" {
			return base.valueWithout(i)
		}
		of := base.Services[place.Label][i.Target]
		if all, stated := base.All[i.Target]; stated && registry.EqualValues(i.meaning.Kind, all, i.common) {
			return of.WithoutAny // the others' value is redundant, and not written
		}
		return of.WithoutOwn
	}
	if value, curated := base.All[i.Target]; curated {
		return value
	}
	return i.meaning.Base
}

// ConflictError returns the conflicting items as an error, or nil.
func (out *Report) ConflictError(doing string) error {
	return out.translation.itemError(doing, Conflict)
}

// RefusalError returns the conflicting and invalid items as an error, or nil.
func (r *Translation) RefusalError(doing string) error { return r.itemError(doing, Conflict, Invalid) }

// itemError returns the items with one of the statuses as an error, or nil.
func (r *Translation) itemError(doing string, statuses ...Status) error {
	in := &source.Error{Doing: doing}
	for _, i := range r.Items {
		if slices.Contains(statuses, i.Status) {
			in.Problems = append(in.Problems, source.Problem{Message: i.Reason, Pos: i.Places[0], Remedy: i.Remedy})
		}
	}
	if len(in.Problems) == 0 {
		return nil
	}
	return in
}
