package deployed

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// maxInner limits the levels of files within texts of files.
const maxInner = 2

// block places the lines of a text that is part of another file.
type block struct {
	at     *yaml.Node // its node in the file; nil for the file itself
	level  int        // texts within texts
	lines  bool       // whether the text has the lines of the file, moved and indented
	line   int        // lines of the file before its first one
	indent int
}

// innerReader returns a reader of the text of a node.
func (r *reader) innerReader(at *yaml.Node) *reader {
	inner := *r
	n := followAlias(at)
	b := block{at: n, level: r.block.level + 1}
	if n.Style&yaml.LiteralStyle != 0 && (r.block.at == nil || r.block.lines) {
		b.lines, b.line = true, n.Line
		for _, line := range r.textLines()[min(n.Line, len(r.textLines())):] {
			if text := strings.TrimLeft(line, " "); text != "" {
				b.indent = len(line) - len(text)
				break
			}
		}
		b.line += r.block.line
		b.indent += r.block.indent
	} else if r.block.at != nil {
		b.at = r.block.at
	}
	inner.block, inner.lines = b, nil
	return &inner
}

// position returns the place of a node in the file.
func (r *reader) position(n *yaml.Node) source.Pos { return r.placeOf(n.Line, n.Column) }

// placeOf returns the place in the file of a line and column of the text.
func (r *reader) placeOf(line, column int) source.Pos {
	switch b := r.block; {
	case b.at == nil:
		return source.Pos{File: r.name, Line: line, Column: column}
	case b.lines:
		return source.Pos{File: r.name, Line: line + b.line, Column: column + b.indent}
	default:
		return source.Pos{File: r.name, Line: b.at.Line, Column: b.at.Column}
	}
}

func (r *reader) textLines() []string {
	if r.lines == nil {
		r.lines = strings.Split(r.text, "\n")
	}
	return r.lines
}

// readInner reads a configuration file in the text of a node. A text in another format has no settings; one that cannot
// be read although its format is known gives a notice.
func (r *reader) readInner(name string, at *yaml.Node, format Format) ([]Setting, error) {
	inner := r.innerReader(at)
	if inner.block.level > maxInner {
		return nil, nil
	}
	if err := r.spendBudget(at); err != nil {
		return nil, err
	}
	inner.text = followAlias(at).Value
	if expressions().MatchString(inner.text) {
		inner.text = stripTemplate(inner.text)
	}
	docs, err := inner.parseDocuments(inner.text)
	if err == nil && len(docs) == 0 {
		return nil, nil
	}
	if err == nil && format == "" {
		if format, err = inner.detectFormat(docs); err != nil || format != Server && format != DynamicConfig {
			return nil, nil //nolint:nilerr // a text in another format
		}
	}
	var found []Setting
	if err == nil {
		found, err = inner.readFormat(format, docs)
	}
	if err == nil {
		return found, nil
	}
	var input *source.Error
	if format == "" || !errors.As(err, &input) {
		return nil, nil
	}
	for _, p := range input.Problems {
		r.addNotice(p.Pos, unreadablePart, name+": "+p.Message, p.Remedy)
	}
	return nil, nil
}
