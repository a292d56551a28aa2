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

// A Verdict is a prepared folder of policies that sums facts up to one
// document. It is safe for concurrent use.
type Verdict struct {
	folder string
	query  rego.PreparedEvalQuery
}

// NewVerdict prepares policies/FOLDER of a policy tree, and what it imports: the
// rule verdict of package FOLDER.
func NewVerdict(ctx context.Context, tree fs.FS, folder string) (*Verdict, error) {
	own, err := parse(tree, "policies/"+folder)
	if err != nil {
		return nil, err
	}
	modules, err := importClosure(tree, slices.Sorted(maps.Keys(own)), nil)
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler().WithCapabilities(confined())
	if compiler.Compile(modules); compiler.Failed() {
		return nil, wrong("compile policies", compiler.Errors)
	}
	query := ast.NewBody(ast.NewExpr(ast.NewTerm(ast.MustParseRef("data." + folder + ".verdict"))))
	asIs := rego.GenerateJSON(func(said *ast.Term, _ *rego.EvalContext) (any, error) { return said.Value, nil })
	prepared, err := rego.New(rego.ParsedQuery(query), rego.Compiler(compiler), asIs).PrepareForEval(ctx)
	if err != nil {
		return nil, wrong("compile policies", err)
	}
	return &Verdict{folder, prepared}, nil
}

// Kept converts facts that stay the same from question to question, once: it is
// a value among the facts of Of.
func Kept(facts any) (any, error) {
	v, err := valueOf(reflect.ValueOf(facts))
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return v, nil
}

// Of asks for the verdict on facts, as JSON has them, and reads it into a document.
func (v *Verdict) Of(ctx context.Context, facts, into any) error {
	input, err := valueOf(reflect.ValueOf(facts))
	if err != nil {
		return fmt.Errorf("read facts: %w", err)
	}
	results, err := v.query.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil {
		return wrong("evaluate policies", err)
	}
	var said ast.Value
	if len(results) == 1 && len(results[0].Expressions) == 1 {
		said, _ = results[0].Expressions[0].Value.(ast.Value)
	}
	if said == nil {
		return fmt.Errorf("evaluate policies: %s gives no verdict on these facts", v.folder)
	}
	if err := json.Unmarshal(appendJSON(make([]byte, 0, 16<<10), said), into); err != nil {
		return fmt.Errorf("read verdict: %w", err)
	}
	return nil
}
