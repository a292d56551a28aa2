package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// A Verdict is a prepared folder of policies that turns facts into one document. It is safe
// for concurrent use.
type Verdict struct {
	folder string
	query  rego.PreparedEvalQuery
}

// NewVerdict prepares policies/FOLDER of a policy tree, and what it imports: the
// rule verdict of package FOLDER.
func NewVerdict(ctx context.Context, tree fs.FS, folder string) (*Verdict, error) {
	policies, err := parse(tree, "policies/"+folder)
	if err != nil {
		return nil, err
	}
	modules, err := importClosure(tree, slices.Sorted(maps.Keys(policies)), nil)
	if err != nil {
		return nil, err
	}
	compiler := newCompiler(tree)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, locateErrors("compile policies", compiler.Errors)
	}
	query := ast.NewBody(ast.NewExpr(ast.NewTerm(ast.MustParseRef("data." + folder + ".verdict"))))
	asIs := rego.GenerateJSON(func(result *ast.Term, _ *rego.EvalContext) (any, error) { return result.Value, nil })
	prepared, err := rego.New(rego.ParsedQuery(query), rego.Compiler(compiler), asIs).PrepareForEval(ctx)
	if err != nil {
		return nil, locateErrors("compile policies", err)
	}
	return &Verdict{folder, prepared}, nil
}

// EncodeFacts converts facts that several decisions share, once. Its result is a value
// among the facts of Decide.
func EncodeFacts(facts any) (any, error) {
	v, err := valueOf(reflect.ValueOf(facts))
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return v, nil
}

// Decide evaluates the verdict on facts and decodes it into a document.
func (v *Verdict) Decide(ctx context.Context, facts, into any) error {
	input, err := valueOf(reflect.ValueOf(facts))
	if err != nil {
		return fmt.Errorf("read facts: %w", err)
	}
	results, err := v.query.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil {
		return locateErrors("evaluate policies", err)
	}
	var verdict ast.Value
	if len(results) == 1 && len(results[0].Expressions) == 1 {
		verdict, _ = results[0].Expressions[0].Value.(ast.Value)
	}
	if verdict == nil {
		return fmt.Errorf("evaluate policies: %s has no verdict on these facts", v.folder)
	}
	if err := json.Unmarshal(appendJSON(make([]byte, 0, 16<<10), verdict), into); err != nil {
		return fmt.Errorf("read verdict: %w", err)
	}
	return nil
}
