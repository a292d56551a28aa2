package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Formats for pipelines: annotations of GitHub and Azure DevOps, JUnit and TAP.

// github prints workflow commands: an annotation per finding, at its line.
func (r Report) github(w io.Writer) {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	kinds := map[string]string{policy.Error: "error", policy.Warning: "warning", policy.Waived: "notice"}
	for _, s := range r.Subjects {
		for _, f := range s.Findings {
			var properties []string
			if file, ok := sourceFile(f.Pos); ok {
				properties = append(properties, "file="+property.Replace(file))
				if f.Pos.Line > 0 {
					properties = append(properties, fmt.Sprintf("line=%d,col=%d", f.Pos.Line, f.Pos.Column))
				}
			}
			properties = append(properties, "title="+property.Replace(fmt.Sprintf("%s (%s)", f.RuleName, s.Name)))
			fmt.Fprintf(w, "::%s %s::%s\n", kinds[f.Severity], strings.Join(properties, ","), data.Replace(describeFinding(f)))
		}
	}
	r.writeEnd(w, Style{})
}

// azure prints logging commands, which the pipeline shows as issues. A waived finding is
// printed as text.
func (r Report) azure(w io.Writer) {
	data := strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A", ";", "%3B", "]", "%5D")
	for _, s := range r.Subjects {
		for _, f := range s.Findings {
			if f.Waiver != nil {
				fmt.Fprintf(w, "%s: waived: %s: %s\n", s.place(f), f.RuleName, strings.ReplaceAll(describeFinding(f), "\n", "; "))
				continue
			}
			fmt.Fprintf(w, "##vso[task.logissue type=%s;", f.Severity)
			if file, ok := sourceFile(f.Pos); ok {
				fmt.Fprintf(w, "sourcepath=%s;", property.Replace(file))
				if f.Pos.Line > 0 {
					fmt.Fprintf(w, "linenumber=%d;columnnumber=%d;", f.Pos.Line, f.Pos.Column)
				}
			}
			message := fmt.Sprintf("%s: %s", s.Name, describeFinding(f))
			fmt.Fprintf(w, "code=%s;]%s\n", property.Replace(f.RuleName), data.Replace(message))
		}
	}
	r.writeEnd(w, Style{})
}

// describeFinding returns the message of a finding, with its remedy or waiver on a second line.
func describeFinding(f Finding) string {
	if advice := f.Advice(); advice != "" {
		return f.Message + "\n" + advice
	}
	return f.Message
}

// sourceFile returns the file of a place, or false if the place is a flag.
func sourceFile(p source.Pos) (string, bool) {
	return strings.ReplaceAll(p.File, `\`, "/"), p.File != "" && !strings.HasPrefix(p.File, "--")
}

// junit prints a test suite per subject and a test case per rule.
func (r Report) junit(w io.Writer) error {
	all := junit.Testsuites{Name: "temporal-dsql", Time: "0"}
	for i, s := range r.Subjects {
		suite := junit.Testsuite{ID: i, Name: s.Name, File: s.File, Time: "0"}
		for _, v := range r.verdictsOn(s) {
			one := junit.Testcase{Name: v.rule.Name, Classname: s.Name, Time: "0"}
			text := v.describeFindings(s)
			switch failed := r.failures(v); {
			case len(failed) > 0:
				one.Failure = &junit.Result{Message: failed[0].Message, Type: failed[0].Severity, Data: text}
			case v.waived() != nil:
				one.Skipped = &junit.Result{Message: "waived " + v.waived().Terms(), Data: text}
			case text != "":
				one.SystemOut = &junit.Output{Data: text}
			}
			suite.AddTestcase(one)
		}
		all.AddSuite(suite)
	}
	if _, err := io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"); err != nil {
		return err
	}
	return all.WriteXML(w)
}

// describeFindings returns all findings of a verdict as text.
func (v verdict) describeFindings(s Subject) string {
	var out bytes.Buffer
	Subject{Name: s.Name, Findings: v.findings}.text(&out, Style{}, s.place)
	return out.String()
}

// tap prints version 14 of the Test Anything Protocol: a subtest per subject and a test point
// per rule. A waived finding is a TODO test.
func (r Report) tap(w io.Writer) error {
	fmt.Fprintf(w, "TAP version 14\n1..%d\n", len(r.Subjects))
	for i, s := range r.Subjects {
		fmt.Fprintf(w, "# Subtest: %s\n", escapeTAP(s.Name))
		all, failed := r.verdictsOn(s), false
		fmt.Fprintf(w, "    1..%d\n", len(all))
		for j, v := range all {
			point := fmt.Sprintf("ok %d - %s", j+1, escapeTAP(v.rule.Name))
			switch {
			case len(r.failures(v)) > 0:
				point, failed = "not "+point, true
			case v.waived() != nil:
				point = fmt.Sprintf("not %s # TODO waived %s", point, v.waived().Terms())
			}
			fmt.Fprintf(w, "    %s\n", point)
			if err := diagnose(w, v.findings); err != nil {
				return err
			}
		}
		point := "ok"
		if failed {
			point = "not ok"
		}
		if _, err := fmt.Fprintf(w, "%s %d - %s\n", point, i+1, escapeTAP(s.Name)); err != nil {
			return err
		}
	}
	return nil
}

// diagnose prints findings as the YAML block under a test point.
func diagnose(w io.Writer, findings []Finding) error {
	if len(findings) == 0 {
		return nil
	}
	var setBlockStyle bytes.Buffer
	if err := encode(&setBlockStyle, "yaml", map[string]any{"findings": findings}, func(*bytes.Buffer) {}); err != nil {
		return err
	}
	const indent = "      "
	text := strings.ReplaceAll(strings.TrimSuffix(setBlockStyle.String(), "\n"), "\n", "\n"+indent)
	_, err := fmt.Fprintf(w, "%s---\n%s%s\n%s...\n", indent, indent, text, indent)
	return err
}

// escapeTAP keeps a description from being read as a directive.
func escapeTAP(text string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(oneLine(text))
}
