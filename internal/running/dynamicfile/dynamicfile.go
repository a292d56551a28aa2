// Package dynamicfile reads the dynamic config of the Temporal server: keys with their values and constraints.
package dynamicfile

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

// Read reads KEY: [{value, constraints}], as the server does.
func Read(file *configtext.Text, root *yaml.Node) ([]deployed.Setting, error) {
	keys, err := file.MappingFields(root)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, k := range keys {
		if configtext.IsNull(k.Value) { // the server reads it as no value
			continue
		}
		if configtext.FollowAlias(k.Value).Kind != yaml.SequenceNode {
			return nil, file.NewError(
				file.Position(k.Key),
				k.Key.Value+": expected a list of values; the server rejects the whole file",
				"write "+k.Key.Value+": [{value: …}]",
			)
		}
		entries, err := file.ListItems(k.Value)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			s, err := readEntry(file, k.Key, e)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	return all, nil
}

func readEntry(file *configtext.Text, key, n *yaml.Node) (deployed.Setting, error) {
	s := deployed.Setting{
		Kind: deployed.Dynamic, Key: key.Value, Partial: file.IsPartial(), Pos: file.Position(key), ValuePos: file.Position(n),
	}
	if configtext.IsNull(n) { // the server reads it as a value of null
		return s, nil
	}
	if configtext.FollowAlias(n).Kind != yaml.MappingNode {
		return s, file.NewError(
			file.Position(n),
			"a value of "+key.Value+": expected a mapping, found "+configtext.KindName(
				configtext.FollowAlias(n),
			)+"; the server rejects the whole file",
			"write - value: …",
		)
	}
	fields, err := file.MappingFields(n)
	if err != nil {
		return s, err
	}
	for _, f := range fields {
		switch f.Key.Value {
		case "value":
			s.ValuePos = file.Position(f.Value)
			if s.Value, err = file.Value(f.Value); err != nil {
				return s, err
			}
			if hasTemplate(s.Value) {
				s.Value, s.Unknown = nil, true
			}
			if err := checkFieldNames(file, key.Value, f.Value); err != nil {
				return s, err
			}
		case "constraints":
			if n := configtext.FollowAlias(f.Value); n.Kind != yaml.MappingNode && !configtext.IsNull(f.Value) {
				return s, file.NewError(
					file.Position(f.Value),
					"constraints of "+key.Value+": expected a mapping, found "+configtext.KindName(n)+"; the server rejects the whole file",
					"write constraints: {NAME: VALUE}",
				)
			}
			constraints, err := file.MappingFields(f.Value)
			if err != nil {
				return s, err
			}
			if s.Constraints, err = readNamedFields(file, constraints); err != nil {
				return s, err
			}
			s.Constraints = slices.DeleteFunc(s.Constraints, func(c deployed.Field) bool { return dropEmpty(file, key.Value, c) })
		default:
			ignored, err := readNamedFields(file, []configtext.Pair{f})
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
func dropEmpty(file *configtext.Text, key string, c deployed.Field) bool {
	if c.Value != "" || strings.Contains(strings.ToLower(c.Name), "type") {
		return false
	}
	file.AddNotice(
		c.Pos, deployed.RuleEmptyConstraint,
		fmt.Sprintf("%s: %s is empty, and therefore not a constraint: the value applies everywhere", key, c.Name), "",
	)
	return true
}

// checkFieldNames rejects fields of a struct whose names are not text.
func checkFieldNames(file *configtext.Text, key string, n *yaml.Node) error {
	switch n = configtext.FollowAlias(n); n.Kind {
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if err := checkFieldNames(file, key, item); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		fields, err := file.MappingFields(n)
		if err != nil {
			return err
		}
		for _, f := range fields {
			if f.Key.ShortTag() != "!!str" {
				return file.NewError(
					file.Position(f.Key),
					key+": the field name "+f.Key.Value+" is not text; the server rejects the whole file",
					"write \""+f.Key.Value+"\"",
				)
			}
			if err := checkFieldNames(file, key, f.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// AddRejection adds to a syntax error of a dynamic config what the server does with the file.
func AddRejection(format deployed.Format, name string, err error) error {
	var input *source.Error
	isDynamic := format == deployed.DynamicConfig || format == "" && strings.Contains(strings.ToLower(filepath.Base(name)), "dynamic")
	if isDynamic && errors.As(err, &input) {
		for i := range input.Problems {
			input.Problems[i].Message += "; the server rejects the whole file"
		}
	}
	return err
}

func readNamedFields(file *configtext.Text, fields []configtext.Pair) ([]deployed.Field, error) {
	var all []deployed.Field
	for _, f := range fields {
		v, err := file.Value(f.Value)
		if err != nil {
			return nil, err
		}
		all = append(all, deployed.Field{Name: f.Key.Value, Value: v, Pos: file.Position(f.Key)})
	}
	return all, nil
}

// IsEntries reports whether a list looks like the values of a dynamic-config key.
func IsEntries(file *configtext.Text, n *yaml.Node) bool {
	if len(n.Content) == 0 {
		return false
	}
	for _, e := range n.Content {
		// containers and variables have names
		name, err := file.FieldOf(e, "name")
		if value, _ := file.FieldOf(e, "value"); value == nil || name != nil || err != nil {
			return false
		}
	}
	return true
}
