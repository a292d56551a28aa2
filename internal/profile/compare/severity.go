package compare

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

// severityPolicy decides the severities of differences: policies/comparison. It is prepared on first use.
type severityPolicy func() (*policy.Verdict, error)

func newSeverityPolicy(engine *compile.Engine) severityPolicy {
	policies := engine.Policies() // not the engine, which is large
	return sync.OnceValues(func() (*policy.Verdict, error) {
		return policy.NewVerdict(context.Background(), policies, "comparison")
	})
}

// setSeverities sets the severities of settings and versions, and sorts the settings by severity and classification.
func (s severityPolicy) setSeverities(settings []ConfigDiff, versions []VersionDiff) error {
	if len(settings)+len(versions) == 0 {
		return nil
	}
	verdict, err := s()
	if err != nil {
		return err
	}
	type setting struct {
		Classification string `json:"classification"`
		Needs          string `json:"needs"`
	}
	type version struct {
		OldVersion *string `json:"old_version"`
		NewVersion *string `json:"new_version"`
	}
	facts := struct {
		Settings []setting `json:"settings"`
		Versions []version `json:"versions"`
	}{[]setting{}, []version{}}
	for _, d := range settings {
		facts.Settings = append(facts.Settings, setting{d.Classification, d.Needs})
	}
	for _, d := range versions {
		facts.Versions = append(facts.Versions, version{d.OldVersion, d.NewVersion})
	}
	var decided struct{ Settings, Versions []string }
	if err := verdict.Decide(context.Background(), facts, &decided); err != nil {
		return err
	}
	if len(decided.Settings) != len(settings) || len(decided.Versions) != len(versions) {
		return fmt.Errorf("evaluate policies: %d of %d severities", len(decided.Settings)+len(decided.Versions),
			len(settings)+len(versions))
	}
	for i, severity := range decided.Settings {
		settings[i].Severity = severity
	}
	for i, severity := range decided.Versions {
		versions[i].Severity = severity
	}
	slices.SortStableFunc(settings, func(x, y ConfigDiff) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severities, x.Severity), slices.Index(severities, y.Severity)),
			cmp.Compare(slices.Index(classOrder, x.Classification), slices.Index(classOrder, y.Classification)),
			cmp.Compare(x.Key, y.Key), cmp.Compare(x.Section, y.Section), cmp.Compare(x.Service, y.Service),
		)
	})
	return nil
}
