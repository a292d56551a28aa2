package configtext

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// parts are texts whose nodes are read as one. Each has its own lines, after those of the texts before it, by which
// the place of a node is found, also after it was moved or copied.
type parts struct {
	texts []*Text
	first []int // the line of each that is before its first one
	next  int
}

// Join returns a text for nodes of several texts, which AddPart adds. It has the name, budget and findings of this one.
func (t *Text) Join() *Text {
	joined := *t
	joined.parts, joined.block = &parts{}, block{}
	return &joined
}

// AddPart adds a text, and moves its nodes to its lines. It returns the text with the places of all parts.
func (t *Text) AddPart(text *Text, nodes ...*yaml.Node) *Text {
	first := t.parts.next
	t.parts.texts, t.parts.first = append(t.parts.texts, text), append(t.parts.first, first)
	if text.parts != nil {
		t.parts.next += text.parts.next
	} else {
		t.parts.next += len(text.splitLines()) + 2 // (a place can be after the last line)
	}
	for _, n := range nodes {
		moveLines(n, first)
	}
	joined := *text
	joined.parts = t.parts
	return &joined
}

func moveLines(n *yaml.Node, by int) {
	n.Line += by
	for _, below := range n.Content {
		moveLines(below, by)
	}
}

// find returns the text that a line is of, and its number there.
func (p *parts) find(line int) (*Text, int) {
	n, isFirst := slices.BinarySearch(p.first, line)
	if !isFirst {
		n--
	}
	if n < 0 || len(p.texts) == 0 {
		return nil, line
	}
	return p.texts[n], line - p.first[n]
}

// Expand returns a copy of a node in which aliases and merged fields are written out.
func (t *Text) Expand(n *yaml.Node) (*yaml.Node, error) {
	if err := t.SpendBudget(n); err != nil {
		return nil, err
	}
	target := FollowAlias(n)
	out := *target
	if out.Anchor = ""; target.Style&yaml.LiteralStyle == 0 { // (its lines are those of the text)
		out.Line, out.Column = n.Line, n.Column
	}
	out.Content = nil
	add := func(below *yaml.Node) error {
		expanded, err := t.Expand(below)
		out.Content = append(out.Content, expanded)
		return err
	}
	switch target.Kind {
	case yaml.MappingNode:
		fields, err := t.MappingFields(n)
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			out.Content = append(out.Content, f.Key)
			if err := add(f.Value); err != nil {
				return nil, err
			}
		}
	case yaml.SequenceNode:
		for _, item := range target.Content {
			if err := add(item); err != nil {
				return nil, err
			}
		}
	}
	return &out, nil
}

// WholeText returns a node with the content of a text, as if it were in a block of a file. The text is the part that was
// added last.
func (t *Text) WholeText() *yaml.Node {
	last := len(t.parts.texts) - 1
	return &yaml.Node{
		Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.LiteralStyle, Value: t.parts.texts[last].content,
		Line: t.parts.first[last], Column: 1,
	}
}
