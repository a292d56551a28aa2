// Package check lists the findings of a compiled deployment: schema violations, guard
// rails that fail, and waivers that do not hold. Every command and page that shows
// findings of a compile takes them from here, so that a waiver holds in all of them.
package check

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Options are the rules and the day that a compile is checked by.
type Options struct {
	Rules *policy.Rules
	// AllRules means that Rules leaves no rule out: a waiver of an unknown rule is an error.
	AllRules bool
	Today    time.Time
	// RunningServer is the server version that the cluster runs today; "" means unknown.
	RunningServer string
}

// severityOrder lists the most severe first.
var severityOrder = []string{policy.Error, policy.Warning, policy.Waived}

// ListFindings checks a compile and returns its findings, most severe first. Ties keep
// their order: schema violations, invalid waivers, guard rails.
func ListFindings(ctx context.Context, result *artefact.Result, o Options) ([]policy.LocatedFinding, error) {
	findings := []policy.LocatedFinding{}
	for _, v := range slices.Concat(result.Violations, result.Warnings) {
		findings = append(findings, policy.LocatedFinding{Finding: ViolationFinding(v), Pos: v.Pos})
	}
	if f, ok := skippedServer(result, o.RunningServer); ok {
		findings = append(findings, f)
	}
	failed, err := o.Rules.Evaluate(ctx, result.JSON)
	if err != nil {
		return nil, err
	}
	if len(result.Profile.Waivers) > 0 {
		var invalid []policy.WaiverFinding
		if failed, invalid, err = o.Rules.ApplyWaivers(ctx, failed, result.Profile.Waivers, o.Today, o.AllRules); err != nil {
			return nil, err
		}
		for _, f := range invalid {
			findings = append(findings, policy.LocatedFinding{Finding: f.Finding, Pos: result.FindWaiverPlace(f.Nth)})
		}
	}
	for _, f := range failed {
		findings = append(findings, policy.LocatedFinding{Finding: f, Pos: findPlace(result, f)})
	}
	slices.SortStableFunc(findings, func(a, b policy.LocatedFinding) int {
		return cmp.Compare(slices.Index(severityOrder, a.Severity), slices.Index(severityOrder, b.Severity))
	})
	return findings, nil
}

// skippedServer returns the finding that a change of the server that runs skips a minor version.
func skippedServer(result *artefact.Result, running string) (policy.LocatedFinding, bool) {
	note := registry.SkipNote(running, result.Profile.TemporalServerVersion)
	pos, isStated := result.Fields["temporal_version"]
	if !isStated {
		pos = result.FindPlace(nil)
	}
	return policy.LocatedFinding{Pos: pos, Finding: policy.Finding{
		RuleName: "server_version_skipped", Severity: policy.Warning, Message: note, ParameterKeys: []string{}, Remedy: registry.SkipRemedy,
	}}, note != ""
}

// findPlace returns the place in the deployment of the value that a finding is about.
func findPlace(result *artefact.Result, f policy.Finding) source.Pos {
	for _, key := range f.ParameterKeys {
		if pos, ok := result.Fields[f.Field+"."+key]; ok {
			return pos
		}
	}
	return result.FindPlace(f.ParameterKeys)
}

// WithoutPlaces returns findings without their places.
func WithoutPlaces(located []policy.LocatedFinding) []policy.Finding {
	findings := make([]policy.Finding, 0, len(located))
	for _, f := range located {
		findings = append(findings, f.Finding)
	}
	return findings
}

// ViolationFinding returns a schema violation as a finding, with the field of the place whose value it is about.
func ViolationFinding(v artefact.Violation) policy.Finding {
	const overrides = ".overrides"
	field := ""
	if n := strings.LastIndex(v.Field, overrides+"."); n >= 0 {
		field = v.Field[:n+len(overrides)]
	}
	return policy.Finding{
		RuleName: v.RuleName, Severity: v.Severity, Message: v.Message, ParameterKeys: v.ParameterKeys, Field: field, Remedy: v.Remedy,
	}
}
