package verdicts

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Recommendations are the changes that a profile's evidence carries.
type Recommendations struct {
	ProfileID  string `json:"profile_id"`
	PresetName string `json:"preset_name"`
	Label      string `json:"label"` // of its conformance
	// changes that compile, and that no guard rail refuses
	Recommendations []Recommendation `json:"recommendations"`
	// changes that the evidence would carry, and a guard rail or a constraint refuses
	Refused []Recommendation `json:"refused"`
	Summary string           `json:"summary"`
}

// A Recommendation is a change, with what speaks for it and against it.
type Recommendation struct {
	Name  string `json:"name"` // of the rule
	Title string `json:"title"`
	// the preset to take; "" keeps the one that there is
	Preset    string         `json:"preset,omitempty"`
	Overrides map[string]any `json:"overrides"`
	Evidence  []Evidence     `json:"evidence"`
	Expected  string         `json:"expected"`
	Risk      string         `json:"risk"`
	// the whole command line that compiles it
	Command string `json:"command"`
	// what the guard rails say of it, against what runs today
	Findings []policy.Finding `json:"findings"`
}

// Evidence is an observed value, and the bound that it is held to.
type Evidence struct {
	Metric    string  `json:"metric"`
	Statistic string  `json:"statistic"`
	Value     float64 `json:"value"`
	Bound     float64 `json:"bound"`
	Unit      string  `json:"unit"`
	Detail    string  `json:"detail"`
}

type presetRange struct {
	Name string  `json:"name"`
	Min  float64 `json:"min"`
	Max  float64 `json:"max"`
}

// Recommend proposes what to change, as far as the evidence of a profile carries
// it. Each proposal is compiled and held against the guard rails first.
func (a *Assessor) Recommend(ctx context.Context, p behaviour.Profile, t Target) (Recommendations, error) {
	h, err := a.hold(p, t)
	if err != nil {
		return Recommendations{}, err
	}
	facts, err := a.facts(p, h, t.Except, a.every)
	if err != nil {
		return Recommendations{}, err
	}
	var said struct {
		Conformance Conformance
		Proposals   []Recommendation
	}
	advice := h.input(facts)
	advice["values"], advice["margins"], advice["presets"] = h.values, h.margins, a.presets
	if err := a.advice.of(ctx, advice, &said); err != nil {
		return Recommendations{}, err
	}
	out := Recommendations{
		ProfileID: p.ID, PresetName: h.profile.PresetName, Label: said.Conformance.Label,
		Recommendations: []Recommendation{}, Refused: []Recommendation{},
	}
	for _, r := range said.Proposals {
		if err := a.gate(ctx, h, &r); err != nil {
			return Recommendations{}, err
		}
		if slices.ContainsFunc(r.Findings, func(f policy.Finding) bool { return f.Severity == policy.Error }) {
			out.Refused = append(out.Refused, r)
		} else {
			out.Recommendations = append(out.Recommendations, r)
		}
	}
	out.Summary = out.summary()
	return out, nil
}

func (r Recommendations) summary() string {
	switch {
	case len(r.Recommendations) > 0:
		return fmt.Sprintf("%s: %s that the evidence carries", r.Label, words.Count(len(r.Recommendations), "change"))
	case len(r.Refused) > 0:
		return r.Label + ": guard rails refuse every change that the evidence would carry"
	case r.Label == Conforming:
		return r.Label + ": there is nothing to change"
	}
	return r.Label + ": the evidence carries no change"
}

// gated is what became of a proposal: the same one is compiled and judged once.
type gated struct {
	command  string
	findings []policy.Finding
}

// gate compiles a proposal against what runs today, and has the guard rails judge it.
func (a *Assessor) gate(ctx context.Context, h *held, r *Recommendation) error {
	for key, value := range r.Overrides {
		r.Overrides[key] = compile.IntegralNumber(value)
	}
	change, err := json.Marshal([]any{r.Preset, r.Overrides})
	if err != nil {
		return fmt.Errorf("read proposal: %w", err)
	}
	key := string(h.key[:]) + string(change)
	a.mu.Lock()
	known, found := a.gated[key]
	a.mu.Unlock()
	// (a deployment may change under its path)
	if !found || h.request.Path != "" {
		request, err := a.proposed(h, *r)
		if err != nil {
			return err
		}
		known.command = command(request)
		if known.findings, err = a.findings(ctx, request); err != nil {
			return err
		}
		a.mu.Lock()
		if len(a.gated) >= remembered {
			clear(a.gated)
		}
		a.gated[key] = known
		a.mu.Unlock()
	}
	r.Command, r.Findings = known.command, slices.Clone(known.findings)
	return nil
}

// proposed is the request that a proposal makes of what there is: its overrides
// win, and those that there are stay.
func (a *Assessor) proposed(h *held, r Recommendation) (compile.Request, error) {
	request := h.request
	if r.Preset != "" || request.Path == "" {
		var err error
		if request, err = a.engine.RestateProfile(h.profile); err != nil {
			return request, err
		}
	}
	if r.Preset != "" {
		if request.Name == request.Preset {
			request.Name = ""
		}
		request.Preset = r.Preset
	}
	request.Overrides = slices.DeleteFunc(slices.Clone(request.Overrides), func(o compile.Override) bool {
		return slices.ContainsFunc(slices.Collect(maps.Keys(r.Overrides)), func(key string) bool { return strings.EqualFold(key, o.Key) })
	})
	for _, key := range slices.Sorted(maps.Keys(r.Overrides)) {
		o, err := a.engine.NewOverride(key, r.Overrides[key], source.Pos{})
		if err != nil {
			return request, err
		}
		request.Overrides = append(request.Overrides, o)
	}
	request.Deployed = h.profile.Values()
	return request, nil
}

// findings of a request: constraint violations, and what the guard rails say.
func (a *Assessor) findings(ctx context.Context, r compile.Request) ([]policy.Finding, error) {
	result, err := a.engine.Resolve(r)
	if err != nil {
		return nil, err
	}
	rules, err := a.guardrails()
	if err != nil {
		return nil, err
	}
	found := []policy.Finding{}
	for _, v := range result.Violations {
		found = append(found, policy.Finding{RuleName: v.RuleName, Severity: v.Severity, Message: v.Message, ParameterKeys: v.ParameterKeys,
			Remediation: v.Remediation})
	}
	said, err := rules.Judge(ctx, result.JSON)
	return append(found, said...), err
}

// command is the command line of a request.
func command(r compile.Request) string {
	target := r.Preset
	if r.Path != "" {
		target = r.Path
		if !strings.ContainsAny(target, `/\`) {
			target = "./" + target
		}
	}
	line := []string{"temporal-dsql", "compile", target}
	for _, flag := range []struct{ name, value string }{
		{"--modifier", r.Modifier}, {"--temporal-version", r.TemporalVersion}, {"--plugin-version", r.PluginVersion},
	} {
		if flag.value != "" {
			line = append(line, flag.name, flag.value)
		}
	}
	if r.Name != "" && r.Name != r.Preset {
		line = append(line, "--name", r.Name)
	}
	for _, o := range r.Overrides {
		line = append(line, "--override", o.Key+"="+o.Text())
	}
	return words.CommandLine(line...)
}
