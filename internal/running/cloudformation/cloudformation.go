// Package cloudformation resolves the properties of resources in CloudFormation templates.
package cloudformation

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
)

// HasResource reports whether a mapping has resources of a CloudFormation template.
func HasResource(t *configtext.Text, resources *yaml.Node) bool {
	fields, err := t.MappingFields(resources)
	if err != nil {
		return false
	}
	for _, f := range fields {
		if kind, err := t.TextAt(f.Value, "Type"); err == nil && strings.HasPrefix(kind, "AWS::") {
			return true
		}
	}
	return false
}

// stack resolves the properties of a template.
type stack struct {
	*configtext.Text
	parameters, mappings *yaml.Node
}

// ResolveProperties returns properties of a resource of a template with the names of the ECS API, and with unknown values for
// references. A reference to a parameter has the parameter's default, and functions are called as far as their arguments are
// known.
func ResolveProperties(t *configtext.Text, template, properties *yaml.Node) (*yaml.Node, error) {
	parameters, err := t.FieldOf(template, "Parameters")
	if err != nil {
		return nil, err
	}
	mappings, err := t.FieldOf(template, "Mappings")
	if err != nil {
		return nil, err
	}
	return stack{t, parameters, mappings}.resolveProperties(properties, 0)
}

func (s stack) resolveProperties(n *yaml.Node, depth int) (*yaml.Node, error) {
	if err := s.SpendBudget(n); err != nil {
		return nil, err
	}
	n = configtext.FollowAlias(n)
	unknown := *n
	unknown.Kind, unknown.Tag, unknown.Value, unknown.Content = yaml.ScalarNode, configtext.UnknownTag, "", nil
	if int64(depth) > budget.ConfigDepth.Most {
		return &unknown, nil
	}
	if name, ok := s.referenceName(n); ok {
		value, err := s.FieldAt(s.parameters, name, "Default")
		if err != nil || value == nil {
			return &unknown, err
		}
		return value, nil
	}
	if name, arguments := calledFunction(n); name != "" {
		text, isKnown, err := s.callFunction(name, arguments, depth)
		unknown.Value = text // for the image's name and tag
		if _, wrong := strconv.Atoi(text); isKnown && wrong == nil && (text == "0" || text[0] != '0') {
			unknown.Tag = "!!int" // CloudFormation takes either
		} else if isKnown {
			unknown.Tag = "!!str"
		}
		return &unknown, err
	}
	out := *n
	out.Content = make([]*yaml.Node, 0, len(n.Content))
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			name := *configtext.FollowAlias(child)
			if strings.HasPrefix(name.Value, "Fn::") {
				return &unknown, nil
			}
			name.Line, name.Column = child.Line, child.Column
			name.Value = lowerFirst(name.Value)
			out.Content = append(out.Content, &name)
			continue
		}
		if n.Kind == yaml.SequenceNode {
			item, err := s.conditionalItem(child)
			if err != nil {
				return nil, err
			}
			if child = item; child == nil {
				continue
			}
		}
		resolved, err := s.resolveProperties(child, depth+1)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, resolved)
	}
	return &out, nil
}

var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// StripVariables returns the fixed part of a text that a template fills in: history of ${AWS::StackName}-history.
func StripVariables(text string) string {
	return strings.Trim(variable.ReplaceAllString(text, ""), "-_/.")
}

// referenceName returns the name that a value refers to: {Ref: NAME} or !Ref NAME.
func (s stack) referenceName(n *yaml.Node) (string, bool) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!Ref" {
		return n.Value, true
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "Ref" {
		return configtext.FollowAlias(n.Content[1]).Value, true
	}
	return "", false
}

func lowerFirst(name string) string {
	letters := []rune(name)
	if len(letters) == 0 {
		return name
	}
	letters[0] = unicode.ToLower(letters[0])
	return string(letters)
}
