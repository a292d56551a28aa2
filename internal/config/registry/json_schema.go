package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/encoding/jsonschema"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// A JSONSchema describes a file that a user writes.
type JSONSchema map[string]any

// DeploymentSchema returns the schema of a plain deployment: the fields of #Deployment, the
// names of presets, modifiers and adapters, and the overrides of a server version, or of
// any supported one for "".
func (r *Registry) DeploymentSchema(version string) (JSONSchema, error) {
	overrides, err := r.OverridesSchema(version)
	if err != nil {
		return nil, err
	}
	names, err := r.nameSchemas()
	if err != nil {
		return nil, err
	}
	return cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) (JSONSchema, error) {
		return buildDeploymentSchema(e, overrides, names)
	})
}

func buildDeploymentSchema(e *cuemod.Evaluator, overrides JSONSchema, names map[string]JSONSchema) (JSONSchema, error) {
	v, err := e.PackageValue(cuemod.SchemaPath)
	if err != nil {
		return nil, err
	}
	fields, defs := JSONSchema{cuefile.SchemaField: JSONSchema{"type": "string"}}, JSONSchema{}
	docs := inputDocs(e)
	for _, name := range InputNames(e) {
		field := names[name]
		switch {
		case name == "overrides":
			field = overrides
		case name == "raised_quotas":
			if field, err = raisableQuotas(v.LookupPath(cue.ParsePath("quotas"))); err != nil {
				return nil, err
			}
		case field == nil:
			if field, err = generateSchema(e, v.LookupPath(cue.ParsePath("#Deployment."+name))); err != nil {
				field = JSONSchema{"type": "string"} // computed from other fields by default
			}
			if own, ok := field["$defs"].(map[string]any); ok {
				for k, x := range own {
					defs[k] = x
				}
			}
			delete(field, "$defs")
			delete(field, cuefile.SchemaField)
		}
		field["description"] = docs[name]
		fields[name] = field
	}
	site, _ := defs["Site"].(map[string]any)
	texts, _ := site["properties"].(map[string]any)
	addPatterns(texts, v.LookupPath(cue.ParsePath("siteForms")))
	groups, err := v.LookupPath(cue.ParsePath("siteTextForms")).Fields()
	for err == nil && groups.Next() {
		group, _ := texts[groups.Selector().Unquoted()].(map[string]any)
		fields, _ := group["properties"].(map[string]any)
		addPatterns(fields, groups.Value())
	}
	if err != nil {
		return nil, err
	}
	return JSONSchema{
		"type":                 "object",
		"properties":           fields,
		"required":             []string{"preset"},
		"additionalProperties": false,
		"$defs":                defs,
	}, nil
}

// addPatterns adds the patterns of texts, which can have placeholders instead.
func addPatterns(fields map[string]any, looks cue.Value) {
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
			field["anyOf"] = []JSONSchema{{"pattern": is}, {"pattern": `\$[A-Za-z_{]`}}
		}
	}
}

// raisableQuotas returns the schema of the quotas that can be raised.
func raisableQuotas(quotas cue.Value) (JSONSchema, error) {
	fields := JSONSchema{}
	all, err := quotas.Fields()
	for err == nil && all.Next() {
		if adjustable, _ := all.Value().LookupPath(cue.ParsePath("adjustable")).Bool(); adjustable {
			fields[all.Selector().Unquoted()] = JSONSchema{"type": "number"}
		}
	}
	return JSONSchema{"type": []string{"object", "null"}, "properties": fields, "additionalProperties": false}, err
}

// generateSchema returns the schema of a CUE value.
func generateSchema(e *cuemod.Evaluator, v cue.Value) (JSONSchema, error) {
	expr, err := jsonschema.Generate(v, &jsonschema.GenerateConfig{Version: jsonschema.VersionDraft2020_12})
	if err != nil {
		return nil, err
	}
	data, err := e.BuildExpr(expr).MarshalJSON()
	if err != nil {
		return nil, err
	}
	// a comment starts with the name of its definition: #Site describes …
	data = bytes.ReplaceAll(data, []byte(`"description":"#`), []byte(`"description":"`))
	var schema JSONSchema
	return schema, json.Unmarshal(data, &schema)
}

// nameSchemas returns the schemas of the fields that take the name of something.
func (r *Registry) nameSchemas() (map[string]JSONSchema, error) {
	presets, err := r.Presets()
	if err != nil {
		return nil, err
	}
	modifiers, err := r.Modifiers()
	if err != nil {
		return nil, err
	}
	adapters, err := r.Adapters()
	if err != nil {
		return nil, err
	}
	versions, err := r.Versions()
	if err != nil {
		return nil, err
	}
	var preset, modifier, adapter []any
	for _, p := range presets {
		preset = append(preset, JSONSchema{"const": p.Name, "description": p.Summary})
	}
	for _, m := range modifiers {
		modifier = append(modifier, JSONSchema{"const": m.Name, "description": m.Summary})
	}
	for _, a := range adapters {
		adapter = append(adapter, JSONSchema{"const": a.Name, "description": a.Summary})
	}
	return map[string]JSONSchema{
		"preset":   {"oneOf": preset},
		"modifier": {"oneOf": append(modifier, JSONSchema{"type": "null"})},
		"adapters": {"type": "array", "items": JSONSchema{"oneOf": adapter}, "uniqueItems": true},
		"temporal_version": {"anyOf": []any{
			JSONSchema{"enum": versions.TemporalServers},
			JSONSchema{"type": "string", "pattern": patchPattern(versions)},
		}},
		"plugin_version": {"enum": versions.PluginGenerations},
	}, nil
}

// patchPattern returns a pattern for the patches of the catalogued lines.
func patchPattern(v Versions) string {
	return "^(" + strings.ReplaceAll(strings.Join(v.TemporalServers, "|"), ".", "[.]") + ")[.][0-9]{1,6}$"
}

// inputDocs returns the comments of the fields that a user writes.
func inputDocs(e *cuemod.Evaluator) map[string]string {
	docs := map[string]string{}
	VisitDeploymentFields(e, func(name string, f *ast.Field) {
		for _, c := range ast.Comments(f) {
			if text := strings.Join(strings.Fields(c.Text()), " "); docs[name] == "" {
				docs[name] = text
			}
		}
	})
	return docs
}

// OverridesSchema returns the schema of overrides: every parameter of the registry, and
// every dynamic-config key of the server version, or of any for "". The compiler takes
// keys in any case; an editor offers the server's spelling.
func (r *Registry) OverridesSchema(version string) (JSONSchema, error) {
	keys, err := r.Keys(version)
	if err != nil {
		return nil, err
	}
	parameters, err := r.Parameters()
	if err != nil {
		return nil, err
	}
	fields := JSONSchema{}
	for _, k := range keys {
		schema := kindSchema(k.Kind)
		schema["description"] = fmt.Sprintf(
			"%s Dynamic config of Temporal %s, by %s.",
			k.Doc,
			strings.Join(k.Servers(), ", "),
			k.Precedence,
		)
		if k.Default != nil {
			schema["default"] = k.Default
		}
		fields[k.Key] = schema
	}
	for _, p := range parameters {
		schema := kindSchema(p.Kind)
		schema["description"] = fmt.Sprintf("%s %s (%s; %s)", p.Doc, p.Rationale, p.Classification, p.Allowed)
		if schema["type"] != "string" {
			for bound, x := range map[string]any{"minimum": p.Min, "maximum": p.Max} {
				if x != nil {
					schema[bound] = x
				}
			}
		}
		if len(p.OneOf) > 0 {
			schema["enum"] = p.OneOf
		}
		if p.Pattern != nil {
			schema["pattern"] = p.Pattern.Is
		}
		fields[p.Key] = schema
	}
	return JSONSchema{"type": []string{"object", "null"}, "properties": fields, "additionalProperties": false}, nil
}

// kindSchema returns the schema of a kind of value; no number is negative.
func kindSchema(kind string) JSONSchema {
	switch kind {
	case "int":
		return JSONSchema{"type": "integer", "minimum": 0}
	case "float":
		return JSONSchema{"type": "number", "minimum": 0}
	case "bool":
		return JSONSchema{"type": "boolean"}
	case "duration":
		return JSONSchema{"type": "string", "pattern": `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$|^0$`}
	case "list":
		return JSONSchema{"type": "array"}
	case "map", "struct":
		return JSONSchema{"type": "object"}
	}
	return JSONSchema{"type": "string"}
}
