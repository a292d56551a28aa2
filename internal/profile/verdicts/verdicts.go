// Package verdicts turns behaviour profiles into verdicts: it gathers facts, has
// policies judge them, and compiles and gates what they recommend. Which metric
// or parameter counts, and why, is the schema's and the policies' to say.
package verdicts

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An Assessor holds profiles against what was promised. It is safe for
// concurrent use.
type Assessor struct {
	engine *compile.Engine
	// policies, prepared when they are first needed
	conformance, drift, advice verdict
	guardrails                 func() (*policy.Rules, error)

	presets any // with their ranges, as policies read them
	metrics map[string]registry.Metric
	// what a change is known to act on: of a parameter, and of a component's version
	parameters, components map[string][]string

	names       []string           // of statistics
	quantiles   map[string]float64 // of those that no summary carries
	minCoverage float64

	mu    sync.Mutex
	held  map[[sha256.Size]byte]*held // by what was asked for
	gated map[string]gated            // by what was proposed to which target
}

// A verdict is a folder of policies, prepared when it is first asked for.
type verdict func() (*policy.Verdict, error)

func (v verdict) of(ctx context.Context, facts, into any) error {
	prepared, err := v()
	if err != nil {
		return err
	}
	return prepared.Of(ctx, facts, into)
}

// remembered bounds what is remembered of earlier questions: past it all is
// forgotten, and worked out anew.
const remembered = 512

// New reads the catalogue; policies are prepared when they are first needed.
func New(ctx context.Context, engine *compile.Engine) (*Assessor, error) {
	a := &Assessor{
		engine: engine, metrics: map[string]registry.Metric{}, quantiles: map[string]float64{},
		held: map[[sha256.Size]byte]*held{}, gated: map[string]gated{},
	}
	// what is prepared outlives the context of whoever asks first
	ctx = context.WithoutCancel(ctx)
	folder := func(name string) verdict {
		return sync.OnceValues(func() (*policy.Verdict, error) { return policy.NewVerdict(ctx, engine.Policies(), name) })
	}
	a.conformance, a.drift, a.advice = folder("conformance"), folder("drift"), folder("recommend")
	a.guardrails = sync.OnceValues(func() (*policy.Rules, error) { return policy.Guardrails(ctx, engine.Policies()) })
	presets, err := engine.Presets()
	if err != nil {
		return nil, err
	}
	ranges := []presetRange{}
	for _, p := range presets {
		ranges = append(ranges, presetRange{p.Name, p.Range.Min, p.Range.Max})
	}
	if a.presets, err = policy.Kept(ranges); err != nil {
		return nil, err
	}
	metrics, err := engine.Metrics()
	if err != nil {
		return nil, err
	}
	for _, m := range metrics {
		a.metrics[m.Name] = m
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
	a.parameters = map[string][]string{}
	for _, p := range parameters {
		a.parameters[p.Key] = p.ActsOn
	}
	if a.components, err = engine.Components(); err != nil {
		return nil, err
	}
	return a, nil
}

// A Target is what a profile is held against: a preset by name, or a deployment.
// Where it is neither, the profile's own config profile, else the preset that it
// names.
type Target struct {
	Preset string
	Path   string
	// Except are promised metrics that the cluster is not held to.
	Except []string
}

// Of reports whether there is something to hold a profile against.
func (t Target) Of(p behaviour.Profile) bool {
	return t.Path != "" || t.Preset != "" || configured(p) || p.PresetName != ""
}

// configured reports whether a profile has kept the config profile of its cluster.
func configured(p behaviour.Profile) bool {
	return len(p.Config.Profile) > 0 && string(p.Config.Profile) != "null"
}

// held is a resolved target with what it promises.
type held struct {
	key      [sha256.Size]byte
	request  compile.Request // that resolves to it
	profile  artefact.Profile
	promises []Promise
	bounded  map[string][]string // statistics that are held, by metric
	// promises, values and margins, as policies read them
	kept, values, margins any
}

const holding = "hold a profile against its promises"

// hold resolves a target.
func (a *Assessor) hold(p behaviour.Profile, t Target) (*held, error) {
	request, stored, err := a.request(p, t)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256(append([]byte(request.Preset+"\x00"+request.Path+"\x00"), stored...))
	a.mu.Lock()
	known := a.held[key]
	a.mu.Unlock()
	if known != nil {
		return known, nil
	}
	h := &held{key: key, request: request, bounded: map[string][]string{}}
	if stored != nil {
		var read *artefact.Result
		if read, err = artefact.ParseProfile(artefact.ProfileName, stored); err == nil {
			h.profile = read.Profile
			h.request, err = a.engine.RestateProfile(h.profile)
		}
	} else {
		h.profile, err = a.resolve(request)
	}
	if err != nil {
		return nil, err
	}
	promises, err := a.engine.Promises(h.profile)
	if err != nil {
		return nil, err
	}
	for _, x := range promises {
		h.promises = append(h.promises, Promise{x.Metric, a.metrics[x.Metric].Unit, boundOf(x.Lower), boundOf(x.Upper)})
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
	}{{&h.kept, h.promises}, {&h.values, h.profile.Values()}, {&h.margins, h.profile.Margins}} {
		if *x.into, err = policy.Kept(x.facts); err != nil {
			return nil, err
		}
	}
	// a deployment may change under its path
	if request.Path == "" {
		a.mu.Lock()
		defer a.mu.Unlock()
		if len(a.held) >= remembered {
			clear(a.held)
		}
		a.held[key] = h
	}
	return h, nil
}

// request tells what a target asks to compile; or the config profile that a
// behaviour profile has kept, which is resolved already.
func (a *Assessor) request(p behaviour.Profile, t Target) (compile.Request, []byte, error) {
	switch {
	case t.Path != "":
		return compile.Request{Path: t.Path}, nil, nil
	case t.Preset != "":
		return compile.Request{Preset: t.Preset}, nil, nil
	case configured(p):
		return compile.Request{}, p.Config.Profile, nil
	case p.PresetName != "":
		return compile.Request{Preset: p.PresetName}, nil, nil
	}
	return compile.Request{}, nil, source.Wrong(holding, fmt.Sprintf("profile %s names no preset", p.ID), "name the preset or the deployment that it is to be held against")
}

func (a *Assessor) resolve(r compile.Request) (artefact.Profile, error) {
	out, err := a.engine.Resolve(r)
	if err != nil {
		return artefact.Profile{}, err
	}
	if len(out.Violations) > 0 {
		in := &source.Error{Doing: holding}
		for _, v := range out.Violations {
			in.Problems = append(in.Problems, source.Problem{Message: v.Message, Pos: v.Pos, Hint: v.Remediation})
		}
		return artefact.Profile{}, in
	}
	return out.Profile, nil
}
