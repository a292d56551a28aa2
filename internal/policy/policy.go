// Package policy asks Rego: it prepares the shipped policies once and turns a
// config profile into findings. What is judged, how severe it is and what to
// do about it are the policies' own words.
package policy

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/util"
)

// A Finding is what a rule has to say about a profile.
type Finding struct {
	RuleName      string   `json:"rule_name"`
	Severity      string   `json:"severity"`
	Message       string   `json:"message"`
	ParameterKeys []string `json:"parameter_keys"`
	Remediation   string   `json:"remediation"`
}

// Severities of findings.
const (
	Error   = "error"
	Warning = "warning"
)

// Rules are prepared policies. They are safe for concurrent use.
type Rules struct {
	query rego.PreparedEvalQuery
}

// Guardrails prepares the guard rails of a policy tree.
func Guardrails(ctx context.Context, tree fs.FS) (*Rules, error) {
	modules := map[string]*ast.Module{}
	for _, dir := range []string{"policies/lib", "policies/guardrails"} {
		err := fs.WalkDir(tree, dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".rego" || strings.HasSuffix(name, "_test.rego") {
				return err
			}
			source, err := fs.ReadFile(tree, name)
			if err != nil {
				return err
			}
			modules[name], err = ast.ParseModuleWithOpts(name, string(source), ast.ParserOptions{
				ProcessAnnotation: true, RegoVersion: ast.RegoV1,
			})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read policies: %w", err)
		}
	}
	compiler := ast.NewCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		return nil, fmt.Errorf("compile policies: %w", compiler.Errors)
	}
	query, err := rego.New(rego.Query("data.guardrails"), rego.Compiler(compiler)).PrepareForEval(ctx)
	if err != nil {
		return nil, fmt.Errorf("prepare policies: %w", err)
	}
	return &Rules{query}, nil
}

// Judge evaluates every rule over a config profile. Findings come errors
// first, then by rule and message.
func (r *Rules) Judge(ctx context.Context, profile []byte) ([]Finding, error) {
	var input any
	if err := util.NewJSONDecoder(bytes.NewReader(profile)).Decode(&input); err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	results, err := r.query.Eval(ctx, rego.EvalInput(input))
	if err != nil {
		return nil, fmt.Errorf("evaluate policies: %w", err)
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, fmt.Errorf("evaluate policies: no rule answered")
	}
	findings, err := collect(results[0].Expressions[0].Value)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.RuleName, b.RuleName), cmp.Compare(a.Message, b.Message))
	})
	return findings, nil
}

// collect walks the packages for what their deny and warn rules say.
func collect(value any) ([]Finding, error) {
	packages, ok := value.(map[string]any)
	if !ok {
		return nil, nil
	}
	var all []Finding
	for name, inner := range packages {
		said, isSet := inner.([]any)
		if !isSet {
			deeper, err := collect(inner)
			if err != nil {
				return nil, err
			}
			all = append(all, deeper...)
			continue
		}
		if name != "deny" && name != "warn" {
			continue
		}
		for _, s := range said {
			data, err := json.Marshal(s)
			if err != nil {
				return nil, fmt.Errorf("read finding: %w", err)
			}
			var f struct {
				Finding
				Msg string `json:"msg"`
			}
			if err := json.Unmarshal(data, &f); err != nil {
				return nil, fmt.Errorf("read finding: %w", err)
			}
			f.Message = f.Msg
			if f.Severity == "" {
				f.Severity = map[string]string{"deny": Error, "warn": Warning}[name]
			}
			all = append(all, f.Finding)
		}
	}
	return all, nil
}
