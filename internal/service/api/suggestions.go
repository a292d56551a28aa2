package api

import (
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// suggestNames returns a transformer that adds the nearest name to each error about an unknown query parameter or field
// of a body.
func suggestNames(schemas huma.Registry) huma.Transformer {
	return func(ctx huma.Context, _ string, body any) (any, error) {
		p, ok := body.(*problem.Problem)
		op := ctx.Operation()
		if !ok || op == nil {
			return body, nil
		}
		for _, e := range p.Errors {
			name, known := unknownName(op, schemas, e.Location)
			if near := suggest.NearestName(name, known); near != "" {
				message := e.Message + ": did you mean " + near + "?"
				p.Detail = strings.Replace(p.Detail, e.Location+": "+e.Message, e.Location+": "+message, 1)
				e.Message = message
			}
		}
		return p, nil
	}
}

// unknownName returns the name at a location of a request, if the operation does not have it, and the names next to it.
func unknownName(op *huma.Operation, schemas huma.Registry, location string) (name string, known []string) {
	if name, ok := strings.CutPrefix(location, "query."); ok {
		for _, parameter := range op.Parameters {
			if parameter.In == "query" {
				known = append(known, parameter.Name)
			}
		}
		return orKnown(name, known)
	}
	path, ok := strings.CutPrefix(location, "body.")
	if !ok || op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
		return "", nil
	}
	steps := strings.Split(path, ".")
	schema := op.RequestBody.Content["application/json"].Schema
	for i, step := range steps {
		for schema != nil && schema.Ref != "" {
			schema = schemas.SchemaFromRef(schema.Ref)
		}
		if schema == nil {
			return "", nil
		}
		if i == len(steps)-1 {
			return orKnown(step, slices.Sorted(maps.Keys(schema.Properties)))
		}
		field, _, isItem := strings.Cut(step, "[")
		if schema = schema.Properties[field]; isItem && schema != nil {
			schema = schema.Items
		}
	}
	return "", nil
}

// orKnown returns no name if it is one of the known names.
func orKnown(name string, known []string) (string, []string) {
	if slices.Contains(known, name) {
		return "", nil
	}
	return name, known
}
