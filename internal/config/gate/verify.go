package gate

import (
	"encoding/json"
	"fmt"

	"github.com/invopop/jsonschema"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// failedTests reports failing tests as findings about their files.
func failedTests(tests []policy.Test) []report.Subject {
	var all []report.Subject
	for _, t := range tests {
		if t.Failure != "" {
			all = addPolicyFinding(all, report.Finding{Pos: t.Pos, Finding: policy.Finding{
				RuleName: "policy_test_fails", Severity: policy.Error,
				Message: fmt.Sprintf("%s: %s", t.Name, t.Failure), ParameterKeys: []string{},
			}})
		}
	}
	return all
}

// findMissingPaths reports paths that no profile has as findings about the policies that read them.
func findMissingPaths(rules *policy.Rules) ([]report.Subject, error) {
	text, err := json.Marshal((&jsonschema.Reflector{Anonymous: true}).Reflect(artefact.Profile{}))
	if err != nil {
		return nil, err
	}
	var schema any
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, err
	}
	missing, err := rules.FindMissingPaths(schema)
	var all []report.Subject
	for _, m := range missing {
		all = addPolicyFinding(all, report.Finding{Pos: m.Pos, Finding: policy.Finding{
			RuleName: "policy_reads_nothing", Severity: policy.Error, Message: m.Message(), Remedy: m.Remedy(), ParameterKeys: []string{},
		}})
	}
	return all, err
}

// addPolicyFinding adds a finding about a file of policies, next to the one before it in the same file.
func addPolicyFinding(all []report.Subject, f report.Finding) []report.Subject {
	if len(all) == 0 || all[len(all)-1].File != f.Pos.File {
		all = append(all, report.Subject{Name: f.Pos.File, File: f.Pos.File, NotEvaluated: true, IsPolicy: true})
	}
	in := &all[len(all)-1]
	in.Findings = append(in.Findings, f)
	return all
}
