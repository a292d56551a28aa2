package configfile

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// readDynamicConfig reads KEY: [{value, constraints}], as the server does.
func (r *reader) readDynamicConfig(root *yaml.Node) ([]deployed.Setting, error) {
	keys, err := r.MappingFields(root)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, k := range keys {
		if configtext.IsNull(k.Value) { // the server reads it as no value
			continue
		}
		if configtext.FollowAlias(k.Value).Kind != yaml.SequenceNode {
			return nil, r.NewError(
				r.Position(k.Key),
				k.Key.Value+": expected a list of values; the server rejects the whole file",
				"write "+k.Key.Value+": [{value: …}]",
			)
		}
		entries, err := r.ListItems(k.Value)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			s, err := r.readEntry(k.Key, e)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	return all, nil
}

func (r *reader) readEntry(key, n *yaml.Node) (deployed.Setting, error) {
	s := deployed.Setting{Kind: deployed.Dynamic, Key: key.Value, Pos: r.Position(key), ValuePos: r.Position(n)}
	if configtext.IsNull(n) { // the server reads it as a value of null
		return s, nil
	}
	if configtext.FollowAlias(n).Kind != yaml.MappingNode {
		return s, r.NewError(
			r.Position(n),
			"a value of "+key.Value+": expected a mapping, found "+configtext.KindName(
				configtext.FollowAlias(n),
			)+"; the server rejects the whole file",
			"write - value: …",
		)
	}
	fields, err := r.MappingFields(n)
	if err != nil {
		return s, err
	}
	for _, f := range fields {
		switch f.Key.Value {
		case "value":
			s.ValuePos = r.Position(f.Value)
			if s.Value, err = r.Value(f.Value); err != nil {
				return s, err
			}
			if hasTemplate(s.Value) {
				s.Value, s.Unknown = nil, true
			}
			if err := r.checkFieldNames(key.Value, f.Value); err != nil {
				return s, err
			}
		case "constraints":
			constraints, err := r.MappingFields(f.Value)
			if err != nil {
				return s, err
			}
			if s.Constraints, err = r.readNamedFields(constraints); err != nil {
				return s, err
			}
			s.Constraints = slices.DeleteFunc(s.Constraints, func(c deployed.Field) bool { return r.dropEmpty(key.Value, c) })
		default:
			ignored, err := r.readNamedFields([]configtext.Pair{f})
			if err != nil {
				return s, err
			}
			s.Ignored = append(s.Ignored, ignored...)
		}
	}
	return s, nil
}

// hasTemplate reports whether a template fills in a value, or a part of it.
func hasTemplate(v any) bool {
	switch v := v.(type) {
	case string:
		return configtext.IsTemplate(v)
	case []any:
		return slices.ContainsFunc(v, hasTemplate)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), hasTemplate)
	}
	return false
}

// dropEmpty reports whether a constraint is an empty name, which the server takes for no constraint, and adds a remark. The
// server rejects an empty type of task.
func (r *reader) dropEmpty(key string, c deployed.Field) bool {
	if c.Value != "" || strings.Contains(strings.ToLower(c.Name), "type") {
		return false
	}
	r.AddNotice(c.Pos, deployed.RuleEmptyConstraint, fmt.Sprintf("%s: %s is empty, which is no constraint: the value applies everywhere",
		key, c.Name), "")
	return true
}

// checkFieldNames rejects fields of a struct whose names are not text.
func (r *reader) checkFieldNames(key string, n *yaml.Node) error {
	switch n = configtext.FollowAlias(n); n.Kind {
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if err := r.checkFieldNames(key, item); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		fields, err := r.MappingFields(n)
		if err != nil {
			return err
		}
		for _, f := range fields {
			if f.Key.ShortTag() != "!!str" {
				return r.NewError(
					r.Position(f.Key),
					key+": the field name "+f.Key.Value+" is not text; the server rejects the whole file",
					"write \""+f.Key.Value+"\"",
				)
			}
			if err := r.checkFieldNames(key, f.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// addRejection adds to a syntax error of a dynamic config what the server does with the file.
func addRejection(format deployed.Format, name string, err error) error {
	var input *source.Error
	isDynamic := format == deployed.DynamicConfig || format == "" && strings.Contains(strings.ToLower(filepath.Base(name)), "dynamic")
	if isDynamic && errors.As(err, &input) {
		for i := range input.Problems {
			input.Problems[i].Message += "; the server rejects the whole file"
		}
	}
	return err
}

func (r *reader) readNamedFields(fields []configtext.Pair) ([]deployed.Field, error) {
	var all []deployed.Field
	for _, f := range fields {
		v, err := r.Value(f.Value)
		if err != nil {
			return nil, err
		}
		all = append(all, deployed.Field{Name: f.Key.Value, Value: v, Pos: r.Position(f.Key)})
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
		name, err := r.FieldOf(e, "name")
		if value, _ := r.FieldOf(e, "value"); value == nil || name != nil || err != nil {
			return false
		}
	}
	return true
}
