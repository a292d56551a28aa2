// Package report prints: findings, tables and documents, as text, JSON or YAML.
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"go.yaml.in/yaml/v3"
	"golang.org/x/term"
)

// Formats that every listing command takes.
var Formats = []string{"text", "json", "yaml"}

// SchemaVersion is the version of all documents that commands print. It increases when a field
// is renamed or removed.
const SchemaVersion = 1

// Encode writes a document as JSON or YAML, both with the names of its JSON tags. Objects start
// with their schema_version.
func Encode(w io.Writer, format string, doc any) error {
	return encode(w, format, doc, addSchemaVersion)
}

// encode writes a document after adjust has changed its JSON.
func encode(w io.Writer, format string, doc any, adjust func(*bytes.Buffer)) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	adjust(&buf)
	if format == "yaml" {
		var node yaml.Node
		// JSON is YAML: reading it back keeps names and order
		if err := yaml.Unmarshal(buf.Bytes(), &node); err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		block(&node)
		buf.Reset()
		enc := yaml.NewEncoder(&buf)
		enc.SetIndent(2)
		if err := enc.Encode(&node); err != nil {
			return fmt.Errorf("encode: %w", err)
		}
	}
	_, err := w.Write(buf.Bytes())
	return err
}

// addSchemaVersion adds the field schema_version to an encoded object.
func addSchemaVersion(document *bytes.Buffer) {
	fields, isObject := bytes.CutPrefix(document.Bytes(), []byte("{"))
	if !isObject {
		return
	}
	comma := ","
	if bytes.HasPrefix(fields, []byte("}")) {
		comma = "\n"
	}
	versioned := fmt.Appendf(nil, "{\n  \"schema_version\": %d%s%s", SchemaVersion, comma, fields)
	document.Reset()
	document.Write(versioned)
}

// ragged is text whose own indentation a literal block would take for its own.
var ragged = regexp.MustCompile(`(?m)^[ \t]`)

// block takes the JSON spelling out of a YAML tree: no braces, and quotes only
// where they are needed.
func block(n *yaml.Node) {
	n.Style &^= yaml.FlowStyle | yaml.DoubleQuotedStyle
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		switch {
		case ragged.MatchString(n.Value):
			n.Style = yaml.DoubleQuotedStyle
		case strings.Contains(n.Value, "\n"):
			n.Style = yaml.LiteralStyle
		default:
			var plain yaml.Node
			if yaml.Unmarshal([]byte(n.Value), &plain) != nil || len(plain.Content) != 1 || plain.Content[0].Tag != "!!str" || plain.Content[0].Value != n.Value {
				n.Style = yaml.DoubleQuotedStyle
			}
		}
	}
	for _, c := range n.Content {
		block(c)
	}
}

// A Style fits text to where it is printed: colour on a terminal that takes it,
// and lines as long as the terminal is wide.
type Style struct {
	on    bool
	width int // 0 where lines may have any length
}

// StyleFor paints where w is a terminal and NO_COLOR is not set.
func StyleFor(w io.Writer, env func(string) string) Style {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return Style{}
	}
	width, _, _ := term.GetSize(int(f.Fd())) // 0 where it does not tell
	return Style{env("NO_COLOR") == "" && env("TERM") != "dumb", width}
}

// Width is how long lines may be, 0 where they may have any length.
func (s Style) Width() int { return s.width }

// Wide is a style without colour for lines of a length.
func Wide(width int) Style { return Style{width: width} }

// At is the style for lines of a length.
func (s Style) At(width int) Style {
	s.width = width
	return s
}

func (s Style) paint(code, text string) string {
	if !s.on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold marks a heading.
func (s Style) Bold(text string) string { return s.paint("1", text) }

// Table prints rows under a heading, in columns. On a terminal that is too
// narrow, the last column is wrapped.
func Table(w io.Writer, style Style, heading []string, rows [][]string) {
	t := table.NewWriter()
	t.SetStyle(columns)
	t.AppendHeader(row(heading))
	for _, r := range rows {
		t.AppendRow(row(r))
	}
	if last := len(heading) - 1; style.width > 0 {
		used := 0
		for i := range last {
			used += len(columns.Box.PaddingRight) + widest(i, heading, rows)
		}
		t.SetColumnConfigs([]table.ColumnConfig{{
			Number: last + 1, WidthMax: max(narrowest, style.width-used), WidthMaxEnforcer: text.WrapSoft,
		}})
	}
	// escape sequences would be counted as width, so the heading is painted last
	for i, line := range strings.Split(t.Render(), "\n") {
		line = strings.TrimRight(line, " ")
		if i == 0 {
			line = style.Bold(line)
		}
		fmt.Fprintln(w, line)
	}
}

// narrowest is the least that a column is wrapped to.
const narrowest = 20

// columns without lines between them.
var columns = table.Style{
	Box:     table.BoxStyle{PaddingRight: "  "},
	Options: table.OptionsNoBordersAndSeparators,
}

func row(cells []string) table.Row {
	r := make(table.Row, len(cells))
	for i, c := range cells {
		r[i] = c
	}
	return r
}

func widest(column int, heading []string, rows [][]string) int {
	most := text.StringWidth(heading[column])
	for _, r := range rows {
		most = max(most, text.StringWidth(r[column]))
	}
	return most
}
