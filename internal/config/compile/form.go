package compile

import (
	"encoding/json"
	"fmt"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/encoding/jsonschema"
)

// A Form is a JSON Schema of what a user writes.
type Form map[string]any

// DeploymentForm is the schema of a plain deployment: its fields as CUE has
// them, names as those that there are, and overrides as the server version
// takes them, or any supported one where it is "".
func (e *Engine) DeploymentForm(version string) (Form, error) {
	overrides, err := e.OverridesForm(version)
	if err != nil {
		return nil, err
	}
	names, err := e.choices()
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	v, err := e.value(modulePath + "/schema")
	if err != nil {
		return nil, err
	}
	fields, defs := Form{schemaField: Form{"type": "string"}}, Form{}
	docs := e.inputDocs()
	for _, name := range e.inputs() {
		field := names[name]
		switch {
		case name == "overrides":
			field = overrides
		case name == "raised_quotas":
			if field, err = raisable(v.LookupPath(cue.ParsePath("quotas"))); err != nil {
				return nil, err
			}
		case field == nil:
			if field, err = e.generated(v.LookupPath(cue.ParsePath("#Deployment." + name))); err != nil {
				field = Form{"type": "string"} // computed from other fields, where it is not given
			}
			if own, ok := field["$defs"].(map[string]any); ok {
				for k, x := range own {
					defs[k] = x
				}
			}
			delete(field, "$defs")
			delete(field, schemaField)
		}
		field["description"] = docs[name]
		fields[name] = field
	}
	site, _ := defs["Site"].(map[string]any)
	texts, _ := site["properties"].(map[string]any)
	patterned(texts, v.LookupPath(cue.ParsePath("siteForms")))
	groups, err := v.LookupPath(cue.ParsePath("siteTextForms")).Fields()
	for err == nil && groups.Next() {
		group, _ := texts[groups.Selector().Unquoted()].(map[string]any)
		fields, _ := group["properties"].(map[string]any)
		patterned(fields, groups.Value())
	}
	if err != nil {
		return nil, err
	}
	return Form{"type": "object", "properties": fields, "required": []string{"preset"}, "additionalProperties": false, "$defs": defs}, nil
}

// patterned adds what texts look like, where no placeholder is in them.
func patterned(fields map[string]any, looks cue.Value) {
	all, err := looks.Fields()
	for err == nil && all.Next() {
		is, _ := all.Value().LookupPath(cue.ParsePath("pattern")).String()
		fixed, _ := all.Value().LookupPath(cue.ParsePath("fixed")).Bool()
		field, ok := fields[all.Selector().Unquoted()].(map[string]any)
		switch {
		case !ok || is == "":
		case fixed:
			field["pattern"] = is
		default:
			field["anyOf"] = []Form{{"pattern": is}, {"pattern": `\$[A-Za-z_{]`}}
		}
	}
}

// raisable are the quotas that can be raised, each a number.
func raisable(quotas cue.Value) (Form, error) {
	fields := Form{}
	all, err := quotas.Fields()
	for err == nil && all.Next() {
		if adjustable, _ := all.Value().LookupPath(cue.ParsePath("adjustable")).Bool(); adjustable {
			fields[all.Selector().Unquoted()] = Form{"type": "number"}
		}
	}
	return Form{"type": []string{"object", "null"}, "properties": fields, "additionalProperties": false}, err
}

// generated is the schema of a CUE value.
func (e *Engine) generated(v cue.Value) (Form, error) {
	expr, err := jsonschema.Generate(v, &jsonschema.GenerateConfig{Version: jsonschema.VersionDraft2020_12})
	if err != nil {
		return nil, err
	}
	data, err := e.ctx.BuildExpr(expr).MarshalJSON()
	if err != nil {
		return nil, err
	}
	var form Form
	return form, json.Unmarshal(data, &form)
}

// choices are the fields that take one of the names that there are.
func (e *Engine) choices() (map[string]Form, error) {
	presets, err := e.Presets()
	if err != nil {
		return nil, err
	}
	modifiers, err := e.Modifiers()
	if err != nil {
		return nil, err
	}
	adapters, err := e.Adapters()
	if err != nil {
		return nil, err
	}
	versions, err := e.Versions()
	if err != nil {
		return nil, err
	}
	var preset, modifier, adapter []any
	for _, p := range presets {
		preset = append(preset, Form{"const": p.Name, "description": p.Summary})
	}
	for _, m := range modifiers {
		modifier = append(modifier, Form{"const": m.Name, "description": m.Summary})
	}
	for _, a := range adapters {
		adapter = append(adapter, Form{"const": a.Name, "description": a.Summary})
	}
	return map[string]Form{
		"preset":           {"oneOf": preset},
		"modifier":         {"oneOf": append(modifier, Form{"type": "null"})},
		"adapters":         {"type": "array", "items": Form{"oneOf": adapter}, "uniqueItems": true},
		"temporal_version": {"enum": versions.TemporalServers},
		"plugin_version":   {"enum": versions.PluginGenerations},
	}, nil
}

// inputDocs are what the schema says of each field that a user writes.
func (e *Engine) inputDocs() map[string]string {
	docs := map[string]string{}
	e.eachDeploymentField(func(name string, f *ast.Field) {
		for _, c := range ast.Comments(f) {
			if text := strings.Join(strings.Fields(c.Text()), " "); docs[name] == "" {
				docs[name] = text
			}
		}
	})
	return docs
}

// OverridesForm is the schema of overrides: every parameter of the registry,
// and every dynamic-config key of the server version, or of any. The compiler takes keys in
// any case; an editor is to offer the one that the server has.
func (e *Engine) OverridesForm(version string) (Form, error) {
	keys, err := e.Keys(version)
	if err != nil {
		return nil, err
	}
	registry, err := e.Parameters()
	if err != nil {
		return nil, err
	}
	fields := Form{}
	for _, k := range keys {
		form := kindForm(k.Kind)
		form["description"] = fmt.Sprintf("%s Dynamic config of Temporal %s, by %s.", k.Doc, strings.Join(k.Versions, ", "), k.Precedence)
		if k.Default != nil {
			form["default"] = k.Default
		}
		fields[k.Key] = form
	}
	for _, p := range registry {
		form := kindForm(p.Kind)
		form["description"] = fmt.Sprintf("%s %s (%s; %s)", p.Doc, p.Rationale, p.Classification, p.Allowed)
		if form["type"] != "string" {
			for bound, x := range map[string]any{"minimum": p.Min, "maximum": p.Max} {
				if x != nil {
					form[bound] = x
				}
			}
		}
		if len(p.OneOf) > 0 {
			form["enum"] = p.OneOf
		}
		if p.Pattern != nil {
			form["pattern"] = p.Pattern.Is
		}
		fields[p.Key] = form
	}
	return Form{"type": []string{"object", "null"}, "properties": fields, "additionalProperties": false}, nil
}

// kindForm is the schema of a kind of value; no number is below zero.
func kindForm(kind string) Form {
	switch kind {
	case "int":
		return Form{"type": "integer", "minimum": 0}
	case "float":
		return Form{"type": "number", "minimum": 0}
	case "bool":
		return Form{"type": "boolean"}
	case "duration":
		return Form{"type": "string", "pattern": `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$|^0$`}
	case "list":
		return Form{"type": "array"}
	case "map", "struct":
		return Form{"type": "object"}
	}
	return Form{"type": "string"}
}
