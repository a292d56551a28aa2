// Package report prints: findings, tables and documents, as text, JSON or YAML.
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v3"
	"golang.org/x/term"

	"github.com/temporal-dsql/temporal-dsql/internal/policy"
)

// Formats that every listing command takes.
var Formats = []string{"text", "json", "yaml"}

// Encode writes a document as JSON or YAML. The JSON tags hold for both.
func Encode(w io.Writer, format string, doc any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("encode: %w", err)
	}
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

// block takes the JSON spelling out of a YAML tree: no braces, and quotes only
// where they are needed.
func block(n *yaml.Node) {
	n.Style &^= yaml.FlowStyle | yaml.DoubleQuotedStyle
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		switch {
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

// A Style paints text, on a terminal that takes it.
type Style struct{ on bool }

// StyleFor paints where w is a terminal and NO_COLOR is not set.
func StyleFor(w io.Writer, env func(string) string) Style {
	f, ok := w.(*os.File)
	return Style{ok && term.IsTerminal(int(f.Fd())) && env("NO_COLOR") == "" && env("TERM") != "dumb"}
}

func (s Style) paint(code, text string) string {
	if !s.on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold marks a heading.
func (s Style) Bold(text string) string { return s.paint("1", text) }

func (s Style) severity(severity string) string {
	if severity == policy.Error {
		return s.paint("31", severity)
	}
	return s.paint("33", severity)
}

// A Located finding knows where the user wrote what it is about.
type Located struct {
	policy.Finding
	Where string
}

// Findings prints one block a finding: severity, rule, message and remedy.
func Findings(w io.Writer, style Style, findings []Located) {
	for _, f := range findings {
		if f.Where != "" {
			fmt.Fprintf(w, "%s: ", f.Where)
		}
		fmt.Fprintf(w, "%s: %s: %s\n", style.severity(f.Severity), f.RuleName, f.Message)
		if f.Remediation != "" {
			fmt.Fprintf(w, "  remedy: %s\n", f.Remediation)
		}
	}
}

// Table prints rows under a heading, in columns.
func Table(w io.Writer, style Style, heading []string, rows [][]string) {
	// escape sequences would be counted as width, so the heading is painted last
	var buf bytes.Buffer
	tw := tabwriter.NewWriter(&buf, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(heading, "\t"))
	for _, r := range rows {
		fmt.Fprintln(tw, strings.Join(r, "\t"))
	}
	_ = tw.Flush() // into a buffer
	for i, line := range strings.Split(strings.TrimSuffix(buf.String(), "\n"), "\n") {
		line = strings.TrimRight(line, " ")
		if i == 0 {
			line = style.Bold(line)
		}
		fmt.Fprintln(w, line)
	}
}
