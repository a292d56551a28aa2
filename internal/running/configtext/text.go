// Package configtext reads the text of a configuration file, YAML or JSON, as nodes that keep their places. Reading spends
// the budget of the request, and an alias counts each time it is used.
package configtext

import (
	"errors"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Text is the text of a file, or of a part of it, with what its reading has found so far.
type Text struct {
	Name     string
	Files    Files
	Budget   *budget.Configuration
	Redactor *redact.Redactor
	Findings *Findings
	content  string
	lines    []string // of the content; nil until needed
	omitted  []int    // lines of the content that StripTemplate has left out
	block    block    // place of the content in the file
	parts    *parts   // the texts that its nodes are from; nil if they are from the content
}

// SetContent replaces the content, which parsing and places refer to.
func (t *Text) SetContent(content string) { t.content, t.lines, t.omitted = content, nil, nil }

// Content returns the content.
func (t *Text) Content() string { return t.content }

// OtherFile returns the content of another file, with the same budget and findings.
func (t *Text) OtherFile(name, content string) *Text {
	other := *t
	other.Name, other.parts = name, nil
	other.SetContent(content)
	return &other
}

// Files are the files that a text can refer to.
type Files struct {
	Open      func(string) (string, error) // returns the text of a file
	Exists    func(string) bool
	AreOnDisk bool // or else there are none
}

// Findings hold what is found in a file, and those that it refers to, besides settings.
type Findings struct {
	Notices    []deployed.Notice
	Containers []deployed.Container
	Project    deployed.Project
	// Unread are the problems of files that the file refers to, and of parts of it, that cannot be read: the rest is
	Unread []source.Problem
}

// AddNotice adds a remark on the file. Without a remedy, it has that of its rule.
func (t *Text) AddNotice(at source.Pos, rule, message, remedy string) {
	t.Findings.Notices = append(t.Findings.Notices, deployed.Notice{Rule: rule, Message: message, Remedy: remedy, Pos: at})
}

// AddUnread notes what is wrong with a file that cannot be read, so that the reading of the others can go on. It returns
// other errors.
func (t *Text) AddUnread(err error) error {
	var input *source.Error
	if !errors.As(err, &input) {
		return err
	}
	for _, p := range input.Problems {
		if !slices.Contains(t.Findings.Unread, p) {
			t.Findings.Unread = append(t.Findings.Unread, p)
		}
	}
	return nil
}

// NewError returns an error about a place.
func (t *Text) NewError(at source.Pos, message, remedy string) error {
	return &source.Error{Doing: deployed.Doing, Problems: []source.Problem{{Message: message, Pos: at, Remedy: remedy}}}
}

// BudgetError adds the place and remedy to a budget error.
func (t *Text) BudgetError(at source.Pos, err error) error {
	exceeded := budget.IsExceeded(err)
	if exceeded == nil {
		return err
	}
	return t.NewError(at, exceeded.Error(), exceeded.Limit.Remedy)
}

// IsSpent reports whether the reading has used up what it can read.
func (t *Text) IsSpent() bool {
	return slices.ContainsFunc([]*budget.Meter{t.Budget.Files, t.Budget.Values, t.Budget.Text}, func(m *budget.Meter) bool {
		return m.Spend(0) != nil
	})
}

// SiblingPath returns a path relative to the file's folder.
func (t *Text) SiblingPath(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(t.Name), path)
}

// FieldAt returns the field at a path, or nil.
func (t *Text) FieldAt(n *yaml.Node, path ...string) (*yaml.Node, error) {
	var err error
	for _, name := range path {
		if n, err = t.FieldOf(n, name); n == nil || err != nil {
			return nil, err
		}
	}
	return n, nil
}

// ItemsAt returns the items of the list at a path; none if there is no such field.
func (t *Text) ItemsAt(n *yaml.Node, path ...string) ([]*yaml.Node, error) {
	list, err := t.FieldAt(n, path...)
	if err != nil || list == nil {
		return nil, err
	}
	return t.ListItems(list)
}

// TextAt returns the text of the field at a path, or "".
func (t *Text) TextAt(n *yaml.Node, path ...string) (string, error) {
	at, err := t.FieldAt(n, path...)
	if at == nil || err != nil || FollowAlias(at).Kind != yaml.ScalarNode {
		return "", err
	}
	return FollowAlias(at).Value, nil
}

// ListWords returns the text of a scalar, or of the scalars in a list.
func ListWords(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var all []string
	for _, item := range n.Content {
		if n.Kind == yaml.SequenceNode && FollowAlias(item).Kind == yaml.ScalarNode {
			all = append(all, FollowAlias(item).Value)
		}
	}
	return all
}
