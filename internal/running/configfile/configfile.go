// Package configfile reads the configuration files of a running cluster: dynamic config, env files, Compose files, ECS
// task definitions, values of the Helm chart and the server's static configuration. It reports each setting with its
// service and place; other packages interpret them.
package configfile

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/compose"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/dynamicfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Unrecognised is the message about a file whose format is not detected. Commands with a flag for the format add it to the
// remedy.
const Unrecognised = "unrecognised configuration"

// Stdin is the name of the standard input.
const Stdin = "-"

// Read reads a file in a format, or detects the format if it is "".
func Read(ctx context.Context, name string, format deployed.Format) (*deployed.File, error) {
	return Reader{Format: format}.File(ctx, name)
}

// Reader holds the options for reading a configuration.
type Reader struct {
	Format   deployed.Format  // "" means detected
	Redactor *redact.Redactor // makes the digests; nil means one for each file
	// Budget is shared by the files of one request; nil means one for each file.
	Budget *budget.Configuration
	Stdin  io.Reader // nil means that the standard input cannot be read
	// KeepsRest makes File go on where a part of a file, or a file that it refers to, cannot be read: File.Unread has the
	// problem.
	KeepsRest bool
	Given     []string // the files that are read in all
}

// File reads a file, or Stdin, and the files that it refers to.
func (o Reader) File(ctx context.Context, name string) (*deployed.File, error) {
	r, err := o.openFile(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := readTogether(r.pending); err != nil {
		return nil, err
	}
	return r.file, o.complete(ctx, r)
}

// openFile reads a file, or Stdin, except for its manifests.
func (o Reader) openFile(ctx context.Context, name string) (*reader, error) {
	if name == Stdin && o.Stdin != nil {
		name = "stdin"
		data, err := budget.ConfigFile.Read(o.Stdin)
		if err != nil {
			return nil, source.Unreadable(deployed.Doing, &fs.PathError{Op: "read", Path: name, Err: err}, "")
		}
		return o.open(ctx, name, configtext.OnDisk, data)
	}
	data, err := configtext.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return o.open(ctx, name, configtext.OnDisk, data)
}

// Text reads configuration text. It must not refer to files, which differ between machines.
func (o Reader) Text(ctx context.Context, name string, data []byte) (*deployed.File, error) {
	none := configtext.Files{Exists: func(string) bool { return false }}
	none.Open = func(path string) (string, error) { return "", compose.NewMissingFileError(name, path) }
	r, err := o.open(ctx, name, none, data)
	if err != nil {
		return nil, err
	}
	if err := readTogether(r.pending); err != nil {
		return nil, err
	}
	return r.file, o.complete(ctx, r)
}

// open reads the content of a file, except for its manifests.
func (o Reader) open(ctx context.Context, name string, files configtext.Files, data []byte) (*reader, error) {
	format := o.Format
	r := &reader{Text: &configtext.Text{Name: name, Files: files, Findings: &configtext.Findings{}}, given: o.Given}
	if r.Budget = o.Budget; r.Budget == nil {
		r.Budget = budget.NewConfiguration()
	}
	at := source.Pos{File: name}
	if err := r.Budget.Files.Spend(1); err != nil {
		return nil, r.BudgetError(at, err)
	}
	if r.Redactor = o.Redactor; r.Redactor == nil {
		r.Redactor = redact.New(nil)
	}
	if err := budget.ConfigFile.Check(int64(len(data))); err != nil {
		return nil, r.BudgetError(at, err)
	}
	text, err := configtext.DecodeText(name, data)
	if err != nil {
		return nil, err
	}
	file := &deployed.File{Name: name, Format: format}
	if format == "" && envfile.IsEnvFile(name, text) {
		file.Format = deployed.Env
	}
	if file.Format == deployed.Env {
		file.Settings, err = envfile.Read(r.OtherFile(name, text), envfile.Variables{})
	} else {
		r.SetContent(text)
		r.FillTemplate()
		err = r.readStructured(ctx, file)
		if input := (*source.Error)(nil); errors.As(err, &input) && configtext.HasExpressions(text) && format != deployed.Compose {
			// a template that another program fills in
			copied := deployed.File{Name: name, Format: format}
			r.Findings, r.pending = &configtext.Findings{}, nil
			r.SetContent(text)
			r.StripTemplate()
			if again := r.readStructured(ctx, &copied); again == nil {
				*file, err = copied, nil
			}
		}
	}
	if err != nil || len(file.Settings)+len(r.pending) == 0 {
		err = cmp.Or(r.checkFormat(format), err)
	}
	if err != nil {
		return nil, err
	}
	r.file = file
	return r, ctx.Err()
}

// complete adds what the reading of a file has found, and checks how much it is.
func (o Reader) complete(ctx context.Context, r *reader) error {
	file, at := r.file, source.Pos{File: r.Name}
	isUsed := r.isEmpty
	for _, part := range r.pending {
		file.Settings = append(file.Settings, part.settings...)
		isUsed = isUsed || part.isUsed
	}
	file.Containers = r.Findings.Containers
	deployed.NameTasks(file)
	isRead := func(n deployed.Notice) bool {
		return file.Format != deployed.Kubernetes || n.Rule != deployed.RuleMissingFile && n.Rule != deployed.RuleUnreadSource
	}
	if len(file.Settings) == 0 && file.Format != deployed.Env && file.Format != deployed.DynamicConfig && !isUsed &&
		len(r.Findings.Unread) == 0 && !slices.ContainsFunc(r.Findings.Notices, isRead) {
		r.AddNotice(at, deployed.RuleNothingSet, "the file has no setting of the server, the plugin or a worker", "")
	}
	file.Notices, file.Project, file.Unread = r.Findings.Notices, r.Findings.Project, r.Findings.Unread
	if len(file.Unread) > 0 && !o.KeepsRest {
		return &source.Error{Doing: deployed.Doing, Problems: file.Unread}
	}
	if err := r.Budget.Settings.Spend(len(file.Settings)); err != nil {
		return r.BudgetError(at, err)
	}
	for _, s := range file.Settings {
		if err := r.Budget.SettingValues.Spend(s.CountValues()); err != nil {
			return r.BudgetError(s.Pos, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	deployed.HideSecrets(file.Settings, r.Redactor)
	return nil
}

// readStructured reads the content, YAML or JSON, into file.
func (r *reader) readStructured(ctx context.Context, file *deployed.File) error {
	docs, err := r.ParseDocuments()
	if err != nil {
		return dynamicfile.AddRejection(file.Format, r.Name, err)
	}
	if len(docs) == 0 {
		r.isEmpty = true // or comments only
		return nil
	}
	if file.Format == "" {
		if file.Format, err = r.detectFormat(docs); err != nil {
			return err
		}
		if file.Format == "" && !slices.ContainsFunc(docs, hasContent) {
			return nil // whatever it is, it sets nothing
		}
		if file.Format == "" {
			return r.NewError(
				source.Pos{File: r.Name},
				Unrecognised,
				"use one of the formats "+formatList(),
			)
		}
	}
	if file.Format == deployed.Helm && len(docs) == 1 && !hasContent(docs[0]) {
		return nil // the chart's own values
	}
	if file.Format == deployed.Compose {
		r.IgnoreDocuments(docs)
		file.Settings, err = compose.Read(ctx, r.Text, docs[0], readMounted)
	} else {
		file.Settings, err = r.readFormat(file.Format, docs)
	}
	return err
}

// hasContent reports whether a document is neither null nor {}.
func hasContent(doc *yaml.Node) bool {
	root := configtext.FollowAlias(doc)
	return !configtext.IsNull(root) && (root.Kind != yaml.MappingNode || len(root.Content) > 0)
}

// readFormat reads the documents of a file, or of a text in one.
func (r *reader) readFormat(format deployed.Format, docs []*yaml.Node) ([]deployed.Setting, error) {
	if format == deployed.Kubernetes {
		file, err := r.openManifests(docs)
		if err == nil {
			r.pending = append(r.pending, file)
		}
		return nil, err
	}
	r.IgnoreDocuments(docs)
	switch format {
	case deployed.DynamicConfig:
		return dynamicfile.Read(r.Text, docs[0])
	case deployed.ECS:
		return r.readECS(docs[0])
	case deployed.Helm:
		return r.readHelm(docs[0])
	case deployed.Server:
		return r.readServerConfig(docs[0])
	case deployed.Stack:
		return r.readStack(docs[0])
	case deployed.Terraform:
		return r.readTerraform(docs[0])
	}
	return nil, source.Wrong(deployed.Doing, "unknown format "+string(format), "use one of "+formatList())
}

func formatList() string {
	var names []string
	for _, f := range deployed.Formats {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// reader reads the formats of one file.
type reader struct {
	*configtext.Text
	file    *deployed.File
	isEmpty bool            // the file has comments at most
	given   []string        // the files that are read in all
	pending []*manifestFile // its manifests, which are read together with those of other files
}

// readEach returns the settings of several parts, in their order.
func readEach[T any](parts []T, read func(T) ([]deployed.Setting, error)) ([]deployed.Setting, error) {
	var all []deployed.Setting
	for _, part := range parts {
		found, err := read(part)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
