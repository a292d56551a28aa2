package configtext

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// block places the lines of a text that is part of another file.
type block struct {
	at     *yaml.Node // its node in the file; nil for the file itself
	level  int        // texts within texts
	lines  bool       // whether the text has the lines of the file, moved and indented
	line   int        // lines of the file before its first one
	indent int
}

// Inner returns the text in a node, such as a file in a ConfigMap.
func (t *Text) Inner(at *yaml.Node) *Text {
	n := FollowAlias(at)
	if t.parts != nil {
		if owner, line := t.parts.find(n.Line); owner != nil {
			placed := *n
			placed.Line = line
			inner := owner.Inner(&placed)
			inner.Budget, inner.Findings = t.Budget, t.Findings
			return inner
		}
	}
	inner := *t
	b := block{at: n, level: t.block.level + 1}
	if n.Style&yaml.LiteralStyle != 0 && (t.block.at == nil || t.block.lines) {
		b.lines, b.line = true, n.Line
		for _, line := range t.splitLines()[min(n.Line, len(t.splitLines())):] {
			if text := strings.TrimLeft(line, " "); text != "" && n.Line > 0 { // (or else it is a whole text)
				b.indent = len(line) - len(text)
				break
			}
		}
		b.line += t.block.line
		b.indent += t.block.indent
	} else if t.block.at != nil {
		b.at = t.block.at
	}
	inner.block = b
	inner.SetContent(n.Value)
	length := strings.Count(n.Value, "\n")
	for _, line := range t.omitted {
		if first := n.Line + 1; !b.lines || line >= first && line < first+length {
			inner.omitted = append(inner.omitted, line-n.Line)
		}
	}
	return &inner
}

// IsPart reports whether the text is part of another text.
func (t *Text) IsPart() bool { return t.block.at != nil }

// Level returns in how many texts the text is.
func (t *Text) Level() int { return t.block.level }

// Position returns the place of a node in the file.
func (t *Text) Position(n *yaml.Node) source.Pos { return t.PlaceOf(n.Line, n.Column) }

// PlaceOf returns the place in the file of a line and column of the text.
func (t *Text) PlaceOf(line, column int) source.Pos {
	if t.parts != nil {
		if owner, line := t.parts.find(line); owner != nil {
			return owner.PlaceOf(max(line, 1), column) // (a whole text is before its first line)
		}
	}
	switch b := t.block; {
	case b.at == nil:
		return source.Pos{File: t.Name, Line: line, Column: column}
	case b.lines:
		return source.Pos{File: t.Name, Line: line + b.line, Column: column + b.indent}
	default:
		return source.Pos{File: t.Name, Line: b.at.Line, Column: b.at.Column}
	}
}

func (t *Text) splitLines() []string {
	if t.lines == nil {
		t.lines = strings.Split(t.content, "\n")
	}
	return t.lines
}
