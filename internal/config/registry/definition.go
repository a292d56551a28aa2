package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// A Quota is a limit of the platform, or a rule of thumb, which has no date.
type Quota struct {
	Value      float64 `json:"value"`
	Unit       string  `json:"unit"`
	Adjustable bool    `json:"adjustable"`
	Source     string  `json:"source"`
	AsOf       string  `json:"asOf"`
}

// A Definition is everything known about a key.
type Definition struct {
	Parameter *Parameter // nil if it is not in the registry
	Server    *Key       // nil if it is not in the catalogue
	Versions  Versions
	Quotas    map[string]Quota
	Margins   map[string]Quota
}

// Key returns the key in the spelling of its definition.
func (d Definition) Key() string {
	if d.Parameter != nil {
		return d.Parameter.Key
	}
	return d.Server.Key
}

// FindDefinition looks up a key of registry or catalogue in any case, or the parameter that an
// environment variable sets, also one of the server's own images.
func (r *Registry) FindDefinition(name string) (Definition, error) {
	return cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) (Definition, error) { return lookUpDefinition(e, name) })
}

func lookUpDefinition(e *cuemod.Evaluator, name string) (Definition, error) {
	d, err := readDefinition(e, name)
	if err != nil || d.Parameter != nil || d.Server != nil {
		return d, err
	}
	all, err := cuemod.Listing[[]Parameter](e, "parameters")
	if err != nil {
		return d, err
	}
	known := ReadOverridableKeys(e)
	for _, p := range all {
		for _, v := range p.Env {
			if strings.EqualFold(v.Name, name) {
				return readDefinition(e, p.Key)
			}
			known = append(known, v.Name)
		}
	}
	official, err := cuemod.Table[map[string]string](e, "officialVariables")
	if err != nil {
		return d, err
	}
	if key, ok := official[strings.ToUpper(name)]; ok {
		return readDefinition(e, key)
	}
	return d, unknownKey(e, name, known)
}

// unknownKey returns the error for a name that is not a key, nor a variable.
func unknownKey(e *cuemod.Evaluator, name string, known []string) error {
	site, err := cuemod.Table[map[string]map[string][]string](e, "siteVariables")
	if err != nil {
		return err
	}
	for _, fields := range site {
		for field, variables := range fields {
			if slices.Contains(variables, strings.ToUpper(name)) {
				return source.Wrong(
					"",
					fmt.Sprintf("%s is not a parameter", name),
					fmt.Sprintf("it says where a deployment runs: site, field %s", field),
				)
			}
		}
	}
	type variable struct {
		Problem string `json:"problem"`
		Remedy  string `json:"remedy"`
	}
	others, err := cuemod.Listing[map[string]variable](e, "otherVariables")
	if err != nil {
		return err
	}
	if v, ok := others[strings.ToUpper(name)]; ok {
		return source.Wrong("", v.Problem, v.Remedy)
	}
	remedy := "temporal-dsql keys PATTERN searches for a part of a name"
	return source.Wrong("", fmt.Sprintf("unknown key %q", name), suggest.AddNearest(remedy, suggest.NearestName(name, known)))
}

// readDefinition returns the definition of a key; it is empty for an unknown one.
func readDefinition(e *cuemod.Evaluator, key string) (Definition, error) {
	low := strings.ToLower(key)
	var d Definition
	v, err := e.Evaluate(func(s *cuemod.Statement) {
		row := &ast.IndexExpr{X: s.SchemaName("registry"), Index: cuemod.IndexField(s.SchemaName("index"), low)}
		s.SetField("key", cuemod.IndexField(s.SchemaName("index"), low))
		s.SetField("parameter", row)
		s.SetField("allowed", ast.NewSel(&ast.ParenExpr{X: &ast.BinaryExpr{
			X: s.SchemaName("#Allowed"), Op: token.AND,
			Y: &ast.StructLit{Elts: []ast.Decl{&ast.Field{Label: ast.NewIdent("#spec"), Value: row}}},
		}}, "text"))
		s.SetField("env", &ast.IndexExpr{X: s.SchemaName("environmentOf"), Index: cuemod.IndexField(s.SchemaName("index"), low)})
		s.SetField("server", cuemod.IndexField(ast.NewSel(s.UsePackage(cuemod.CataloguePath), "keys"), low))
		s.SetField("quotas", s.SchemaName("quotas"))
		s.SetField("margins", s.SchemaName("margins"))
		s.SetField("versions", s.SchemaName("versions"))
	})
	if err != nil {
		return d, err
	}
	get := func(name string, into any) {
		if x := v.LookupPath(cue.MakePath(cue.Str(name))); err == nil && x.Err() == nil && x.IsConcrete() {
			err = x.Decode(into)
		}
	}
	get("parameter", &d.Parameter)
	if d.Parameter != nil {
		get("key", &d.Parameter.Key)
		get("allowed", &d.Parameter.Allowed)
		get("env", &d.Parameter.Env)
	}
	get("server", &d.Server)
	if d.Server != nil {
		d.Server.Curated = d.Parameter != nil
		d.Server.Classification = "tuning"
		if d.Server.Curated {
			d.Server.Classification = d.Parameter.Classification
		}
	}
	get("quotas", &d.Quotas)
	get("margins", &d.Margins)
	get("versions", &d.Versions)
	if err != nil {
		return d, e.UserError("read the schema", err)
	}
	return d, nil
}

// A Constraint is a rule of the schema itself, for the input of a compile, a gate or a
// lint.
type Constraint struct {
	Kind        string `json:"-"` // constraint, gate rule or lint rule
	Severity    string `json:"severity"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Remedy      string `json:"remedy"`
}

// Constraints returns the rules of violations, gates and lint, by name. A constraint hides
// the others of its name.
func (r *Registry) Constraints() (map[string]Constraint, error) {
	all := map[string]Constraint{}
	for _, table := range []struct{ name, kind, severity string }{
		{"lintRules", "lint rule", ""},
		{"gateRules", "gate rule", "error"},
		{"constraints", "constraint", "error"},
	} {
		rules, err := readTable[map[string]Constraint](r, table.name)
		if err != nil {
			return nil, err
		}
		for name, c := range rules {
			c.Kind, c.Severity = table.kind, cmp.Or(c.Severity, table.severity)
			all[name] = c
		}
	}
	return all, nil
}

// TypicalWorkload returns the default shape of a workflow, by field.
func (r *Registry) TypicalWorkload() (map[string]float64, error) {
	return readTable[map[string]float64](r, "typicalWorkload")
}

// TypicalDatabase returns the default latencies of the database, by field.
func (r *Registry) TypicalDatabase() (map[string]float64, error) {
	return readTable[map[string]float64](r, "typicalDatabase")
}

// SizingTargets are the parameters that state the load and latency to size for.
type SizingTargets struct {
	Transitions     string `json:"transitions"`
	ScheduleToStart string `json:"schedule_to_start"`
	EndToEnd        string `json:"end_to_end"`
}

// SizingTargets returns the parameters that state the load and latency to size for.
func (r *Registry) SizingTargets() (SizingTargets, error) {
	return readTable[SizingTargets](r, "sizingTargets")
}

// RaisedByLoad returns the topology parameters that the load raises, each with the name of the
// quantity that it needs.
func (r *Registry) RaisedByLoad() (map[string]string, error) {
	return readTable[map[string]string](r, "raisedByLoad")
}

// Limits returns the quotas of the platform and the margins, by name.
func (r *Registry) Limits() (quotas, margins map[string]Quota, err error) {
	if quotas, err = readTable[map[string]Quota](r, "quotas"); err != nil {
		return nil, nil, err
	}
	margins, err = readTable[map[string]Quota](r, "margins")
	return quotas, margins, err
}
