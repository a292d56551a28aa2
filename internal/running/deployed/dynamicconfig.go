package deployed

import (
	"errors"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// readDynamicConfig reads KEY: [{value, constraints}], as the server does.
func (r *reader) readDynamicConfig(root *yaml.Node) ([]Setting, error) {
	keys, err := r.mappingFields(root)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, k := range keys {
		if followAlias(k.value).Kind != yaml.SequenceNode {
			return nil, r.newError(
				r.position(k.key),
				k.key.Value+": expected a list of values; the server rejects the whole file",
				"write "+k.key.Value+": [{value: …}]",
			)
		}
		entries, err := r.listItems(k.value)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			s, err := r.readEntry(k.key, e)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	return all, nil
}

func (r *reader) readEntry(key, n *yaml.Node) (Setting, error) {
	s := Setting{Kind: Dynamic, Key: key.Value, Pos: r.position(key), ValuePos: r.position(n)}
	if followAlias(n).Kind != yaml.MappingNode {
		return s, r.newError(
			r.position(n),
			"a value of "+key.Value+": expected a mapping, found "+kindName(followAlias(n))+"; the server rejects the whole file",
			"write - value: …",
		)
	}
	fields, err := r.mappingFields(n)
	if err != nil {
		return s, err
	}
	for _, f := range fields {
		switch f.key.Value {
		case "value":
			s.ValuePos = r.position(f.value)
			if s.Value, err = r.value(f.value); err != nil {
				return s, err
			}
		case "constraints":
			constraints, err := r.mappingFields(f.value)
			if err != nil {
				return s, err
			}
			if s.Constraints, err = r.namedFields(constraints); err != nil {
				return s, err
			}
		default:
			ignored, err := r.namedFields([]pair{f})
			if err != nil {
				return s, err
			}
			s.Ignored = append(s.Ignored, ignored...)
		}
	}
	return s, nil
}

// rejectedWhole adds to a syntax error of a dynamic config what the server does with the file.
func rejectedWhole(format Format, name string, err error) error {
	var input *source.Error
	isDynamic := format == DynamicConfig || format == "" && strings.Contains(strings.ToLower(filepath.Base(name)), "dynamic")
	if isDynamic && errors.As(err, &input) {
		for i := range input.Problems {
			input.Problems[i].Message += "; the server rejects the whole file"
		}
	}
	return err
}

func (r *reader) namedFields(fields []pair) ([]Field, error) {
	var all []Field
	for _, f := range fields {
		v, err := r.value(f.value)
		if err != nil {
			return nil, err
		}
		all = append(all, Field{f.key.Value, v, r.position(f.key)})
	}
	return all, nil
}

// isEntries reports whether a list looks like the values of a dynamic-config key.
func (r *reader) isEntries(n *yaml.Node) bool {
	if len(n.Content) == 0 {
		return false
	}
	for _, e := range n.Content {
		// containers and variables have names
		name, err := r.fieldOf(e, "name")
		if value, _ := r.fieldOf(e, "value"); value == nil || name != nil || err != nil {
			return false
		}
	}
	return true
}
