package compile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An Account is a resolved deployment with all that its values come from. It
// has no files.
type Account struct {
	Profile    Profile
	Trace      []Trace
	JSON       []byte // the config profile as policies read it
	Violations []Violation
	Preset     Scale
	Promises   []Promise // by metric
	// Formulas of parameters, by key, also where another layer wins; Needs are
	// the quantities that they share, and Floors what no modifier goes under.
	Formulas, Needs, Floors map[string]Formula
}

// A Scale is a preset as a whole: what it is for, and what it chooses.
type Scale struct {
	Preset
	Choices map[string]any `json:"choices"`
}

// A Formula is an expression over its inputs and nothing else.
type Formula struct {
	Text   string
	Value  any
	Inputs []Input
}

// An Input of a formula, and what it refers to.
type Input struct {
	Name  string
	Value any
	Kind  string // one of those below
	Of    string // the key or name of that
}

// Kinds of inputs: a parameter, a choice of the preset, a quota, a margin, a
// quantity that formulas share, the default of a dynamic-config key, or a
// property of the plugin generation.
const (
	OfParameter = "parameter"
	OfChoice    = "choice"
	OfQuota     = "quota"
	OfMargin    = "margin"
	OfNeed      = "quantity"
	OfServer    = "server default"
	OfPlugin    = "plugin generation"
)

// Account resolves a request as far as an explanation goes: what would be
// written is not.
func (e *Engine) Account(r Request) (*Account, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, err := e.deployment(r, traced)
	if err != nil {
		return nil, err
	}
	out := Result{places: e.places(d)}
	if err := d.decode("violations", &out.Violations); err != nil {
		return nil, problems("", err, e.module.root)
	}
	if len(out.Violations) > 0 {
		e.place(&out)
	} else if err := d.value.Err(); err != nil {
		return nil, problems("", err, e.module.root)
	}
	if err := e.read(d, traced, &out); err != nil {
		return nil, err
	}
	a := &Account{Profile: out.Profile, Trace: out.Trace, JSON: out.JSON, Violations: out.Violations}
	if err := d.decode("preset", &a.Preset); err != nil {
		return nil, problems("", err, e.module.root)
	}
	if a.Promises, err = e.promises(d.field("promises")); err != nil {
		return nil, err
	}
	f := formulas{d.value.LookupPath(cue.MakePath(cue.Hid("_formulas", modulePath+"/schema")))}
	a.Formulas, a.Needs, a.Floors = f.all("derived"), f.all("needs"), f.floors()
	return a, nil
}

// formulas are the #Formulas of a deployment.
type formulas struct{ cue.Value }

// all are the formulas of one group, by name.
func (f formulas) all(group string) map[string]Formula {
	found := map[string]Formula{}
	fields, err := f.LookupPath(cue.MakePath(cue.Str(group))).Fields()
	if err != nil {
		return found
	}
	for fields.Next() {
		get := func(name string) cue.Value { return fields.Value().LookupPath(cue.MakePath(cue.Str(name))) }
		var one Formula
		one.Text, _ = get("formula").String()
		inputs, err := get("inputs").Fields()
		if err != nil || get("value").Decode(&one.Value) != nil {
			continue // nothing follows from a deployment that is refused
		}
		for inputs.Next() {
			in := refersTo(inputs.Value())
			in.Name = inputs.Selector().Unquoted()
			if inputs.Value().Decode(&in.Value) == nil {
				one.Inputs = append(one.Inputs, in)
			}
		}
		found[fields.Selector().Unquoted()] = one
	}
	return found
}

// floors are formulas that are one input each.
func (f formulas) floors() map[string]Formula {
	found := map[string]Formula{}
	fields, err := f.LookupPath(cue.MakePath(cue.Str("floors"))).Fields()
	if err != nil {
		return found
	}
	for fields.Next() {
		in := refersTo(fields.Value())
		in.Name = in.Of
		if fields.Value().Decode(&in.Value) == nil {
			found[fields.Selector().Unquoted()] = Formula{Text: in.Of, Value: in.Value, Inputs: []Input{in}}
		}
	}
	return found
}

// refersTo says what an input is, from what it refers to: no list of that could
// be wrong. It follows a reference through the names that it has on the way.
func refersTo(v cue.Value) Input {
	for {
		root, path := reference(v)
		at := path.Selectors()
		switch {
		case len(at) == 0:
			return Input{}
		case len(at) == 3 && at[0].String() == "keys":
			key, _ := root.LookupPath(cue.MakePath(at[0], at[1], cue.Str("key"))).String()
			return Input{Kind: OfServer, Of: key}
		case len(at) > 2 && inputKinds[at[1].String()] != "":
			return Input{Kind: inputKinds[at[1].String()], Of: at[2].Unquoted()}
		}
		v = root.LookupPath(path)
	}
}

// reference is where a value comes from. One that is declared apart, such as an
// argument, is that and a type: the type refers to nothing.
func reference(v cue.Value) (root cue.Value, path cue.Path) {
	if root, path = v.ReferencePath(); len(path.Selectors()) > 0 {
		return root, path
	}
	if op, both := v.Expr(); op == cue.AndOp {
		for _, x := range both {
			if root, path = x.ReferencePath(); len(path.Selectors()) > 0 {
				return root, path
			}
		}
	}
	return root, path
}

// inputKinds: what lies under each field of #Formulas.
var inputKinds = map[string]string{"v": OfParameter, "c": OfChoice, "q": OfQuota, "m": OfMargin, "needs": OfNeed, "p": OfPlugin}

// A Quota is a limit of the platform, or a rule of thumb: those have no date.
type Quota struct {
	Value      float64 `json:"value"`
	Unit       string  `json:"unit"`
	Adjustable bool    `json:"adjustable"`
	Source     string  `json:"source"`
	AsOf       string  `json:"asOf"`
}

// A Definition is all that is known about a key, whatever the deployment.
type Definition struct {
	Parameter *Parameter // of the registry, where it is in it
	Server    *Key       // of the catalogue, where it is in it
	Servers   []string   // supported, oldest first
	Quotas    map[string]Quota
	Margins   map[string]Quota
}

// Key is the key as it is spelled where it is defined.
func (d Definition) Key() string {
	if d.Parameter != nil {
		return d.Parameter.Key
	}
	return d.Server.Key
}

// Define looks up a key of registry or catalogue in any case, or the parameter
// that an environment variable carries.
func (e *Engine) Define(name string) (Definition, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, err := e.define(name)
	if err != nil || d.Parameter != nil || d.Server != nil {
		return d, err
	}
	all, err := listing[[]Parameter](e, "parameters")
	if err != nil {
		return d, err
	}
	known := e.keys()
	for _, p := range all {
		for _, v := range p.Env {
			if strings.EqualFold(v.Name, name) {
				return e.define(p.Key)
			}
			known = append(known, v.Name)
		}
	}
	return d, e.unknownKey(name, known)
}

func (e *Engine) unknownKey(name string, known []string) error {
	site, err := table[map[string]map[string][]string](e, "siteVariables")
	if err != nil {
		return err
	}
	for _, fields := range site {
		for field, variables := range fields {
			if slices.Contains(variables, strings.ToUpper(name)) {
				return source.Wrong("", fmt.Sprintf("%s is no parameter", name), fmt.Sprintf("it says where a deployment runs: site, field %s", field))
			}
		}
	}
	hint := "temporal-dsql keys PATTERN searches for a part of a name"
	if near := nearest(name, known); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return source.Wrong("", fmt.Sprintf("unknown key %q", name), hint)
}

func (e *Engine) define(key string) (Definition, error) {
	low := strings.ToLower(key)
	var d Definition
	v, err := e.ask(func(s *statement) {
		schema := s.use(modulePath + "/schema")
		row := &ast.IndexExpr{X: ast.NewSel(schema, "registry"), Index: field(ast.NewSel(schema, "index"), low)}
		s.set("key", field(ast.NewSel(schema, "index"), low))
		s.set("parameter", row)
		s.set("allowed", ast.NewSel(&ast.ParenExpr{X: &ast.BinaryExpr{
			X: ast.NewSel(schema, "#Allowed"), Op: token.AND,
			Y: &ast.StructLit{Elts: []ast.Decl{&ast.Field{Label: ast.NewIdent("#spec"), Value: row}}},
		}}, "text"))
		s.set("env", &ast.IndexExpr{X: ast.NewSel(schema, "environmentOf"), Index: field(ast.NewSel(schema, "index"), low)})
		s.set("server", field(ast.NewSel(s.use(modulePath+"/schema/temporal"), "keys"), low))
		s.set("quotas", ast.NewSel(schema, "quotas"))
		s.set("margins", ast.NewSel(schema, "margins"))
		s.set("servers", ast.NewSel(ast.NewSel(schema, "versions"), "temporal_server_versions"))
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
	get("servers", &d.Servers)
	if err != nil {
		return d, problems("read the schema", err, e.module.root)
	}
	return d, nil
}

// A Constraint is a rule of the schema's own: what is given to a compile must
// meet it, or what a gate or a lint reads should.
type Constraint struct {
	Kind        string `json:"-"` // constraint, gate rule or lint rule
	Severity    string `json:"severity"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Remediation string `json:"remediation"`
}

// Constraints are the rules of Violations, of gates and of lint, by name. What both know
// is the constraint.
func (e *Engine) Constraints() (map[string]Constraint, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := map[string]Constraint{}
	for _, of := range []struct{ name, kind, severity string }{{"lintRules", "lint rule", ""}, {"gateRules", "gate rule", "error"}, {"constraints", "constraint", "error"}} {
		rules, err := table[map[string]Constraint](e, of.name)
		if err != nil {
			return nil, err
		}
		for name, c := range rules {
			c.Kind, c.Severity = of.kind, cmp.Or(c.Severity, of.severity)
			all[name] = c
		}
	}
	return all, nil
}

// Limits are the quotas of the platform and the margins, by name.
func (e *Engine) Limits() (quotas, margins map[string]Quota, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if quotas, err = table[map[string]Quota](e, "quotas"); err != nil {
		return nil, nil, err
	}
	margins, err = table[map[string]Quota](e, "margins")
	return quotas, margins, err
}
