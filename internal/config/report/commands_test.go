package report_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// No line of a finding is a command of a CI system, which read them however far they are indented. What the formats
// for these systems write themselves are annotations.
func TestMessagesAreNoCommands(t *testing.T) {
	const hostile = "x\n::stop-commands::y\n  ::error::z\r\n\t##vso[task.setvariable variable=PATH]/x\n##[error]w"
	own := policy.Rule{Name: "team.hostile.deny", Severity: policy.Error}
	r := report.Report{
		Kind: "deployment", Version: "0.1.0", Rules: []policy.Rule{own},
		Subjects: []report.Subject{{Name: "payments", File: "profiles/payments/deployment.cue", Findings: []report.Finding{
			{Pos: source.Pos{File: "profiles/payments/deployment.cue", Line: 3, Column: 1}, Finding: policy.Finding{
				RuleName: own.Name, Severity: own.Severity, Message: hostile, Remedy: hostile,
			}},
			{Finding: policy.Finding{RuleName: own.Name, Severity: own.Severity, Message: "::error::" + hostile, Remedy: "##[error]"}},
		}}},
	}
	annotation := regexp.MustCompile(`^(::(error|warning|notice) |##vso\[task\.logissue )`)
	for _, format := range report.FindingFormats {
		for line := range strings.Lines(printed(t, r, format)) {
			line = strings.TrimSpace(line)
			isCommand := strings.HasPrefix(line, "::") || strings.HasPrefix(line, "##")
			if isCommand && (format != "github" && format != "azuredevops" || !annotation.MatchString(line)) {
				t.Errorf("%s: %s", format, line)
			}
		}
	}
}
