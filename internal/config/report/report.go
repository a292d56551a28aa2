// Package report prints: findings, tables and documents, as text, JSON or YAML.
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"go.yaml.in/yaml/v3"
	"golang.org/x/term"

	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Formats are the output formats of every listing command.
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
	if safe := words.EscapeInvisible(buf.Bytes()); len(safe) != buf.Len() {
		buf = *bytes.NewBuffer(safe)
	}
	if format == "yaml" {
		var node yaml.Node
		// JSON is YAML: reading it back keeps names and order
		if err := yaml.Unmarshal(buf.Bytes(), &node); err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		setBlockStyle(&node)
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

// indentedLine matches text with an indented line. A literal block would lose its indentation.
var indentedLine = regexp.MustCompile(`(?m)^[ \t]`)

// setBlockStyle changes a YAML tree from JSON to block style: no braces, and quotes only
// where YAML needs them.
func setBlockStyle(n *yaml.Node) {
	n.Style &^= yaml.FlowStyle | yaml.DoubleQuotedStyle
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		switch {
		case indentedLine.MatchString(n.Value):
			n.Style = yaml.DoubleQuotedStyle
		case strings.Contains(n.Value, "\n"):
			n.Style = yaml.LiteralStyle
		default:
			var parsed yaml.Node
			isText := yaml.Unmarshal([]byte(n.Value), &parsed) == nil && len(parsed.Content) == 1 &&
				parsed.Content[0].Tag == "!!str" && parsed.Content[0].Value == n.Value
			if !isText {
				n.Style = yaml.DoubleQuotedStyle
			}
		}
	}
	for _, c := range n.Content {
		setBlockStyle(c)
	}
}

// FormatValue writes a value with its unit: strings without quotes, everything else as JSON.
func FormatValue(v any, unit string) string {
	text, ok := v.(string)
	if !ok {
		data, err := json.Marshal(v)
		if err != nil {
			return "?"
		}
		text = string(data)
	} else if text == "" {
		text = `""`
	}
	return strings.TrimSuffix(text+" "+unit, " ")
}

// A Style fits text to its output: colour if it is a terminal that has colours, and lines of
// the terminal's width.
type Style struct {
	hasColour bool
	width     int // 0 means unlimited
}

// StyleFor returns a style with colour if w is a terminal and NO_COLOR is not set.
func StyleFor(w io.Writer, env func(string) string) Style {
	f := words.FileOf(w)
	if f == nil || !term.IsTerminal(int(f.Fd())) {
		return Style{}
	}
	width, _, _ := term.GetSize(int(f.Fd())) // 0 if the terminal does not report it
	return Style{env("NO_COLOR") == "" && env("TERM") != "dumb", width}
}

// Width returns the longest line in columns; 0 means unlimited.
func (s Style) Width() int { return s.width }

// WithWidth returns the style with another line length; 0 means unlimited.
func (s Style) WithWidth(width int) Style {
	s.width = width
	return s
}

func (s Style) paint(code, text string) string {
	if !s.hasColour {
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
	t.SetStyle(columnStyle)
	t.AppendHeader(tableRow(heading))
	for _, r := range rows {
		t.AppendRow(tableRow(r))
	}
	if last := len(heading) - 1; style.width > 0 {
		used := 0
		for i := range last {
			used += len(columnStyle.Box.PaddingRight) + columnWidth(i, heading, rows)
		}
		t.SetColumnConfigs([]table.ColumnConfig{{
			Number: last + 1, WidthMax: max(minColumnWidth, style.width-used), WidthMaxEnforcer: text.WrapSoft,
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

// minColumnWidth is the narrowest that the last column is wrapped to.
const minColumnWidth = 20

// columnStyle separates columns by two spaces, without lines.
var columnStyle = table.Style{
	Box:     table.BoxStyle{PaddingRight: "  "},
	Options: table.OptionsNoBordersAndSeparators,
}

func tableRow(cells []string) table.Row {
	r := make(table.Row, len(cells))
	for i, c := range cells {
		r[i] = c
	}
	return r
}

func columnWidth(column int, heading []string, rows [][]string) int {
	most := text.StringWidth(heading[column])
	for _, r := range rows {
		most = max(most, text.StringWidth(r[column]))
	}
	return most
}
