package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

// sarif prints SARIF 2.1.0: rules with their help, results with their region in
// the user's source, and waivers as suppressions.
func (r Report) sarif(w io.Writer) error {
	driver := sarif.NewToolComponent().WithName("temporal-dsql").WithInformationURI("https://github.com/temporal-dsql/temporal-dsql")
	if r.Version != "" {
		driver.WithSemanticVersion(r.Version)
	}
	run := sarif.NewRun().WithTool(sarif.NewTool().WithDriver(driver)).WithColumnKind("unicodeCodePoints")
	rules := r.listRules()
	index := map[string]int{}
	for i, rule := range rules {
		index[rule.Name] = i
		driver.AddRule(newDescriptor(rule))
	}
	seen := map[string]int{}
	for _, s := range r.Subjects {
		for _, f := range s.Findings {
			i := index[f.RuleName]
			result := sarif.NewRuleResult(f.RuleName).WithRuleIndex(i).WithMessage(sarif.NewTextMessage(describeFinding(f))).
				WithLocations([]*sarif.Location{newLocation(s, f)})
			// a waived finding has the severity that it would have without the waiver
			level := f.Severity
			if f.Waiver != nil {
				level = rules[i].Severity
				result.AddSuppression(
					sarif.NewSuppression().WithKind("external").WithStatus("accepted").WithJustification(f.Waiver.Terms()),
				)
			}
			result.WithLevel(level)
			// the identity stays the same when lines move or numbers change
			keys := slices.Sorted(slices.Values(f.ParameterKeys))
			identity := strings.Join(append([]string{f.RuleName, s.Name}, keys...), "\n")
			seen[identity]++
			fingerprint := fmt.Sprintf("%s:%d", identityDigest(identity), seen[identity])
			result.WithPartialFingerprints(map[string]string{"temporalDsql/v1": fingerprint})
			run.AddResult(result)
		}
	}
	document := sarif.NewReport()
	document.AddRun(run)
	if err := document.PrettyWrite(w); err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// listRules returns all rules, including those that only findings name.
func (r Report) listRules() []policy.Rule {
	all := slices.Clone(r.Rules)
	known := map[string]bool{}
	for _, rule := range all {
		known[rule.Name] = true
	}
	for _, s := range r.Subjects {
		for _, f := range s.Findings {
			if !known[f.RuleName] {
				known[f.RuleName] = true
				all = append(all, ruleOfFinding(f))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b policy.Rule) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func newDescriptor(rule policy.Rule) *sarif.ReportingDescriptor {
	d := sarif.NewRule(rule.Name).WithName(rule.Name).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithEnabled(true).WithLevel(rule.Severity))
	title := rule.Title
	if title == "" {
		title = rule.Name
	}
	d.WithShortDescription(sarif.NewMultiformatMessageString().WithText(title))
	if rule.Description != "" {
		d.WithFullDescription(sarif.NewMultiformatMessageString().WithText(rule.Description))
	}
	var help []string
	for _, part := range [][2]string{{"", rule.Description}, {"Remedy: ", rule.Remedy}, {"Source: ", rule.Source}} {
		if part[1] != "" {
			help = append(help, part[0]+part[1])
		}
	}
	if len(help) > 0 {
		text := strings.Join(help, "\n\n")
		d.WithHelp(sarif.NewMultiformatMessageString().WithText(text).WithMarkdown(text))
	}
	if rule.URL != "" {
		d.WithHelpURI(rule.URL)
	}
	return d
}

func newLocation(s Subject, f Finding) *sarif.Location {
	at := sarif.NewLocation().WithLogicalLocations([]*sarif.LogicalLocation{
		sarif.NewLogicalLocation().WithName(s.Name).WithKind("module"),
	})
	file, ok := sourceFile(f.Pos)
	if !ok {
		return at
	}
	artifact := sarif.NewArtifactLocation().WithURI((&url.URL{Path: file}).String()).WithURIBaseID("%SRCROOT%")
	if filepath.IsAbs(f.Pos.File) {
		artifact = sarif.NewArtifactLocation().WithURI((&url.URL{Scheme: "file", Path: file}).String())
	}
	place := sarif.NewPhysicalLocation().WithArtifactLocation(artifact)
	if f.Pos.Line > 0 {
		place.WithRegion(sarif.NewRegion().WithStartLine(f.Pos.Line).WithStartColumn(max(1, f.Pos.Column)))
	}
	return at.WithPhysicalLocation(place)
}

func identityDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
