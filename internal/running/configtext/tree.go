package configtext

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
	yamlv4 "go.yaml.in/yaml/v4"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ParseTree parses YAML or JSON into nodes with places. An empty text gives nil.
func (t *Text) ParseTree() (*yaml.Node, error) {
	all, err := t.ParseDocuments()
	if err != nil || len(all) == 0 {
		return nil, err
	}
	t.IgnoreDocuments(all)
	return all[0], nil
}

// IgnoreDocuments notes documents after the first, which the reader of the file ignores.
func (t *Text) IgnoreDocuments(docs []*yaml.Node) {
	if len(docs) > 1 {
		t.AddNotice(t.Position(docs[1]), deployed.RuleIgnoredDocument, "the file has another document here, which is ignored", "")
	}
}

// ParseDocuments parses the documents of a YAML or JSON text, without empty ones.
func (t *Text) ParseDocuments() ([]*yaml.Node, error) {
	text := t.content
	if strings.HasPrefix(strings.TrimSpace(text), "{") || strings.HasPrefix(strings.TrimSpace(text), "[") {
		// YAML rejects JSON's tabs and surrogate pairs
		if json.Valid([]byte(text)) {
			root, err := t.parseJSON()
			return []*yaml.Node{root}, err
		}
	}
	dec := yaml.NewDecoder(strings.NewReader(text))
	var all []*yaml.Node
	documents := budget.ConfigDocuments.Meter()
	for {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, t.syntaxError(err)
		}
		if err := documents.Spend(1); err != nil {
			return nil, t.BudgetError(t.Position(&doc), err)
		}
		if root := doc.Content[0]; !IsNull(root) || root.Value != "" {
			all = append(all, root)
		}
	}
}

var errorLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^line (\d+): `)
})

// syntaxError adds a place to an error of version 3 of the YAML parser, which names the line where the broken block
// starts, if any. Version 4 names the place where it stopped, but also takes some files that version 3 rejects.
func (t *Text) syntaxError(err error) error {
	message, at, remedy := strings.TrimPrefix(err.Error(), "yaml: "), source.Pos{File: t.Name}, ""
	if precise, ok := errors.AsType[*yamlv4.LoadError](yamlv4.Unmarshal([]byte(t.content), new(yamlv4.Node))); ok {
		message, at.Line, at.Column = precise.Message, precise.Mark.Line, precise.Mark.Column
	} else if mark := errorLine().FindStringSubmatch(message); mark != nil {
		message = message[len(mark[0]):]
		at.Line, _ = strconv.Atoi(mark[1])
	}
	if at.Line > 0 {
		lines := strings.Split(strings.TrimSuffix(t.content, "\n"), "\n")
		at.Line, at.Column = min(max(at.Line, 1), len(lines)), max(at.Column, 1)
		line := lines[at.Line-1]
		switch {
		case strings.HasPrefix(line, "\t"):
			at.Column, remedy = 1, "indent YAML with spaces, not tabs"
		default:
			field, _, _ := strings.Cut(strings.TrimSpace(line), ":")
			if others := findSiblings(lines[:at.Line]); others != "" {
				remedy = "indent " + field + " as far as " + others
			}
		}
		at = t.PlaceOf(at.Line, at.Column)
	}
	return t.NewError(at, "not valid YAML: "+message, remedy)
}

// findSiblings returns what the field in the last line belongs to, if its indentation is that of no field before it; or "".
func findSiblings(lines []string) string {
	last := lines[len(lines)-1]
	name := strings.TrimLeft(last, " ")
	own := len(last) - len(name)
	if field, _, ok := strings.Cut(name, ":"); !ok || own == 0 || strings.ContainsAny(field, "#\"'{[ ") {
		return ""
	}
	deeper := "" // the field before it, of those that are indented further
	isAfterItem := false
	for _, line := range slices.Backward(lines[:len(lines)-1]) {
		field := strings.TrimLeft(line, " ")
		if field == "" || strings.HasPrefix(field, "#") {
			continue
		}
		indent := len(line) - len(field)
		if rest, ok := strings.CutPrefix(field, "- "); ok {
			fields := indent + len(field) - len(strings.TrimLeft(rest, " "))
			switch {
			case own >= fields:
				return deeper
			case !strings.Contains(strings.SplitN(name, ":", 2)[0], "."):
				return "the other fields of its list item"
			}
			deeper, isAfterItem = "", true // a dynamic-config key, which has a dot, is no field of an item
			continue
		}
		other, value, _ := strings.Cut(field, ":")
		switch {
		case indent > own:
			deeper = other
		case indent == own:
			return ""
		case deeper == "" && strings.TrimSpace(value) == "" && !isAfterItem:
			return "" // the field is its first
		case deeper == "":
			return other
		default:
			return deeper
		}
	}
	return deeper
}

// parseJSON parses JSON into YAML nodes.
func (t *Text) parseJSON() (*yaml.Node, error) {
	text := t.content
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	line, column, seen := 1, 1, 0
	// offsets only grow
	place := func(offset int) {
		for ; seen < offset; seen++ {
			if column++; text[seen] == '\n' {
				line, column = line+1, 1
			}
		}
	}
	var read func(depth int) (*yaml.Node, error)
	read = func(depth int) (*yaml.Node, error) {
		at := int(dec.InputOffset())
		for at < len(text) && strings.IndexByte(" \t\r\n,:", text[at]) >= 0 {
			at++
		}
		place(at)
		n := &yaml.Node{Line: line, Column: column}
		token, err := dec.Token()
		if err != nil {
			return nil, t.NewError(t.Position(n), "not valid JSON: "+err.Error(), "")
		}
		if int64(depth) > budget.ConfigDepth.Most {
			return nil, t.NewError(t.Position(n), fmt.Sprintf("values are nested more than %d levels deep", budget.ConfigDepth.Most), "")
		}
		switch v := token.(type) {
		case json.Delim:
			n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
			if v == '{' {
				n.Kind, n.Tag = yaml.MappingNode, "!!map"
			}
			for dec.More() {
				// field names are tokens too
				child, err := read(depth + 1)
				if err != nil {
					return nil, err
				}
				n.Content = append(n.Content, child)
			}
			_, err = dec.Token()
			return n, err
		case string:
			n.Tag, n.Value = "!!str", v
		case json.Number:
			n.Tag, n.Value = "!!int", v.String()
			if strings.ContainsAny(n.Value, ".eE") {
				n.Tag = "!!float"
			}
		case bool:
			n.Tag, n.Value = "!!bool", strconv.FormatBool(v)
		default:
			n.Tag, n.Value = "!!null", "null"
		}
		n.Kind = yaml.ScalarNode
		return n, nil
	}
	return read(0)
}

// FollowAlias follows aliases.
func FollowAlias(n *yaml.Node) *yaml.Node {
	for i := 0; n.Kind == yaml.AliasNode && n.Alias != nil && i < 100; i++ {
		n = n.Alias
	}
	return n
}

// SpendBudget counts a value and its text against the budget, each time it is read.
func (t *Text) SpendBudget(n *yaml.Node) error {
	err := t.Budget.Values.Spend(1)
	if err == nil {
		err = t.Budget.Text.Spend(len(FollowAlias(n).Value))
	}
	if err != nil {
		return t.BudgetError(t.Position(n), err)
	}
	return nil
}

// Pair is a field of a mapping.
type Pair struct{ Key, Value *yaml.Node }

// MappingFields returns the fields of a mapping. Merged fields (<<) come last, unless overridden. Null has no fields.
func (t *Text) MappingFields(n *yaml.Node) ([]Pair, error) {
	if err := t.SpendBudget(n); err != nil {
		return nil, err
	}
	at := n
	n = FollowAlias(n)
	if IsNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, t.NewError(t.Position(at), "expected a mapping, found "+KindName(n), "write NAME: VALUE lines")
	}
	var all []Pair
	var merges []*yaml.Node
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := FollowAlias(n.Content[i]), n.Content[i+1]
		if err := t.SpendBudget(key); err != nil {
			return nil, err
		}
		if key.ShortTag() == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			return nil, t.NewError(t.Position(n.Content[i]), "a field name: expected text, found "+KindName(key), "use text as the name")
		}
		if before := first[key.Value]; before != nil {
			return nil, t.NewError(
				t.Position(n.Content[i]),
				fmt.Sprintf("%s is set twice, first in line %d", key.Value, t.Position(before).Line),
				"keep one of them",
			)
		}
		first[key.Value] = n.Content[i]
		placed := *key
		placed.Line, placed.Column = n.Content[i].Line, n.Content[i].Column
		all = append(all, Pair{&placed, value})
	}
	for _, m := range merges {
		from := []*yaml.Node{m}
		if t := FollowAlias(m); t.Kind == yaml.SequenceNode {
			from = t.Content
		}
		for _, f := range from {
			fields, err := t.MappingFields(f)
			if err != nil {
				return nil, err
			}
			for _, p := range fields {
				if first[p.Key.Value] == nil {
					first[p.Key.Value] = p.Key
					all = append(all, p)
				}
			}
		}
	}
	return all, nil
}

// FieldOf returns one field of a mapping, or nil.
func (t *Text) FieldOf(n *yaml.Node, name string) (*yaml.Node, error) {
	if n == nil || FollowAlias(n).Kind != yaml.MappingNode {
		return nil, nil
	}
	fields, err := t.MappingFields(n)
	for _, f := range fields {
		if f.Key.Value == name {
			return f.Value, err
		}
	}
	return nil, err
}

// ListItems returns the items of a list; null has none.
func (t *Text) ListItems(n *yaml.Node) ([]*yaml.Node, error) {
	if n == nil {
		return nil, nil
	}
	if err := t.SpendBudget(n); err != nil {
		return nil, err
	}
	at := n
	n = FollowAlias(n)
	switch {
	case n.Kind == yaml.SequenceNode:
		return n.Content, nil
	case IsNull(n):
		return nil, nil
	}
	return nil, t.NewError(t.Position(at), "expected a list, found "+KindName(n), "write one item per line: - ITEM")
}

// Value returns a node's value in the types of JSON, or int.
func (t *Text) Value(n *yaml.Node) (any, error) {
	if err := t.SpendBudget(n); err != nil {
		return nil, err
	}
	at := n
	switch n = FollowAlias(n); n.Kind {
	case yaml.SequenceNode:
		all := []any{}
		for _, item := range n.Content {
			v, err := t.Value(item)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		return all, nil
	case yaml.MappingNode:
		fields, err := t.MappingFields(n)
		all := map[string]any{}
		for _, f := range fields {
			if all[f.Key.Value], err = t.Value(f.Value); err != nil {
				return nil, err
			}
		}
		return all, err
	}
	var v any
	if n.Tag == UnknownTag {
		return nil, nil
	}
	if err := n.Decode(&v); err != nil {
		return nil, t.NewError(t.Position(at), fmt.Sprintf("not a valid %s", strings.TrimPrefix(n.ShortTag(), "!!")), "")
	}
	switch x := v.(type) {
	case time.Time:
		return n.Value, nil
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return n.Value, nil
		}
	case int64, uint64:
		return json.Number(fmt.Sprint(x)), nil
	case nil, bool, int, string:
	default:
		return n.Value, nil
	}
	return v, nil
}

// ScalarText returns a value as text for an environment; ok is false for null.
func (t *Text) ScalarText(n *yaml.Node) (text string, ok bool, err error) {
	v, err := t.Value(n)
	if err != nil || v == nil {
		return "", false, err
	}
	switch v.(type) {
	case []any, map[string]any:
		return "", false, t.NewError(
			t.Position(n),
			"expected a single value, found "+KindName(FollowAlias(n)),
			"use text, a number, true or false",
		)
	}
	return fmt.Sprint(v), true, nil
}

// KindName returns what a node is, for messages.
func KindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	}
	return "a single value"
}

// UnknownTag marks a value that another resource or a parameter without a default gives.
const UnknownTag = "!unknown"

// IsNull reports whether a node is null, or whether there is none.
func IsNull(n *yaml.Node) bool {
	return n == nil || FollowAlias(n).Kind == yaml.ScalarNode && FollowAlias(n).ShortTag() == "!!null"
}

// IsYAML reports whether a file name is that of a YAML file.
func IsYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}
