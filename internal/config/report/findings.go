package report

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// A Finding is a finding with its place in the user's source.
type Finding = policy.LocatedFinding

// A Subject is a deployment or a file with its findings.
type Subject struct {
	Name     string    `json:"name"`
	File     string    `json:"file"`
	Findings []Finding `json:"findings"`
	// NotEvaluated reports that no rule was evaluated on the subject, so that none passed.
	NotEvaluated bool `json:"-"`
	// IsPolicy reports that the subject is a file of policies, and not of what the report is about.
	IsPolicy bool `json:"-"`
}

// A Report has the findings of rules about subjects.
type Report struct {
	Kind     string // noun for a subject, in the singular
	Version  string // of temporal-dsql
	Rules    []policy.Rule
	Subjects []Subject
	// Tests counts the policy tests that ran. Coverage is the coverage of those policies.
	Tests    int
	Coverage []policy.Coverage
	// Extent has lines for below the summary, about the subjects that were checked.
	Extent string
	// Strict makes warnings fail, as errors do.
	Strict bool
	// Quiet leaves out everything that passes.
	Quiet bool
}

// FindingFormats are the output formats of findings.
var FindingFormats = []string{"text", "table", "json", "yaml", "github", "junit", "tap", "sarif", "azuredevops"}

// Counts of findings by severity.
type Counts struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Waived   int `json:"waived"`
}

// Count counts findings.
func (r Report) Count() (n Counts) {
	for _, s := range r.Subjects {
		for _, f := range s.Findings {
			switch f.Severity {
			case policy.Error:
				n.Errors++
			case policy.Waived:
				n.Waived++
			default:
				n.Warnings++
			}
		}
	}
	return n
}

// Failures counts the findings that fail.
func (r Report) Failures() int {
	n := r.Count()
	if r.Strict {
		return n.Errors + n.Warnings
	}
	return n.Errors
}

func (r Report) isFailure(f Finding) bool {
	return f.Severity == policy.Error || r.Strict && f.Severity == policy.Warning
}

// Write prints the report in one of FindingFormats.
func (r Report) Write(w io.Writer, style Style, format string) error {
	if r.Quiet {
		r = r.onlyFailing()
	}
	r = r.makePrintable()
	switch format {
	case "text":
		r.text(w, style)
	case "table":
		r.table(w, style)
	case "github":
		r.github(w)
	case "azuredevops":
		r.azure(w)
	case "tap":
		return r.tap(w)
	case "junit":
		return r.junit(w)
	case "sarif":
		return r.sarif(w)
	default:
		return Encode(w, format, r.document())
	}
	return nil
}

// onlyFailing returns the report without subjects, rules and findings that pass.
func (r Report) onlyFailing() Report {
	var subjects []Subject
	broken := map[string]bool{}
	for _, s := range r.Subjects {
		s.Findings = slices.DeleteFunc(slices.Clone(s.Findings), func(f Finding) bool { return !r.isFailure(f) })
		if len(s.Findings) > 0 {
			subjects = append(subjects, s)
		}
		for _, f := range s.Findings {
			broken[f.RuleName] = true
		}
	}
	r.Subjects = subjects
	r.Rules = slices.DeleteFunc(slices.Clone(r.Rules), func(rule policy.Rule) bool { return !broken[rule.Name] })
	return r
}

// makePrintable replaces control characters. Findings quote input from users, and a terminal
// or a parser would act on them.
func (r Report) makePrintable() Report {
	subjects := slices.Clone(r.Subjects)
	for i, s := range subjects {
		s.Name, s.File, s.Findings = oneLine(printableText(s.Name)), printableText(s.File), slices.Clone(s.Findings)
		for j, f := range s.Findings {
			f.Message, f.Remedy = maskCommands(printableText(f.Message)), maskCommands(printableText(f.Remedy))
			f.Pos.File = oneLine(printableText(f.Pos.File))
			f.ParameterKeys = slices.Clone(f.ParameterKeys)
			for k, key := range f.ParameterKeys {
				f.ParameterKeys[k] = printableText(key)
			}
			if w := f.Waiver; w != nil {
				f.Waiver = &catalogue.Waiver{
					Rule: printableText(w.Rule), Reason: oneLine(printableText(w.Reason)),
					Owner: oneLine(printableText(w.Owner)), Expires: printableText(w.Expires),
				}
			}
			s.Findings[j] = f
		}
		subjects[i] = s
	}
	r.Subjects, r.Extent = subjects, printableText(r.Extent)
	return r
}

func printableText(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsGraphic(c) || c == '\n' || c == '\t' {
			return c
		}
		return unicode.ReplacementChar
	}, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
}

// maskCommands marks lines that a CI system would take for its commands, however far they are indented. Messages of own
// policies can quote anything.
func maskCommands(text string) string { return ciCommandPattern().ReplaceAllString(text, "$1| $2") }

var ciCommandPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)(^[ \t]*)(::|##)`) })

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// summary returns the numbers of subjects, rules and findings.
func (r Report) summary() string {
	n := r.Count()
	tests := ""
	if r.Tests > 0 {
		tests = ", " + words.Count(r.Tests, "policy test")
	}
	subjects := 0
	for _, s := range r.Subjects {
		if !s.IsPolicy {
			subjects++
		}
	}
	return fmt.Sprintf(
		"%s, %s%s: %s, %s, %d waived",
		words.Count(subjects, r.Kind), words.Count(len(r.Rules), "rule"), tests,
		words.Count(n.Errors, "error"), words.Count(n.Warnings, "warning"), n.Waived,
	)
}

// writeEnd prints the coverage of policies and the summary.
func (r Report) writeEnd(w io.Writer, style Style) {
	for _, c := range r.Coverage {
		fmt.Fprintf(w, "%s: %.1f %% of %s used\n", c.File, c.Percent, words.Count(c.Covered+c.NotCovered, "line"))
	}
	if !r.Quiet {
		fmt.Fprintln(w, style.Bold(r.summary()))
		fmt.Fprint(w, r.Extent)
	}
}

func (s Style) severity(severity string) string {
	switch severity {
	case policy.Error:
		return s.paint("31", severity)
	case policy.Waived:
		return s.paint("2", severity)
	}
	return s.paint("33", severity)
}

// place returns the place of a finding, or the subject's name if the place is unknown.
func (s Subject) place(f Finding) string {
	if f.Pos.IsZero() {
		return s.Name
	}
	return f.Pos.String()
}

func (r Report) text(w io.Writer, style Style) {
	for _, s := range r.Subjects {
		s.text(w, style, s.place)
	}
	r.writeEnd(w, style)
}

// Text prints one block per finding: its place, severity, rule, message and remedy.
func (s Subject) Text(w io.Writer, style Style) {
	s = Report{Subjects: []Subject{s}}.makePrintable().Subjects[0]
	s.text(w, style, func(f Finding) string { return f.Pos.String() })
}

func (s Subject) text(w io.Writer, style Style, place func(Finding) string) {
	for _, f := range s.Findings {
		if at := place(f); at != "" {
			fmt.Fprintf(w, "%s: ", at)
		}
		fmt.Fprintf(w, "%s: %s: %s\n", style.severity(f.Severity), f.RuleName, indentLines(f.Message))
		if advice := f.Advice(); advice != "" {
			fmt.Fprintf(w, "  %s\n", indentLines(advice))
		}
	}
}

// indentLines indents all lines except the first, so that a message stays together.
func indentLines(text string) string { return strings.ReplaceAll(text, "\n", "\n  ") }

func (r Report) table(w io.Writer, style Style) {
	var rows [][]string
	for _, s := range r.Subjects {
		for _, f := range s.Findings {
			rows = append(rows, []string{f.Severity, s.Name, f.RuleName, f.Pos.String(), f.Message})
		}
	}
	if len(rows) > 0 {
		Table(w, style, []string{"SEVERITY", strings.ToUpper(r.Kind), "RULE", "PLACE", "MESSAGE"}, rows)
	}
	r.writeEnd(w, style)
}

// A Document is a report as JSON and YAML.
type Document struct {
	Summary  Summary           `json:"summary"`
	Subjects []Subject         `json:"subjects"`
	Coverage []policy.Coverage `json:"coverage,omitempty"`
}

// A Summary counts subjects, rules and findings.
type Summary struct {
	Subjects int `json:"subjects"`
	Rules    int `json:"rules"`
	Tests    int `json:"tests,omitempty"`
	Counts
}

func (r Report) document() Document {
	subjects := r.Subjects
	if subjects == nil {
		subjects = []Subject{}
	}
	for i := range subjects {
		if subjects[i].Findings == nil {
			subjects[i].Findings = []Finding{}
		}
	}
	return Document{Summary{len(subjects), len(r.Rules), r.Tests, r.Count()}, subjects, r.Coverage}
}

// A verdict has the findings of one rule about one subject; none if the rule passes.
type verdict struct {
	rule     policy.Rule
	findings []Finding
}

// verdictsOn returns the verdicts on a subject, sorted by rule. It includes rules that only
// findings name.
func (r Report) verdictsOn(s Subject) []verdict {
	by := map[string]*verdict{}
	known := map[string]policy.Rule{}
	for _, rule := range r.Rules {
		known[rule.Name] = rule
		if !s.NotEvaluated {
			by[rule.Name] = &verdict{rule: rule}
		}
	}
	for _, f := range s.Findings {
		if by[f.RuleName] == nil {
			rule, ok := known[f.RuleName]
			if !ok {
				rule = ruleOfFinding(f)
			}
			by[f.RuleName] = &verdict{rule: rule}
		}
		by[f.RuleName].findings = append(by[f.RuleName].findings, f)
	}
	all := make([]verdict, 0, len(by))
	for _, v := range by {
		all = append(all, *v)
	}
	slices.SortFunc(all, func(a, b verdict) int { return strings.Compare(a.rule.Name, b.rule.Name) })
	return all
}

// ruleOfFinding makes a rule of a finding that comes from no policy: a constraint.
func ruleOfFinding(f Finding) policy.Rule {
	severity := f.Severity
	if severity == policy.Waived {
		severity = policy.Error
	}
	return policy.Rule{Name: f.RuleName, Title: strings.ReplaceAll(f.RuleName, "_", " "), Severity: severity}
}

// failures returns the findings of a verdict that fail.
func (r Report) failures(v verdict) []Finding {
	return slices.DeleteFunc(slices.Clone(v.findings), func(f Finding) bool { return !r.isFailure(f) })
}

// waived returns the waiver of a verdict that fails without it, or nil.
func (v verdict) waived() *catalogue.Waiver {
	for _, f := range v.findings {
		if f.Waiver != nil {
			return f.Waiver
		}
	}
	return nil
}
