package chart

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// maxIndex is Helm's own limit of an index. [pkg/strvals/parser.go of Helm 3 and 4]
const maxIndex = 65_536

// SetValues are values that single names and values build, as those of helm --set.
type SetValues struct {
	root *yaml.Node
	left int // of budget.SetValues: a short name can have many
}

// NewSetValues returns values without any.
func NewSetValues() *SetValues {
	return &SetValues{&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}, int(budget.SetValues.Most)}
}

// Root returns the values as a mapping, or nil if there are none.
func (v *SetValues) Root() *yaml.Node {
	if len(v.root.Content) == 0 {
		return nil
	}
	return v.root
}

// Set adds a value. A name such as server.dynamicConfig.frontend\.rps[0].value is its path: a backslash keeps a dot in a
// field's name. It returns why it adds nothing, or "".
func (v *SetValues) Set(name, value *yaml.Node, isText bool) (problem string) {
	path := parseSetName(name.Value)
	if path == nil {
		return "not a valid name of a Helm value, so Helm does not render the chart"
	}
	if v.left < 0 {
		return TooMany
	}
	for _, step := range path {
		v.left -= 1 + step.index
	}
	if v.left < 0 {
		return TooMany
	}
	at := v.root
	for n, step := range path {
		kind, tag := yaml.MappingNode, "!!map"
		if n+1 < len(path) && path[n+1].isIndex {
			kind, tag = yaml.SequenceNode, "!!seq"
		}
		next := &yaml.Node{Kind: kind, Tag: tag, Line: name.Line, Column: name.Column}
		if n == len(path)-1 {
			next = &yaml.Node{Kind: yaml.ScalarNode, Value: value.Value, Line: value.Line, Column: value.Column}
			if isText {
				next.Tag = "!!str"
			}
		}
		if at = step.setNode(at, next, name, n == len(path)-1); at == nil {
			return ""
		}
	}
	return ""
}

// TooMany is the problem of the names beyond the limit.
var TooMany = fmt.Sprintf("the names of Helm values have more than %d fields and items: this one and those after it are not read",
	budget.SetValues.Most)

// OverrideSettings returns settings with those of single values in their place, as Helm merges them: the values of a
// dynamic-config key by their index.
func OverrideSettings(all, single []deployed.Setting) []deployed.Setting {
	type list struct{ cluster, key string }
	places := map[list][]int{}
	for n, s := range all {
		if s.Kind == deployed.Dynamic {
			in := list{s.Cluster, s.Key}
			places[in] = append(places[in], n)
		}
	}
	count := map[list]int{}
	for _, s := range single {
		in := list{s.Cluster, s.Key}
		index := count[in]
		count[in]++
		switch {
		case s.Kind != deployed.Dynamic:
			all = append(all, s)
		case s.Value == nil && !s.Unknown: // before an index that is set
		case index < len(places[in]):
			overrideSetting(&all[places[in][index]], s)
		default:
			all = append(all, s)
		}
	}
	return deployed.LastSettings(all)
}

// MergeSettings returns settings with those of later values, as Helm merges them: a later list replaces the whole one before
// it, such as the values of a dynamic-config key, or the environment.
func MergeSettings(before, later []deployed.Setting) []deployed.Setting {
	type list struct {
		kind                  deployed.Kind
		cluster, service, key string
	}
	listOf := func(s deployed.Setting) list {
		if s.Kind == deployed.Variable {
			return list{s.Kind, s.Cluster, s.Service, ""}
		}
		return list{s.Kind, s.Cluster, s.Service, s.Key}
	}
	replaced := map[list]bool{}
	for _, s := range later {
		replaced[listOf(s)] = true
	}
	return append(slices.DeleteFunc(slices.Clone(before), func(s deployed.Setting) bool { return replaced[listOf(s)] }), later...)
}

// overrideSetting gives a setting the value and the constraints of another one.
func overrideSetting(s *deployed.Setting, with deployed.Setting) {
	s.Value, s.Unknown, s.ValuePos = with.Value, with.Unknown, with.ValuePos
	kept := slices.DeleteFunc(slices.Clone(s.Constraints), func(c deployed.Field) bool {
		return slices.ContainsFunc(with.Constraints, func(other deployed.Field) bool { return other.Name == c.Name })
	})
	s.Constraints = slices.Concat(kept, with.Constraints)
}

// IsListItem reports whether a name sets an item of a list, or a part of one.
func IsListItem(name string) bool {
	return slices.ContainsFunc(parseSetName(name), func(step setStep) bool { return step.isIndex })
}

// setStep is a field or an index in a name.
type setStep struct {
	field   string
	index   int
	isIndex bool
}

// setNode returns the node at a step: the one that is there, or else the next one. The last step replaces.
func (s setStep) setNode(in, next, name *yaml.Node, isLast bool) *yaml.Node {
	if s.isIndex {
		if in.Kind != yaml.SequenceNode {
			return nil
		}
		for len(in.Content) <= s.index {
			in.Content = append(in.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: name.Line, Column: name.Column})
		}
		if old := in.Content[s.index]; isLast || old.Kind != next.Kind {
			in.Content[s.index] = next
		}
		return in.Content[s.index]
	}
	if in.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(in.Content); i += 2 {
		if in.Content[i].Value == s.field {
			if isLast || in.Content[i+1].Kind != next.Kind {
				in.Content[i+1] = next
			}
			return in.Content[i+1]
		}
	}
	in.Content = append(in.Content, &yaml.Node{
		Kind: yaml.ScalarNode, Tag: "!!str", Value: s.field, Line: name.Line, Column: name.Column,
	}, next)
	return next
}

// parseSetName splits a name into its steps; nil means that it is not valid.
func parseSetName(name string) []setStep {
	var path []setStep
	var field strings.Builder
	isOpen := true // a field's name follows
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '\\' && i+1 < len(name):
			i++
			field.WriteByte(name[i])
		case c == '.':
			if field.Len() > 0 {
				path = append(path, setStep{field: field.String()})
			} else if isOpen {
				return nil
			}
			field.Reset()
			isOpen = true
		case c == '[':
			end := strings.IndexByte(name[i:], ']')
			if end < 0 {
				return nil
			}
			index, err := strconv.Atoi(name[i+1 : i+end])
			if err != nil || index < 0 || index > maxIndex {
				return nil
			}
			if field.Len() > 0 {
				path = append(path, setStep{field: field.String()})
			}
			field.Reset()
			path = append(path, setStep{index: index, isIndex: true})
			isOpen = false
			i += end
		default:
			field.WriteByte(c)
			isOpen = false
		}
	}
	if field.Len() > 0 {
		path = append(path, setStep{field: field.String()})
	}
	if len(path) == 0 || path[0].isIndex {
		return nil
	}
	return path
}
