// Package deployed reads the configuration files of a running cluster: dynamic config, env files, Compose files, ECS
// task definitions, values of the Helm chart and the server's static configuration. It reports each setting with its
// service and place; other packages interpret them.
package deployed

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Format is a configuration file format.
type Format string

// Formats that can be read.
const (
	DynamicConfig Format = "dynamic-config" // the Temporal server's dynamic-config file
	Env           Format = "env"            // NAME=VALUE lines
	Compose       Format = "compose"        // a Compose file, with its env files
	ECS           Format = "ecs"            // task definitions and services in the AWS CLI's formats
	Helm          Format = "helm"           // values of the official Temporal chart, or of a chart that depends on it
	Server        Format = "server-config"  // the static configuration of the Temporal server
	Kubernetes    Format = "kubernetes"     // manifests, also as Helm renders them
	Stack         Format = "cloudformation" // a CloudFormation template
	Terraform     Format = "terraform"      // a Terraform plan or state as JSON
)

// Formats lists the formats in order of output.
var Formats = []Format{DynamicConfig, Env, Compose, ECS, Helm, Server, Kubernetes, Stack, Terraform}

// File holds the settings of one file.
type File struct {
	Name     string
	Format   Format
	Settings []Setting // in the order of the file
	Notices  []Notice
	// Containers are the programs that the file starts; empty if its settings belong to the server itself.
	Containers []Container
}

// Notice is a remark on a file that does not prevent reading it.
type Notice struct {
	Rule            string // a rule of the schema: its severity and description
	Message, Remedy string
	Pos             source.Pos
}

// Rules of notices.
const (
	missingFile     = "missing_file"
	nothingSet      = "nothing_set"
	ignoredDocument = "ignored_document"
	unreadablePart  = "unreadable_part"
	deadValue       = "dead_value"
)

// Stdin is the name of the standard input.
const Stdin = "-"

// Kind is what a setting's key refers to.
type Kind string

// Kinds of settings.
const (
	Dynamic  Kind = "dynamic_config" // a dynamic-config key
	Variable Kind = "variable"       // an environment variable
	Static   Kind = "static"         // a field of the file's format, by path
)

// Setting is one value in a file.
type Setting struct {
	Kind Kind
	// service, container or chart component, as the file names it; "" means all
	Service string
	Key     string
	// text for a variable, otherwise the YAML value; nil if unknown or secret
	Value any
	// the value comes from elsewhere: a placeholder, a secret store, the shell
	Unknown bool
	// the value is secret, and so not kept
	Secret bool
	// role of the data store that a field of the static configuration belongs to; "" if there is none
	Store string
	// the value with digests in place of secrets
	Shown any
	// constraints of a dynamic-config value, and other fields, which the server ignores
	Constraints, Ignored []Field
	Pos, ValuePos        source.Pos
}

// Field is a field with its value and the place of its name.
type Field struct {
	Name  string
	Value any
	Pos   source.Pos
}

// Doing is the operation that errors name.
const Doing = "read deployed configuration"

// Read reads a file in a format, or detects the format if it is "".
func Read(ctx context.Context, name string, format Format) (*File, error) {
	return Reader{Format: format}.File(ctx, name)
}

// Reader holds the options for reading a configuration.
type Reader struct {
	Format   Format           // "" means detected
	Redactor *redact.Redactor // makes the digests; nil means one for each file
	// Budget is shared by the files of one request; nil means one for each file.
	Budget *budget.Configuration
	Stdin  io.Reader // nil means that the standard input cannot be read
}

// File reads a file, or Stdin, and the files that it refers to.
func (o Reader) File(ctx context.Context, name string) (*File, error) {
	if name == Stdin && o.Stdin != nil {
		name = "stdin"
		data, err := budget.ConfigFile.Read(o.Stdin)
		if err != nil {
			return nil, source.Unreadable(Doing, &fs.PathError{Op: "read", Path: name, Err: err}, "")
		}
		return o.parseFile(ctx, &reader{name: name, files: true, open: openNamed, exists: fileExists}, data)
	}
	data, err := readContents(name, false)
	if err != nil {
		return nil, err
	}
	return o.parseFile(ctx, &reader{name: name, files: true, open: openNamed, exists: fileExists}, data)
}

// Text reads configuration text. It must not refer to files, which differ between machines.
func (o Reader) Text(ctx context.Context, name string, data []byte) (*File, error) {
	r := &reader{name: name, exists: func(string) bool { return false }}
	r.open = func(path string) (string, error) {
		return "", r.newError(source.Pos{File: name}, "it refers to file "+path+", which is not available", resolved)
	}
	return o.parseFile(ctx, r, data)
}

// parseFile reads the content of a file.
func (o Reader) parseFile(ctx context.Context, r *reader, data []byte) (*File, error) {
	name, format := r.name, o.Format
	if r.budget = o.Budget; r.budget == nil {
		r.budget = budget.NewConfiguration()
	}
	at := source.Pos{File: name}
	if err := r.budget.Files.Spend(1); err != nil {
		return nil, r.budgetError(at, err)
	}
	if r.redactor = o.Redactor; r.redactor == nil {
		r.redactor = redact.New(nil)
	}
	if err := budget.ConfigFile.Check(int64(len(data))); err != nil {
		return nil, r.budgetError(at, err)
	}
	text, err := decodeText(name, data)
	if err != nil {
		return nil, err
	}
	file := &File{Name: name, Format: format}
	r.found = &collected{}
	if format == "" && looksLikeEnv(name, text) {
		file.Format = Env
	}
	if file.Format == Env {
		file.Settings, err = r.readEnv(name, text, variables{})
	} else {
		err = r.readStructured(ctx, file, withoutTemplate(text))
		if input := (*source.Error)(nil); errors.As(err, &input) && expressions().MatchString(text) && format != Compose {
			// a template that another program fills in
			copied := File{Name: name, Format: format}
			r.found, r.lines = &collected{}, nil
			if again := r.readStructured(ctx, &copied, stripTemplate(text)); again == nil {
				*file, err = copied, nil
			}
		}
	}
	if err != nil {
		return nil, err
	}
	if len(file.Settings) == 0 && file.Format != Env && file.Format != DynamicConfig && !r.isEmpty && len(r.found.notices) == 0 {
		r.addNotice(at, nothingSet, "the file has no setting of the server, the plugin or a worker", "")
	}
	file.Notices, file.Containers = r.found.notices, r.found.containers
	if err := r.budget.Settings.Spend(len(file.Settings)); err != nil {
		return nil, r.budgetError(at, err)
	}
	for _, s := range file.Settings {
		if err := r.budget.SettingValues.Spend(s.values()); err != nil {
			return nil, r.budgetError(s.Pos, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	hideAll(file.Settings, r.redactor)
	return file, nil
}

// readStructured reads a file of YAML or JSON into file.
func (r *reader) readStructured(ctx context.Context, file *File, text string) error {
	r.text = text
	docs, err := r.parseDocuments(text)
	if err != nil {
		return rejectedWhole(file.Format, r.name, err)
	}
	if len(docs) == 0 {
		r.isEmpty = true // or comments only
		return nil
	}
	if file.Format == "" {
		if file.Format, err = r.detectFormat(docs); err != nil {
			return err
		}
		if file.Format == "" {
			return r.newError(
				source.Pos{File: r.name},
				"unrecognised configuration",
				"use one of the formats "+formatList()+", and name it with --format",
			)
		}
	}
	if file.Format == Compose {
		r.ignoreDocuments(docs)
		file.Settings, err = r.readCompose(ctx, docs[0], text)
	} else {
		file.Settings, err = r.readFormat(file.Format, docs)
	}
	return err
}

// readFormat reads the documents of a file, or of a text in one.
func (r *reader) readFormat(format Format, docs []*yaml.Node) ([]Setting, error) {
	if format == Kubernetes {
		return r.readManifests(docs)
	}
	r.ignoreDocuments(docs)
	switch format {
	case DynamicConfig:
		return r.readDynamicConfig(docs[0])
	case ECS:
		return r.readECS(docs[0])
	case Helm:
		return r.readHelm(docs[0])
	case Server:
		return r.serverConfig(docs[0])
	case Stack:
		return r.readStack(docs[0])
	case Terraform:
		return r.readTerraform(docs[0])
	}
	return nil, source.Wrong(Doing, "unknown format "+string(format), "use one of "+formatList())
}

// ignoreDocuments notes documents after the first, which the reader of the file ignores.
func (r *reader) ignoreDocuments(docs []*yaml.Node) {
	if len(docs) > 1 {
		r.addNotice(r.position(docs[1]), ignoredDocument, "the file has another document here, which is ignored", "")
	}
}

func formatList() string {
	var names []string
	for _, f := range Formats {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// detectFormat detects the format by the top-level fields.
func (r *reader) detectFormat(docs []*yaml.Node) (Format, error) {
	for _, doc := range docs {
		if r.isManifest(doc) {
			return Kubernetes, nil
		}
	}
	root := followAlias(docs[0])
	if root.Kind == yaml.SequenceNode {
		return ECS, nil
	}
	fields, err := r.mappingFields(root)
	if err != nil && root.Kind == yaml.MappingNode {
		return "", err
	}
	names := map[string]*yaml.Node{}
	for _, f := range fields {
		names[f.key.Value] = followAlias(f.value)
		if r.isServerConfig(f.key.Value, followAlias(f.value)) {
			return Server, nil
		}
	}
	resources := names["Resources"]
	switch {
	case resources != nil && resources.Kind == yaml.MappingNode && (names["AWSTemplateFormatVersion"] != nil || r.hasStackResource(resources)):
		return Stack, nil
	case names["planned_values"] != nil, names["terraform_version"] != nil && names["values"] != nil:
		return Terraform, nil
	}
	entries := 0
	for _, f := range fields {
		value := followAlias(f.value)
		switch name := f.key.Value; {
		case name == "services" && value.Kind == yaml.MappingNode, name == "include":
			return Compose, nil
		case name == "services" && value.Kind == yaml.SequenceNode, name == "containerDefinitions", name == "taskDefinition":
			return ECS, nil
		case name == "server" && value.Kind == yaml.MappingNode:
			return Helm, nil
		case value.Kind == yaml.SequenceNode && r.isEntries(value):
			entries++
		}
	}
	base := strings.ToLower(filepath.Base(r.name))
	if r.block.at != nil {
		base = ""
	}
	switch {
	case entries > 0, strings.Contains(base, "dynamic"):
		return DynamicConfig, nil
	case strings.Contains(base, "compose"):
		return Compose, nil
	case len(r.findCharts(fields)) > 0:
		return Helm, nil
	case strings.HasSuffix(base, ".json"):
		return ECS, nil
	}
	return "", nil
}

// reader reads one file and the files that it refers to.
type reader struct {
	name     string
	open     func(string) (string, error) // returns the text of another file
	exists   func(string) bool
	files    bool // can open other files
	budget   *budget.Configuration
	redactor *redact.Redactor
	found    *collected
	text     string   // of the file, or of the part of it that is read
	lines    []string // of the text; nil until needed
	block    block    // place of the text in the file
	isEmpty  bool     // the file has comments at most
}

// collected holds what the readers of one file find besides settings.
type collected struct {
	notices    []Notice
	containers []Container
}

// addNotice adds a remark on the file. Without a remedy, it has that of its rule.
func (r *reader) addNotice(at source.Pos, rule, message, remedy string) {
	r.found.notices = append(r.found.notices, Notice{rule, message, remedy, at})
}

func (r *reader) newError(at source.Pos, message, remedy string) error {
	return &source.Error{Doing: Doing, Problems: []source.Problem{{Message: message, Pos: at, Remedy: remedy}}}
}

// budgetError adds the place and remedy to a budget error.
func (r *reader) budgetError(at source.Pos, err error) error {
	exceeded := budget.IsExceeded(err)
	if exceeded == nil {
		return err
	}
	return r.newError(at, exceeded.Error(), exceeded.Limit.Remedy)
}

// values counts the values in a setting, item by item.
func (s Setting) values() int {
	n := countValues(s.Value)
	for _, fields := range [][]Field{s.Constraints, s.Ignored} {
		for _, f := range fields {
			n += countValues(f.Value)
		}
	}
	return n
}

func countValues(v any) int {
	n := 1
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n += countValues(item)
		}
	case map[string]any:
		for _, item := range v {
			n += countValues(item)
		}
	}
	return n
}

// siblingPath returns a path relative to the file's folder.
func (r *reader) siblingPath(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(r.name), path)
}

// lastSettings keeps the last setting of each name and service. Dynamic-config keys can have several values.
func lastSettings(all []Setting) []Setting {
	type name struct {
		kind         Kind
		service, key string
	}
	last := map[name]int{}
	for i, s := range all {
		last[name{s.Kind, s.Service, s.Key}] = i
	}
	var kept []Setting
	for i, s := range all {
		if s.Kind == Dynamic || last[name{s.Kind, s.Service, s.Key}] == i {
			kept = append(kept, s)
		}
	}
	return kept
}

// fileExists reports whether a file exists.
func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
