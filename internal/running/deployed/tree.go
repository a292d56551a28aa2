package deployed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// tree reads YAML or JSON as nodes, which know their places.
func (r *reader) tree(text string) (*yaml.Node, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") || strings.HasPrefix(strings.TrimSpace(text), "[") {
		// most of JSON is YAML, but not its tabs and not its surrogate pairs
		if json.Valid([]byte(text)) {
			return r.json(text)
		}
	}
	dec := yaml.NewDecoder(strings.NewReader(text))
	var doc, next yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, r.wrong(source.Pos{File: r.name}, "there is nothing but comments in it", "")
	}
	if err != nil {
		return nil, r.syntax(text, err)
	}
	switch err := dec.Decode(&next); {
	case err == nil:
		return nil, r.wrong(r.pos(&next), "there is a second document in it, which nobody reads", "keep one document a file")
	case !errors.Is(err, io.EOF):
		return nil, r.syntax(text, err)
	}
	return doc.Content[0], nil
}

var lineOf = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`line (\d+): `) })

// syntax places an error of the YAML parser, which names the line at best.
func (r *reader) syntax(text string, err error) error {
	message, at := strings.TrimPrefix(err.Error(), "yaml: "), source.Pos{File: r.name}
	hint := ""
	if m := lineOf().FindStringSubmatchIndex(message); m != nil {
		at.Line, _ = strconv.Atoi(message[m[2]:m[3]])
		at.Column = 1
		message = message[:m[0]] + message[m[1]:]
		// the parser is at the line, or at the next one
		lines := strings.Split(text, "\n")
		for _, i := range []int{at.Line - 1, at.Line} {
			if i >= 0 && i < len(lines) && strings.HasPrefix(lines[i], "\t") {
				at.Line, hint = i+1, "YAML is indented with spaces, not with tabs"
				break
			}
		}
	}
	return r.wrong(at, "it is no YAML: "+message, hint)
}

const maxDepth = 200 // of JSON

// json reads JSON as the nodes that YAML would give.
func (r *reader) json(text string) (*yaml.Node, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	line, column, seen := 1, 1, 0
	// place counts up to an offset: offsets only grow
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
			return nil, r.wrong(r.pos(n), "it is no JSON: "+err.Error(), "")
		}
		if depth > maxDepth {
			return nil, r.wrong(r.pos(n), fmt.Sprintf("it is nested more than %d deep", maxDepth), "")
		}
		switch v := token.(type) {
		case json.Delim:
			n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
			if v == '{' {
				n.Kind, n.Tag = yaml.MappingNode, "!!map"
			}
			for dec.More() {
				// the names of an object come as tokens too
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

// target follows an alias.
func target(n *yaml.Node) *yaml.Node {
	for i := 0; n.Kind == yaml.AliasNode && n.Alias != nil && i < 100; i++ {
		n = n.Alias
	}
	return n
}

// spend counts a value and its text, each time that it is read.
func (r *reader) spend(n *yaml.Node) error {
	err := r.budget.Values.Spend(1)
	if err == nil {
		err = r.budget.Text.Spend(len(target(n).Value))
	}
	if err != nil {
		return r.exceeded(r.pos(n), err)
	}
	return nil
}

// A pair is a field of a mapping.
type pair struct{ key, value *yaml.Node }

// mapping gives the fields of a mapping, those that it merges (<<) last and
// only where it does not have them itself. Null has none.
func (r *reader) mapping(n *yaml.Node) ([]pair, error) {
	if err := r.spend(n); err != nil {
		return nil, err
	}
	at := n
	n = target(n)
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, r.wrong(r.pos(at), "there are no fields here, but "+words(n), "write NAME: VALUE lines")
	}
	var all []pair
	var merges []*yaml.Node
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := target(n.Content[i]), n.Content[i+1]
		if err := r.spend(key); err != nil {
			return nil, err
		}
		if key.ShortTag() == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			return nil, r.wrong(r.pos(n.Content[i]), "the name of a field is "+words(key), "names are text")
		}
		if before := first[key.Value]; before != nil {
			return nil, r.wrong(r.pos(n.Content[i]), fmt.Sprintf("%s is given twice, first in line %d", key.Value, before.Line), "keep one of them")
		}
		first[key.Value] = n.Content[i]
		placed := *key
		placed.Line, placed.Column = n.Content[i].Line, n.Content[i].Column
		all = append(all, pair{&placed, value})
	}
	for _, m := range merges {
		from := []*yaml.Node{m}
		if t := target(m); t.Kind == yaml.SequenceNode {
			from = t.Content
		}
		for _, f := range from {
			fields, err := r.mapping(f)
			if err != nil {
				return nil, err
			}
			for _, p := range fields {
				if first[p.key.Value] == nil {
					first[p.key.Value] = p.key
					all = append(all, p)
				}
			}
		}
	}
	return all, nil
}

// field is one field of a mapping; nil where there is none, or no mapping.
func (r *reader) field(n *yaml.Node, name string) (*yaml.Node, error) {
	if n == nil || target(n).Kind != yaml.MappingNode {
		return nil, nil
	}
	fields, err := r.mapping(n)
	for _, f := range fields {
		if f.key.Value == name {
			return f.value, err
		}
	}
	return nil, err
}

// items are the values of a list; null has none.
func (r *reader) items(n *yaml.Node) ([]*yaml.Node, error) {
	if n == nil {
		return nil, nil
	}
	if err := r.spend(n); err != nil {
		return nil, err
	}
	at := n
	n = target(n)
	switch {
	case n.Kind == yaml.SequenceNode:
		return n.Content, nil
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		return nil, nil
	}
	return nil, r.wrong(r.pos(at), "there is no list here, but "+words(n), "write one - a line")
}

// value is what YAML makes of a node, in the types of JSON and int.
func (r *reader) value(n *yaml.Node) (any, error) {
	if err := r.spend(n); err != nil {
		return nil, err
	}
	at := n
	switch n = target(n); n.Kind {
	case yaml.SequenceNode:
		all := []any{}
		for _, item := range n.Content {
			v, err := r.value(item)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		return all, nil
	case yaml.MappingNode:
		fields, err := r.mapping(n)
		all := map[string]any{}
		for _, f := range fields {
			if all[f.key.Value], err = r.value(f.value); err != nil {
				return nil, err
			}
		}
		return all, err
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, r.wrong(r.pos(at), fmt.Sprintf("it is no %s", strings.TrimPrefix(n.ShortTag(), "!!")), "")
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

// scalar is the text of a value, as an environment carries it; ok is false for null.
func (r *reader) scalar(n *yaml.Node) (text string, ok bool, err error) {
	v, err := r.value(n)
	if err != nil || v == nil {
		return "", false, err
	}
	switch v.(type) {
	case []any, map[string]any:
		return "", false, r.wrong(r.pos(n), "the value is "+words(target(n)), "an environment holds text, numbers, true and false")
	}
	return fmt.Sprint(v), true, nil
}

func words(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	}
	return "a single value"
}
