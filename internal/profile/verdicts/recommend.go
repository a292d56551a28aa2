package verdicts

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Recommendations are changes supported by a profile's evidence.
type Recommendations struct {
	ProfileID  string `json:"profile_id"`
	PresetName string `json:"preset_name"`
	Label      string `json:"label"` // conformance label
	// changes that compile and pass the guard rails
	Recommendations []Recommendation `json:"recommendations"`
	// supported changes that a guard rail or constraint rejects, or that bring a warning
	Refused []Recommendation `json:"refused"`
	// changes that the evidence suggests and that something speaks against
	Considered []Considered `json:"considered"`
	// metrics outside their bounds that no change is known to bring back
	Unexplained []Unexplained `json:"unexplained"`
	// fullest resources first
	Bottlenecks []BusyResource `json:"bottlenecks"`
	Summary     string         `json:"summary"`
}

// Considered is a change that is not proposed, with what speaks against it.
type Considered struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Metrics []string `json:"metrics"` // outside their bounds
	Against []string `json:"against"`
}

// Unexplained is a metric outside its bounds that no rule is about.
type Unexplained struct {
	Metric string `json:"metric"`
	Detail string `json:"detail"`
}

// BusyResource is a resource with the share that is in use.
type BusyResource struct {
	Name     string `json:"name"`
	Resource string `json:"resource"`
	// parameter that sets its limit; "" if none does
	Parameter   string  `json:"parameter"`
	Utilization float64 `json:"utilization"`
	Source      string  `json:"source"` // measured, or model: the capacity model at the observed load
}

// Recommendation is a change, with its evidence, expected effect and risk.
type Recommendation struct {
	Name  string `json:"name"` // name of the rule
	Title string `json:"title"`
	// preset to use; "" keeps the current one
	Preset    string         `json:"preset,omitempty"`
	Overrides map[string]any `json:"overrides"`
	Evidence  []Evidence     `json:"evidence"`
	Expected  string         `json:"expected"`
	Risk      string         `json:"risk"`
	// complete command line that compiles it
	Command string `json:"command"`
	// guard rail findings, compared with the running configuration
	Findings []policy.Finding `json:"findings"`
}

// Evidence is an observed value with its bound.
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

// Recommend proposes changes supported by a profile's evidence. It compiles each and checks it with the guard rails.
func (a *Assessor) Recommend(ctx context.Context, p behaviour.Profile, t Target) (Recommendations, error) {
	h, err := a.resolveTarget(p, t)
	if err != nil {
		return Recommendations{}, err
	}
	facts, err := a.gatherFacts(p, h, t.Except, a.allStatistics)
	if err != nil {
		return Recommendations{}, err
	}
	var said struct {
		Conformance Conformance
		Proposals   []Recommendation
		Considered  []Considered
		Unexplained []Unexplained
		Bottlenecks []BusyResource
	}
	advice := h.policyInput(facts)
	advice["values"], advice["margins"], advice["needs"], advice["presets"] = h.values, h.margins, h.needs, a.presets
	known, err := a.assessTarget(ctx, h)
	if err != nil {
		return Recommendations{}, err
	}
	advice["capacity"] = known.capacity
	if err := a.advice.evaluate(ctx, advice, &said); err != nil {
		return Recommendations{}, err
	}
	out := Recommendations{
		ProfileID: p.ID, PresetName: h.profile.PresetName, Label: said.Conformance.Label,
		Recommendations: []Recommendation{}, Refused: []Recommendation{},
		Considered: said.Considered, Unexplained: said.Unexplained, Bottlenecks: said.Bottlenecks,
	}
	for _, r := range said.Proposals {
		if err := a.checkProposal(ctx, h, &r); err != nil {
			return Recommendations{}, err
		}
		if slices.ContainsFunc(
			r.Findings,
			func(f policy.Finding) bool { return f.Severity == policy.Error || !known.findings[f.RuleName] },
		) {
			out.Refused = append(out.Refused, r)
		} else {
			out.Recommendations = append(out.Recommendations, r)
		}
	}
	out.Summary = out.summarise()
	return out, nil
}

func (r Recommendations) summarise() string {
	switch {
	case len(r.Recommendations) > 0:
		return fmt.Sprintf("%s: %s supported by the evidence", r.Label, words.Count(len(r.Recommendations), "change"))
	case len(r.Refused) > 0:
		return r.Label + ": guard rails reject every change that the evidence supports"
	case r.Label == Conforming:
		return r.Label + ": no change is needed"
	case len(r.Considered) > 0:
		return fmt.Sprintf("%s: the evidence speaks against %s", r.Label, words.Count(len(r.Considered), "change"))
	}
	return r.Label + ": the evidence supports no change"
}

// targetFacts are the facts about a target that recommendations need: its capacity, and the rules with findings about it.
type targetFacts struct {
	capacity any
	findings map[string]bool
}

// assessTarget returns the facts of a target, using the cache.
func (a *Assessor) assessTarget(ctx context.Context, h *resolvedTarget) (*targetFacts, error) {
	a.mu.Lock()
	known := h.facts
	a.mu.Unlock()
	if known != nil {
		return known, nil
	}
	request := h.request
	request.Deployed = h.profile.Values()
	result, carried, err := a.engine.Capacity(request)
	if err != nil {
		return nil, err
	}
	known = &targetFacts{findings: map[string]bool{}}
	if carried != nil {
		if known.capacity, err = policy.EncodeFacts(carried); err != nil {
			return nil, err
		}
	}
	findings, err := a.checkResult(ctx, result)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		known.findings[f.RuleName] = true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	h.facts = known
	return known, nil
}

// proposalResult caches the command line and findings of a proposal.
type proposalResult struct {
	command  string
	findings []policy.Finding
}

// checkProposal compiles a proposal against the running configuration and evaluates the guard rails.
func (a *Assessor) checkProposal(ctx context.Context, h *resolvedTarget, r *Recommendation) error {
	for key, value := range r.Overrides {
		r.Overrides[key] = compile.IntegralNumber(value)
	}
	change, err := json.Marshal([]any{r.Preset, r.Overrides})
	if err != nil {
		return fmt.Errorf("read proposal: %w", err)
	}
	key := string(h.key[:]) + string(change)
	known, found := a.proposals.Get(key)
	// deployments can change under their path
	if !found || h.request.Path != "" {
		request, err := a.proposalRequest(h, *r)
		if err != nil {
			return err
		}
		known.command = commandLine(request)
		if known.findings, err = a.checkRequest(ctx, request); err != nil {
			return err
		}
		a.proposals.Put(key, known)
	}
	r.Command, r.Findings = known.command, slices.Clone(known.findings)
	return nil
}

// proposalRequest returns the request for a proposal. Its overrides win; the other overrides stay.
func (a *Assessor) proposalRequest(h *resolvedTarget, r Recommendation) (compile.Request, error) {
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

// checkRequest compiles a request and checks it. Waivers hold only if the command of the
// request carries them: those of a deployment do, those of a stored config profile do not.
func (a *Assessor) checkRequest(ctx context.Context, r compile.Request) ([]policy.Finding, error) {
	result, err := a.engine.Resolve(r)
	if err != nil {
		return nil, err
	}
	return a.checkResult(ctx, result)
}

func (a *Assessor) checkResult(ctx context.Context, result *artefact.Result) ([]policy.Finding, error) {
	rules, err := a.guardrails()
	if err != nil {
		return nil, err
	}
	findings, err := check.ListFindings(ctx, result, check.Options{Rules: rules, Today: a.now()})
	return check.WithoutPlaces(findings), err
}

// commandLine returns the command line of a request.
func commandLine(r compile.Request) string {
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
