// Package verdicts turns behaviour profiles into verdicts. It gathers facts, evaluates policies on them, and compiles
// and checks their recommendations. Schema and policies decide which metrics and parameters count.
package verdicts

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/cache"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Assessor checks profiles against promises. It is safe for concurrent use.
type Assessor struct {
	engine *compile.Engine
	now    func() time.Time
	// policies, prepared on first use
	conformance, health, advice verdictFunc
	guardrails                  func() (*policy.Rules, error)

	presets any // presets with their ranges, in policy form
	metrics map[string]registry.Metric
	// metrics that a change acts on, by parameter and by component
	parameters, components map[string][]string
	// metrics that a server's keys act on, by the first word of a key
	areas    map[string][]string
	keys     []registry.Key
	versions registry.Versions
	// metrics that another load can change
	movedByLoad []string

	names       []string           // names of statistics
	quantiles   map[string]float64 // quantiles that summaries do not store
	minCoverage float64

	mu        sync.Mutex                                       // of the facts of a target
	targets   *cache.Cache[[sha256.Size]byte, *resolvedTarget] // by target
	proposals *cache.Cache[string, proposalResult]             // by proposal and target
}

// verdictFunc returns a policy folder, prepared on first use.
type verdictFunc func() (*policy.Verdict, error)

func (v verdictFunc) evaluate(ctx context.Context, facts, into any) error {
	prepared, err := v()
	if err != nil {
		return err
	}
	return prepared.Decide(ctx, facts, into)
}

// maxCached limits each cache.
const maxCached = 512

// New reads the catalogue. Policies are prepared on first use, and waivers expire by now.
func New(ctx context.Context, engine *compile.Engine, now func() time.Time) (*Assessor, error) {
	a := &Assessor{
		engine: engine, now: now, metrics: map[string]registry.Metric{}, quantiles: map[string]float64{},
		targets: cache.New[[sha256.Size]byte, *resolvedTarget](maxCached), proposals: cache.New[string, proposalResult](maxCached),
	}
	// prepared policies outlive the first caller's context
	ctx = context.WithoutCancel(ctx)
	folder := func(name string) verdictFunc {
		return sync.OnceValues(func() (*policy.Verdict, error) { return policy.NewVerdict(ctx, engine.Policies(), name) })
	}
	a.conformance, a.health, a.advice = folder("conformance"), folder("health"), folder("recommend")
	a.guardrails = sync.OnceValues(func() (*policy.Rules, error) { return policy.PrepareGuardRails(ctx, engine.Policies()) })
	presets, err := engine.Presets()
	if err != nil {
		return nil, err
	}
	ranges := []presetRange{}
	for _, p := range presets {
		ranges = append(ranges, presetRange{p.Name, p.Range.Min, p.Range.Max})
	}
	if a.presets, err = policy.EncodeFacts(ranges); err != nil {
		return nil, err
	}
	metrics, err := engine.Metrics()
	if err != nil {
		return nil, err
	}
	for _, m := range metrics {
		a.metrics[m.Name] = m
		if m.MovedByLoad {
			a.movedByLoad = append(a.movedByLoad, m.Name)
		}
	}
	statistics, err := engine.Statistics()
	if err != nil {
		return nil, err
	}
	a.names = slices.Sorted(maps.Keys(statistics))
	for name, s := range statistics {
		if s.Quantile != nil {
			a.quantiles[name] = *s.Quantile
		}
	}
	judgement, err := engine.Thresholds()
	if err != nil {
		return nil, err
	}
	a.minCoverage = judgement.MinCoverage
	parameters, err := engine.Parameters()
	if err != nil {
		return nil, err
	}
	if a.areas, err = engine.Areas(); err != nil {
		return nil, err
	}
	if a.keys, err = engine.Keys(""); err != nil {
		return nil, err
	}
	if a.versions, err = engine.Versions(); err != nil {
		return nil, err
	}
	a.parameters = map[string][]string{}
	for _, p := range parameters {
		a.parameters[p.Key] = p.ActsOn
	}
	if a.components, err = engine.Components(); err != nil {
		return nil, err
	}
	return a, nil
}

// Target selects the promises for a profile: a preset or a deployment. If empty, the profile's own config profile or
// preset applies.
type Target struct {
	Preset string
	Path   string
	// Except lists promised metrics to exclude.
	Except []string
}

// AppliesTo reports whether a target with promises exists for a profile.
func (t Target) AppliesTo(p behaviour.Profile) bool {
	return t.Path != "" || t.Preset != "" || p.Config.HasProfile() || p.PresetName != ""
}

// resolvedTarget is a target with its promises.
type resolvedTarget struct {
	key      [sha256.Size]byte
	request  compile.Request // request that resolves to it
	profile  artefact.Profile
	promises []Promise
	bounded  map[string][]string // bounded statistics by metric
	// promises, values, margins and needs in policy form
	promiseFacts, values, margins, needs any
	facts                                *targetFacts // set on first use, under the assessor's lock
}

const opCheckPromises = "check a profile's promises"

// resolveTarget resolves a target, using the cache.
func (a *Assessor) resolveTarget(p behaviour.Profile, t Target) (*resolvedTarget, error) {
	request, stored, err := a.targetRequest(p, t)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256(append([]byte(request.Preset+"\x00"+request.Path+"\x00"), stored...))
	if known, found := a.targets.Get(key); found {
		return known, nil
	}
	h := &resolvedTarget{key: key, request: request, bounded: map[string][]string{}}
	if stored != nil {
		var read *artefact.Result
		if read, err = artefact.ParseProfile(artefact.ProfileName, stored); err == nil {
			h.profile = read.Profile
			h.request, err = a.engine.RestateProfile(h.profile)
		}
		// an earlier version did not store them
		if err == nil && len(h.profile.Needs) == 0 {
			var resolved artefact.Profile
			resolved, err = a.resolveRequest(h.request)
			h.profile.Needs = resolved.Needs
		}
	} else {
		h.profile, err = a.resolveRequest(request)
	}
	if err != nil {
		return nil, err
	}
	promises, err := a.engine.Promises(h.profile)
	if err != nil {
		return nil, err
	}
	for _, x := range promises {
		h.promises = append(h.promises, Promise{
			x.Metric, a.metrics[x.Metric].Unit, a.metrics[x.Metric].Source, boundOf(x.Lower), boundOf(x.Upper),
		})
		h.bounded[x.Metric] = []string{}
		for _, b := range []*registry.Bound{x.Lower, x.Upper} {
			if b != nil {
				h.bounded[x.Metric] = append(h.bounded[x.Metric], b.Statistic)
			}
		}
	}
	for _, x := range []struct {
		into  *any
		facts any
	}{{&h.promiseFacts, h.promises}, {&h.values, h.profile.Values()}, {&h.margins, h.profile.Margins}, {&h.needs, h.profile.Needs}} {
		if *x.into, err = policy.EncodeFacts(x.facts); err != nil {
			return nil, err
		}
	}
	// deployments can change under their path
	if request.Path == "" {
		a.targets.Put(key, h)
	}
	return h, nil
}

// targetRequest returns the compile request of a target, or the config profile that a behaviour profile stores.
func (a *Assessor) targetRequest(p behaviour.Profile, t Target) (compile.Request, []byte, error) {
	switch {
	case t.Path != "":
		return compile.Request{Path: t.Path}, nil, nil
	case t.Preset != "":
		return compile.Request{Preset: t.Preset}, nil, nil
	case p.Config.HasProfile():
		return compile.Request{}, p.Config.Profile, nil
	case p.PresetName != "":
		return compile.Request{Preset: p.PresetName}, nil, nil
	}
	return compile.Request{}, nil, source.Wrong(
		opCheckPromises,
		fmt.Sprintf("profile %s has no preset", p.ID),
		"set the preset (--preset, or preset_name in a request) or the deployment (--deployment) to check against",
	)
}

func (a *Assessor) resolveRequest(r compile.Request) (artefact.Profile, error) {
	out, err := a.engine.Resolve(r)
	if err != nil {
		return artefact.Profile{}, err
	}
	if len(out.Violations) > 0 {
		in := &source.Error{Doing: opCheckPromises}
		for _, v := range out.Violations {
			in.Problems = append(in.Problems, source.Problem{Message: v.Message, Pos: v.Pos, Remedy: v.Remedy})
		}
		return artefact.Profile{}, in
	}
	return out.Profile, nil
}
