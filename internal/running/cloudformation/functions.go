package cloudformation

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// calledFunction returns the name and the arguments of an intrinsic function: {Fn::NAME: …} or !NAME …
func calledFunction(n *yaml.Node) (string, *yaml.Node) {
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		if name, ok := strings.CutPrefix(n.Content[0].Value, "Fn::"); ok {
			return name, configtext.FollowAlias(n.Content[1])
		}
	}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") && n.Tag != configtext.UnknownTag {
		plain := *n
		if plain.Tag = ""; plain.Kind == yaml.ScalarNode {
			plain.Tag = "!!str"
		}
		return n.Tag[1:], &plain
	}
	return "", nil
}

// conditionalItem returns the item of a list that a condition includes or leaves out: {Fn::If: [NAME, ITEM, {Ref: AWS::NoValue}]}.
// It notes one that has the choice of two mappings, and returns nil for it. Other items stay.
func (s stack) conditionalItem(n *yaml.Node) (*yaml.Node, error) {
	name, arguments := calledFunction(configtext.FollowAlias(n))
	if name != "If" || arguments.Kind != yaml.SequenceNode || len(arguments.Content) != 3 {
		return n, nil
	}
	var given []*yaml.Node
	hasMapping := false
	for _, choice := range arguments.Content[1:] {
		target := configtext.FollowAlias(choice)
		reference, isReference := s.referenceName(target)
		if reference == "AWS::NoValue" {
			continue
		}
		called, _ := calledFunction(target)
		given = append(given, choice)
		hasMapping = hasMapping || target.Kind == yaml.MappingNode && !isReference && called == ""
	}
	switch {
	case len(given) == 0:
		return nil, nil
	case len(given) == 1:
		if err := s.SpendBudget(n); err != nil {
			return nil, err
		}
		return s.conditionalItem(given[0])
	case !hasMapping:
		return n, nil
	}
	s.AddNotice(s.Position(n), deployed.RuleUnreadSource,
		"the condition of this item has two results, so what it sets is unknown", "put the condition into the values of one item")
	return nil, nil
}

// callFunction returns the text of a function's result, and whether all of it is known. It has ${…} in place of unknown parts.
func (s stack) callFunction(name string, arguments *yaml.Node, depth int) (text string, isKnown bool, err error) {
	switch name {
	case "Sub":
		return s.substitute(arguments, depth)
	case "Join":
		if arguments.Kind != yaml.SequenceNode || len(arguments.Content) != 2 {
			return "", false, nil
		}
		list := configtext.FollowAlias(arguments.Content[1])
		if other, _ := calledFunction(list); other != "" || list.Kind != yaml.SequenceNode {
			return "", false, nil // a function that gives a list
		}
		parts, err := s.ListItems(list)
		if err != nil {
			return "", false, err
		}
		isKnown = true
		var texts []string
		for _, part := range parts {
			value, isFull, err := s.resolveText(part, depth)
			if err != nil {
				return "", false, err
			}
			texts, isKnown = append(texts, value), isKnown && isFull
		}
		return strings.Join(texts, configtext.FollowAlias(arguments.Content[0]).Value), isKnown, nil
	case "FindInMap":
		if arguments.Kind != yaml.SequenceNode || len(arguments.Content) < 3 {
			return "", false, nil
		}
		at := s.mappings
		for _, part := range arguments.Content[:3] {
			key, isFull, err := s.resolveText(part, depth)
			if err != nil || !isFull {
				return "", false, err
			}
			if at, err = s.FieldOf(at, key); err != nil || at == nil {
				return "", false, err
			}
		}
		return s.resolveText(at, depth)
	}
	return "", false, nil
}

// substitute returns a text in which the variables that are known are filled in.
func (s stack) substitute(arguments *yaml.Node, depth int) (string, bool, error) {
	text, own := arguments, (*yaml.Node)(nil)
	if arguments.Kind == yaml.SequenceNode && len(arguments.Content) == 2 {
		text, own = configtext.FollowAlias(arguments.Content[0]), arguments.Content[1]
	}
	if text.Kind != yaml.ScalarNode {
		return "", false, nil
	}
	isKnown := true
	var wrong error
	filled := variable.ReplaceAllStringFunc(text.Value, func(found string) string {
		name := found[2 : len(found)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		value, err := s.FieldOf(own, name)
		if value == nil && err == nil {
			value, err = s.FieldAt(s.parameters, name, "Default")
		}
		if err != nil {
			wrong = err
			return ""
		}
		if value == nil {
			isKnown = false
			return found
		}
		result, isFull, err := s.resolveText(value, depth)
		if err != nil {
			wrong = err
		}
		isKnown = isKnown && isFull
		return result
	})
	return filled, isKnown, wrong
}

// resolveText returns the text of a value, and whether all of it is known.
func (s stack) resolveText(n *yaml.Node, depth int) (string, bool, error) {
	resolved, err := s.resolveProperties(n, depth+1)
	if err != nil {
		return "", false, err
	}
	if resolved.Kind != yaml.ScalarNode {
		return "", false, nil
	}
	if resolved.Tag == configtext.UnknownTag && resolved.Value == "" {
		return "${}", false, nil
	}
	return resolved.Value, resolved.Tag != configtext.UnknownTag, s.SpendBudget(resolved)
}
