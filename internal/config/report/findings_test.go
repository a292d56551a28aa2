package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jstemmer/go-junit-report/v2/junit"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// example has one of everything: an error at a line, a constraint, a warning
// with hostile text in it, a waiver, a flag as a place, no place, and a
// deployment without findings.
func example() report.Report {
	idle := policy.Rule{
		Name:        "max_idle_equals_max_conns",
		Title:       "Idle connections differ from the maximum",
		Severity:    policy.Error,
		Description: "Connections beyond the idle ones are closed after use.",
		Remedy:      "use the derived one",
		Source:      "Temporal documentation",
		URL:         "https://example.org/idle",
		Parameters:  []string{"persistence.maxConns", "persistence.maxIdleConns"},
	}
	polls := policy.Rule{Name: "pollers_below_partitions", Title: "Few pollers", Severity: policy.Warning, Remedy: "raise the pollers"}
	shards := policy.Rule{Name: "history_shards_undersized", Title: "Too few shards", Severity: policy.Warning}
	own := policy.Rule{Name: "team.naming.deny", Severity: policy.Error}
	finding := func(r policy.Rule, message string, at source.Pos) report.Finding {
		return report.Finding{Pos: at, Finding: policy.Finding{
			RuleName: r.Name, Severity: r.Severity, Message: message, ParameterKeys: append([]string{}, r.Parameters...), Remedy: r.Remedy,
		}}
	}
	waived := finding(idle, "idle 3, maximum 50", source.Pos{File: "profiles/orders/deployment.cue", Line: 7, Column: 2})
	waived.Severity = policy.Waived
	waived.Waiver = &catalogue.Waiver{Rule: idle.Name, Reason: "load test # 7", Owner: "team-a", Expires: "2026-12-31"}
	return report.Report{
		Kind: "deployment", Version: "0.1.0", Rules: []policy.Rule{shards, idle, polls, own},
		Subjects: []report.Subject{
			{Name: "payments", File: "profiles/payments/deployment.cue", Findings: []report.Finding{
				finding(idle, "idle 3, maximum 50", source.Pos{File: "profiles/payments/deployment.cue", Line: 14, Column: 31}),
				finding(
					policy.Rule{
						Name:       "out_of_range",
						Severity:   policy.Error,
						Parameters: []string{"history.replicas"},
						Remedy:     "allowed: 1 to 1000",
					},
					"history.replicas: 0 is below 1",
					source.Pos{File: "--override history.replicas=0", Line: 1, Column: 1},
				),
				finding(
					polls,
					"5 pollers: 100% of \"them\", ]; ::\x1b[31m\nand <more> \\ # ]]>",
					source.Pos{File: "profiles/a b,c:d;e]/deployment.cue", Line: 3, Column: 1},
				),
			}},
			{
				Name:     "orders # 1",
				File:     "profiles/orders/deployment.cue",
				Findings: []report.Finding{waived, finding(own, "named badly", source.Pos{})},
			},
			{Name: "quiet", File: "profiles/quiet/deployment.cue"},
			{Name: "profiles/broken", File: "profiles/broken", NotEvaluated: true, Findings: []report.Finding{
				finding(
					policy.Rule{Name: "unreadable_deployment", Severity: policy.Error},
					"read deployment: expected '}'",
					source.Pos{File: "profiles/broken/d.cue", Line: 3, Column: 24},
				),
			}},
		},
	}
}

func printed(t rapid.TB, r report.Report, format string) string {
	var out bytes.Buffer
	if err := r.Write(&out, report.Style{}, format); err != nil {
		t.Fatalf("print %s: %v", format, err)
	}
	return out.String()
}

// Each format prints what the file in testdata shows.
func TestFormats(t *testing.T) {
	for _, format := range report.FindingFormats {
		t.Run(format, func(t *testing.T) {
			name := filepath.Join("testdata", "findings."+format)
			got := printed(t, example(), format)
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Fatalf("%s differs (-want +got):\n%s", name, diff)
			}
			if strings.ContainsRune(got, '\x1b') {
				t.Error("an escape sequence of the user's reaches the output")
			}
		})
	}
}

// Quiet leaves what fails, in every format; Strict lets warnings fail.
func TestQuietAndStrict(t *testing.T) {
	r := example()
	if n := r.Failures(); n != 4 {
		t.Errorf("%d findings fail, want 4", n)
	}
	r.Quiet = true
	for _, format := range report.FindingFormats {
		got := printed(t, r, format)
		if !strings.Contains(got, "out_of_range") || strings.Contains(got, "pollers_below_partitions") ||
			strings.Contains(got, "load test") {
			t.Errorf("%s is not only what fails:\n%s", format, got)
		}
	}
	r.Strict = true
	if n := r.Failures(); n != 5 {
		t.Errorf("%d findings fail strictly, want 5", n)
	}
	if got := printed(t, r, "text"); !strings.Contains(got, "pollers_below_partitions") {
		t.Errorf("a warning that fails is left out:\n%s", got)
	}
}

// any report that findings may make
func reports() *rapid.Generator[report.Report] {
	word := rapid.OneOf(rapid.StringMatching(`[a-z_]{1,12}`), rapid.String())
	finding := rapid.Custom(func(t *rapid.T) report.Finding {
		f := report.Finding{Finding: policy.Finding{
			RuleName: rapid.StringMatching(`[a-z]{1,3}`).Draw(t, "rule"),
			Severity: rapid.SampledFrom([]string{policy.Error, policy.Warning, policy.Waived}).Draw(t, "severity"),
			Message:  word.Draw(t, "message"), Remedy: word.Draw(t, "remedy"),
			ParameterKeys: rapid.SliceOfN(word, 0, 3).Draw(t, "keys"),
		}}
		if f.Severity == policy.Waived {
			f.Waiver = &catalogue.Waiver{
				Rule:    f.RuleName,
				Reason:  word.Draw(t, "reason"),
				Owner:   word.Draw(t, "owner"),
				Expires: "2027-01-01",
			}
		}
		if rapid.Bool().Draw(t, "placed") {
			f.Pos = source.Pos{
				File:   word.Draw(t, "file"),
				Line:   rapid.IntRange(0, 99).Draw(t, "line"),
				Column: rapid.IntRange(0, 99).Draw(t, "column"),
			}
		}
		return f
	})
	return rapid.Custom(func(t *rapid.T) report.Report {
		r := report.Report{
			Kind:    "deployment",
			Version: "0.1.0",
			Strict:  rapid.Bool().Draw(t, "strict"),
			Quiet:   rapid.Bool().Draw(t, "quiet"),
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "rules") {
			r.Rules = append(r.Rules, policy.Rule{Name: string(rune('a' + i)), Severity: policy.Error, Description: word.Draw(t, "about")})
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "subjects") {
			r.Subjects = append(
				r.Subjects,
				report.Subject{
					Name:     fmt.Sprintf("%s%d", word.Draw(t, "name"), i),
					Findings: rapid.SliceOfN(finding, 0, 5).Draw(t, "findings"),
				},
			)
		}
		return r
	})
}

// kept is what a report prints: quiet ones leave out what does not fail.
func kept(r report.Report) (findings, failures int) {
	n := r.Count()
	if r.Quiet {
		return r.Failures(), r.Failures()
	}
	return n.Errors + n.Warnings + n.Waived, r.Failures()
}

// SARIF is what its schema says, whatever is found; each result names its rule.
func TestSARIFIsValid(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	check := func(t rapid.TB, r report.Report) {
		text := printed(t, r, "sarif")
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatalf("read SARIF: %v", err)
		}
		if err := schema.Validate(document); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		var log struct {
			Runs []struct {
				Tool struct {
					Driver struct{ Rules []struct{ ID string } }
				}
				Results []struct {
					RuleID              string
					RuleIndex           int
					PartialFingerprints map[string]string
				}
			}
		}
		if err := json.Unmarshal([]byte(text), &log); err != nil {
			t.Fatalf("read SARIF: %v", err)
		}
		run, prints := log.Runs[0], map[string]bool{}
		if want, _ := kept(r); len(run.Results) != want {
			t.Fatalf("%d results of %d findings", len(run.Results), want)
		}
		for _, x := range run.Results {
			if run.Tool.Driver.Rules[x.RuleIndex].ID != x.RuleID {
				t.Fatalf("result of %s points to rule %s", x.RuleID, run.Tool.Driver.Rules[x.RuleIndex].ID)
			}
			print := x.PartialFingerprints["temporalDsql/v1"]
			if prints[print] || print == "" {
				t.Fatalf("fingerprint %q is not unique", print)
			}
			prints[print] = true
		}
	}
	check(t, example())
	rapid.Check(t, func(t *rapid.T) { check(t, reports().Draw(t, "report")) })
}

// A fingerprint stays when lines move and numbers change, and is another for
// another parameter.
func TestFingerprintsAreStable(t *testing.T) {
	prints := func(change func(f *report.Finding)) string {
		r := example()
		change(&r.Subjects[0].Findings[0])
		return strings.Join(regexp.MustCompile(`"temporalDsql/v1": "[^"]*"`).FindAllString(printed(t, r, "sarif"), -1), "\n")
	}
	before := prints(func(*report.Finding) {})
	if got := prints(func(f *report.Finding) { f.Pos.Line, f.Message = 99, "idle 4, maximum 50" }); got != before {
		t.Errorf("other fingerprints after lines moved:\n%s\n%s", before, got)
	}
	if got := prints(func(f *report.Finding) { f.ParameterKeys = []string{"history.shards"} }); got == before {
		t.Error("the same fingerprints for another parameter")
	}
}

// JUnit reads back with a case for every rule and a failure for each that fails.
func TestJUnitReadsBack(t *testing.T) {
	check := func(t rapid.TB, r report.Report) {
		var read junit.Testsuites
		text := printed(t, r, "junit")
		if err := xml.Unmarshal([]byte(text), &read); err != nil {
			t.Fatalf("read JUnit: %v\n%s", err, text)
		}
		failed := 0
		for _, s := range read.Suites {
			cases := 0
			for _, c := range s.Testcases {
				if c.Failure != nil {
					cases++
				}
			}
			if cases != s.Failures {
				t.Fatalf("suite %s says %d failures and has %d", s.Name, s.Failures, cases)
			}
			failed += cases
		}
		if failed != read.Failures || (failed > 0) != (r.Failures() > 0) {
			t.Fatalf("%d cases fail of %d failures (%d said)", failed, r.Failures(), read.Failures)
		}
	}
	check(t, example())
	rapid.Check(t, func(t *rapid.T) { check(t, reports().Draw(t, "report")) })
}

var (
	plan  = regexp.MustCompile(`^( *)1\.\.(\d+)$`)
	point = regexp.MustCompile(`^( *)(not )?ok (\d+) - ((?:[^#\\]|\\.)*)( # (TODO|SKIP) .*)?$`)
)

// TAP has a version, plans that are kept, points in order, and YAML that reads.
func TestTAPReadsBack(t *testing.T) {
	check := func(t rapid.TB, r report.Report) {
		text := printed(t, r, "tap")
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if lines[0] != "TAP version 14" {
			t.Fatalf("starts with %q", lines[0])
		}
		planned, counted, failed := map[string]int{}, map[string]int{}, false
		for i := 1; i < len(lines); i++ {
			switch line := lines[i]; {
			case plan.MatchString(line):
				m := plan.FindStringSubmatch(line)
				planned[m[1]], _ = strconv.Atoi(m[2])
				counted[m[1]] = 0
			case point.MatchString(line):
				m := point.FindStringSubmatch(line)
				counted[m[1]]++
				if m[3] != strconv.Itoa(counted[m[1]]) {
					t.Fatalf("point %s comes as number %d:\n%s", m[3], counted[m[1]], text)
				}
				if m[1] == "" && counted["    "] != planned["    "] {
					t.Fatalf("a subtest plans %d and has %d:\n%s", planned["    "], counted["    "], text)
				}
				failed = failed || m[1] == "" && m[2] != ""
			case strings.TrimSpace(line) == "---":
				start := i + 1
				for lines[i] != "      ..." {
					i++
				}
				var setBlockStyle any
				if err := yaml.Unmarshal([]byte(strings.Join(lines[start:i], "\n")), &setBlockStyle); err != nil {
					t.Fatalf("read YAML: %v\n%s", err, text)
				}
			case strings.HasPrefix(line, "# "):
			default:
				t.Fatalf("line %d is no TAP: %q\n%s", i+1, line, text)
			}
		}
		if counted[""] != planned[""] || failed != (r.Failures() > 0) {
			t.Fatalf("%d of %d subtests, failed is %v of %d:\n%s", counted[""], planned[""], failed, r.Failures(), text)
		}
	}
	check(t, example())
	rapid.Check(t, func(t *rapid.T) { check(t, reports().Draw(t, "report")) })
}
