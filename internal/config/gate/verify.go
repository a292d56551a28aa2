package gate

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
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

// maxListed is the number of names up to which a remedy lists all of them.
const maxListed = 30

// findMissingPaths reports paths and keys that no profile has as findings about the policies that read them.
func findMissingPaths(rules *policy.Rules, engine *compile.Engine) ([]report.Subject, error) {
	schema, err := profileSchema(engine)
	if err != nil {
		return nil, err
	}
	missing, err := rules.FindMissingPaths(schema)
	if err != nil {
		return nil, err
	}
	var found []report.Finding
	add := func(at source.Pos, message, remedy string) {
		found = append(found, report.Finding{Pos: at, Finding: policy.Finding{
			RuleName: "policy_reads_nothing", Severity: policy.Error, Message: message, Remedy: remedy, ParameterKeys: []string{},
		}})
	}
	for _, m := range missing {
		remedy := m.Remedy()
		if len(m.Allowed) > maxListed || strings.Count(m.Path, ".") > 1 { // one of the numbers
			remedy = cmp.Or(suggestName(m.Name(), m.Allowed), remedy)
		}
		add(m.Pos, m.Message(), remedy)
	}
	keys := engine.OverridableKeys()
	for _, u := range rules.FindUnknownKeys(keys) {
		add(u.Pos, "no profile has the parameter "+u.Key, cmp.Or(suggestName(u.Key, keys), "find the key with temporal-dsql keys"))
	}
	slices.SortStableFunc(found, func(a, b report.Finding) int { return a.Pos.Compare(b.Pos) })
	var all []report.Subject
	for _, f := range found {
		all = addPolicyFinding(all, f)
	}
	return all, nil
}

// suggestName returns the nearest name as a remedy, or "".
func suggestName(name string, known []string) string {
	near := suggest.NearestName(name, known)
	if n := slices.IndexFunc(known, func(other string) bool { return strings.EqualFold(other, name) }); n >= 0 {
		near = known[n] // the keys of a profile have one spelling
	}
	if near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return ""
}

// profileSchema returns the JSON Schema of config profiles, with the names of the numbers that every profile has.
func profileSchema(engine *compile.Engine) (any, error) {
	text, err := json.Marshal((&jsonschema.Reflector{Anonymous: true}).Reflect(artefact.Profile{}))
	if err != nil {
		return nil, err
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, err
	}
	properties, err := profileProperties(schema)
	if err != nil {
		return nil, err
	}
	presets, err := engine.Presets()
	if err != nil || len(presets) == 0 {
		return schema, err
	}
	result, err := engine.Resolve(compile.Request{Preset: presets[0].Name})
	if err != nil {
		return nil, err
	}
	p := result.Profile
	for field, numbers := range map[string]map[string]float64{
		"limits": p.Limits, "margins": p.Margins, "planned": p.Planned, "needs": p.Needs, "workload": p.Workload, "database": p.Database,
	} {
		names := map[string]any{}
		for name := range numbers {
			names[name] = map[string]any{"type": "number"}
		}
		properties[field] = map[string]any{"type": "object", "properties": names, "additionalProperties": false}
	}
	return schema, nil
}

// profileProperties returns the fields of a profile in its schema, which are among the definitions.
func profileProperties(schema map[string]any) (map[string]any, error) {
	definitions, _ := schema["$defs"].(map[string]any)
	profile, _ := definitions["Profile"].(map[string]any)
	properties, ok := profile["properties"].(map[string]any)
	if !ok {
		return nil, errors.New("the schema of a profile has no properties")
	}
	return properties, nil
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
