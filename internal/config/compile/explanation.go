package compile

import (
	"cuelang.org/go/cue"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// An Explanation is a resolved deployment with the origin of all its values. It has no
// files.
type Explanation struct {
	Profile    artefact.Profile
	Trace      []artefact.Trace
	JSON       []byte // the config profile as policies read it
	Violations []artefact.Violation
	Warnings   []artefact.Violation
	Preset     Scale
	Promises   []registry.Promise // by metric
	// Formulas of parameters, by key, also if another layer wins; Needs are the quantities
	// that they share, and Floors the values that no modifier goes below.
	Formulas, Needs, Floors map[string]Formula
}

// A Scale is a preset with its choices.
type Scale struct {
	registry.Preset
	Choices map[string]any `json:"choices"`
}

// A Formula is an expression over its inputs alformula.
type Formula struct {
	Text   string
	Value  any
	Inputs []Input
}

// An Input is a quantity in a formula, with its origin.
type Input struct {
	Name     string
	Value    any
	Kind     string // InputParameter and so on
	RefersTo string // the key or name of the origin
}

// Kinds of inputs: a parameter, a choice of the preset, a quota, a margin, a
// quantity that formulas share, the default of a dynamic-config key, a
// property of the plugin generation, the shape of the workload, a latency of
// the database, or a measured cost.
const (
	InputParameter     = "parameter"
	InputChoice        = "choice"
	InputQuota         = "quota"
	InputMargin        = "margin"
	InputNeed          = "quantity"
	InputServerDefault = "server default"
	InputPlugin        = "plugin generation"
	InputWorkload      = "workload"
	InputDatabase      = "database latency"
	InputMeasurement   = "measurement"
)

// Explain resolves a request as far as an explanation needs it: without files.
func (e *Engine) Explain(r Request) (*Explanation, error) {
	return withCompiler(e, func(c compiler) (*Explanation, error) { return c.explainDeployment(r) })
}

func (c compiler) explainDeployment(r Request) (*Explanation, error) {
	d, err := c.buildDeployment(r, extentTrace)
	if err != nil {
		return nil, err
	}
	out := artefact.Result{Places: c.resultPlaces(d)}
	if err := d.decodeRemarks(&out); err != nil {
		return nil, c.UserError("", err)
	}
	c.placeViolations(&out)
	if err := d.value.Err(); err != nil && len(out.Violations) == 0 {
		return nil, c.UserError("", err)
	}
	if err := c.readDocuments(d, extentTrace, &out); err != nil {
		return nil, err
	}
	a := &Explanation{Profile: out.Profile, Trace: out.Trace, JSON: out.JSON, Violations: out.Violations, Warnings: out.Warnings}
	if err := d.decodeField("preset", &a.Preset); err != nil {
		return nil, c.UserError("", err)
	}
	if a.Promises, err = registry.DecodePromises(c.Evaluator, d.lookupField("promises")); err != nil {
		return nil, err
	}
	f := formulas{d.value.LookupPath(cue.MakePath(cue.Hid("_formulas", cuemod.SchemaPath)))}
	a.Formulas, a.Needs, a.Floors = f.readGroup("derived"), f.readGroup("needs"), f.readFloors()
	return a, nil
}

// formulas are the #Formulas of a deployment.
type formulas struct{ cue.Value }

// readGroup returns the formulas of one group, by name.
func (f formulas) readGroup(group string) map[string]Formula {
	found := map[string]Formula{}
	fields, err := f.LookupPath(cue.MakePath(cue.Str(group))).Fields()
	if err != nil {
		return found
	}
	for fields.Next() {
		get := func(name string) cue.Value { return fields.Value().LookupPath(cue.MakePath(cue.Str(name))) }
		var formula Formula
		formula.Text, _ = get("formula").String()
		inputs, err := get("inputs").Fields()
		if err != nil || get("value").Decode(&formula.Value) != nil {
			continue // a rejected deployment has no values
		}
		for inputs.Next() {
			in := resolveInput(inputs.Value())
			in.Name = inputs.Selector().Unquoted()
			if inputs.Value().Decode(&in.Value) == nil {
				formula.Inputs = append(formula.Inputs, in)
			}
		}
		found[fields.Selector().Unquoted()] = formula
	}
	return found
}

// readFloors returns the floors: formulas of one input each.
func (f formulas) readFloors() map[string]Formula {
	found := map[string]Formula{}
	fields, err := f.LookupPath(cue.MakePath(cue.Str("floors"))).Fields()
	if err != nil {
		return found
	}
	for fields.Next() {
		in := resolveInput(fields.Value())
		in.Name = in.RefersTo
		if fields.Value().Decode(&in.Value) == nil {
			found[fields.Selector().Unquoted()] = Formula{Text: in.RefersTo, Value: in.Value, Inputs: []Input{in}}
		}
	}
	return found
}

// resolveInput returns the origin of an input by following its references: a list of origins
// could be wrong.
func resolveInput(v cue.Value) Input {
	for {
		root, path := findReference(v)
		steps := path.Selectors()
		switch {
		case len(steps) == 0:
			return Input{}
		case len(steps) == 4 && steps[1].String() == "apart":
			return Input{Kind: InputNeed, RefersTo: steps[3].Unquoted() + " of " + steps[2].Unquoted()}
		case len(steps) > 2 && inputKinds[steps[1].String()] != "" && !steps[len(steps)-1].IsDefinition():
			return Input{Kind: inputKinds[steps[1].String()], RefersTo: steps[2].Unquoted()}
		}
		v = root.LookupPath(path)
	}
}

// findReference returns the reference of a value. An argument is a reference unified with a
// type, which refers to nothing.
func findReference(v cue.Value) (root cue.Value, path cue.Path) {
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

// inputKinds are the kinds of the inputs below each field of #Formulas.
var inputKinds = map[string]string{
	"values":          InputParameter,
	"choices":         InputChoice,
	"limits":          InputQuota,
	"needs":           InputNeed,
	"plugin":          InputPlugin,
	"workload":        InputWorkload,
	"database":        InputDatabase,
	"margins":         InputMargin,
	"costs":           InputMeasurement,
	"busy_shard":      InputMeasurement,
	"server_defaults": InputServerDefault,
}
