// Package deployed reads the files that a running cluster is configured by:
// dynamic config, env files, Compose files, ECS task definitions, values of the
// Helm chart and the static configuration of the server. It reports what is set, for which service and where it stands;
// what a setting means is for others to say.
package deployed

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Format is a way of writing a configuration down.
type Format string

// Formats that can be read.
const (
	DynamicConfig Format = "dynamic-config" // the Temporal server's own file
	Env           Format = "env"            // NAME=VALUE lines
	Compose       Format = "compose"        // a Compose file, with the env files that it names
	ECS           Format = "ecs"            // task definitions and services, as the AWS CLI prints or takes them
	Helm          Format = "helm"           // values of the official Temporal chart
	Server        Format = "server-config"  // the static configuration of the Temporal server
)

// Formats in the order in which they are listed.
var Formats = []Format{DynamicConfig, Env, Compose, ECS, Helm, Server}

// A File is what one file configures.
type File struct {
	Name     string
	Format   Format
	Settings []Setting // in the order of the file
}

// A Kind says what a setting's key names.
type Kind string

// Kinds of settings.
const (
	Dynamic  Kind = "dynamic_config" // a dynamic-config key
	Variable Kind = "variable"       // an environment variable
	Static   Kind = "static"         // a field of the file's own format, by its path
)

// A Setting is one value that is given.
type Setting struct {
	Kind Kind
	// the service, container or chart component that it is given to, as the file
	// names it; "" is all of them
	Service string
	Key     string
	// text for a variable, what YAML makes of it for the others; nil where it is
	// unknown or a secret
	Value any
	// a value that the file leaves to somewhere else: a placeholder, a secret
	// store, the shell
	Unknown bool
	// a value that nobody should see, and that is therefore not kept
	Secret bool
	// what may be seen of the value: a digest in the place of each secret
	Shown any
	// of a dynamic-config value: what it is constrained by, and fields beside
	// value and constraints, which the server passes over
	Constraints, Ignored []Named
	Pos, ValuePos        source.Pos
}

// Named is a field with its value and the place of its name.
type Named struct {
	Name  string
	Value any
	Pos   source.Pos
}

const doing = "read deployed configuration"

// Read reads a file in the format given, or in the one that it looks like
// where none is.
func Read(ctx context.Context, name string, format Format) (*File, error) {
	return Reading{Format: format}.File(ctx, name)
}

// A Reading is how a configuration is read.
type Reading struct {
	Format   Format           // what it looks like where it is ""
	Redactor *redact.Redactor // makes the digests; one of the file's own where nil
	// Budget is shared by the files of one request; nil gives each file its own.
	Budget *budget.Configuration
}

// File reads a file, and those that it names.
func (o Reading) File(ctx context.Context, name string) (*File, error) {
	data, err := contents(name, false)
	if err != nil {
		return nil, err
	}
	return o.parse(ctx, &reader{name: name, files: true, open: openNamed, exists: exists}, data)
}

// Text reads a configuration that is at hand. It may name no file: what that
// would be is another matter on every machine.
func (o Reading) Text(ctx context.Context, name string, data []byte) (*File, error) {
	r := &reader{name: name, exists: func(string) bool { return false }}
	r.open = func(path string) (string, error) {
		return "", r.wrong(source.Pos{File: name}, "it names the file "+path+", which is not at hand", resolved)
	}
	return o.parse(ctx, r, data)
}

// parse reads what a file holds.
func (o Reading) parse(ctx context.Context, r *reader, data []byte) (*File, error) {
	name, format := r.name, o.Format
	if r.budget = o.Budget; r.budget == nil {
		r.budget = budget.NewConfiguration()
	}
	at := source.Pos{File: name}
	if err := r.budget.Files.Spend(1); err != nil {
		return nil, r.exceeded(at, err)
	}
	if r.redactor = o.Redactor; r.redactor == nil {
		r.redactor = redact.New(nil)
	}
	if err := budget.ConfigFile.Check(int64(len(data))); err != nil {
		return nil, r.exceeded(at, err)
	}
	text, err := decode(name, data)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, r.wrong(at, "the file is empty", "")
	}
	file := &File{Name: name, Format: format}
	var root *yaml.Node
	if format == "" && looksLikeEnv(name, text) {
		file.Format = Env
	}
	if file.Format != Env {
		if root, err = r.tree(withoutTemplate(text)); err != nil {
			return nil, err
		}
		if file.Format == "" {
			if file.Format, err = r.shape(root); err != nil {
				return nil, err
			}
			if file.Format == "" {
				return nil, r.wrong(at, "it is none of the configurations that can be read", "readable: "+list()+"; --format says which it is")
			}
		}
	}
	switch file.Format {
	case Env:
		file.Settings, err = r.env(name, text, variables{})
	case DynamicConfig:
		file.Settings, err = r.dynamicConfig(root)
	case Compose:
		file.Settings, err = r.compose(ctx, root, text)
	case ECS:
		file.Settings, err = r.ecs(root)
	case Helm:
		file.Settings, err = r.helm(root)
	case Server:
		file.Settings, err = r.serverConfig(root)
	default:
		return nil, source.Wrong(doing, "unknown format "+string(format), "allowed: "+list())
	}
	if err != nil {
		return nil, err
	}
	if len(file.Settings) == 0 {
		return nil, r.wrong(at, "nothing is set in it", "readable: "+list()+"; --format says which it is")
	}
	if err := r.budget.Settings.Spend(len(file.Settings)); err != nil {
		return nil, r.exceeded(at, err)
	}
	for _, s := range file.Settings {
		if err := r.budget.SettingValues.Spend(s.values()); err != nil {
			return nil, r.exceeded(s.Pos, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	hideAll(file.Settings, r.redactor)
	return file, nil
}

func list() string {
	var names []string
	for _, f := range Formats {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// shape tells the format by the fields at the top.
func (r *reader) shape(root *yaml.Node) (Format, error) {
	root = target(root)
	if root.Kind == yaml.SequenceNode {
		return ECS, nil
	}
	fields, err := r.mapping(root)
	if err != nil && root.Kind == yaml.MappingNode {
		return "", err
	}
	for _, f := range fields {
		if r.isServerConfig(f.key.Value, target(f.value)) {
			return Server, nil
		}
	}
	entries := 0
	for _, f := range fields {
		value := target(f.value)
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
	switch {
	case entries > 0, strings.Contains(base, "dynamic"):
		return DynamicConfig, nil
	case strings.Contains(base, "compose"):
		return Compose, nil
	case strings.HasSuffix(base, ".json"):
		return ECS, nil
	}
	return "", nil
}

// reader reads one file, and what it names.
type reader struct {
	name     string
	open     func(string) (string, error) // the text of a file that it names
	exists   func(string) bool
	files    bool // others may be opened
	budget   *budget.Configuration
	redactor *redact.Redactor
}

func (r *reader) wrong(at source.Pos, message, hint string) error {
	return &source.Error{Doing: doing, Problems: []source.Problem{{Message: message, Pos: at, Hint: hint}}}
}

// exceeded places an error of the budget.
func (r *reader) exceeded(at source.Pos, err error) error {
	exceeded := budget.IsExceeded(err)
	if exceeded == nil {
		return err
	}
	return r.wrong(at, exceeded.Error(), exceeded.Limit.Remedy)
}

// values counts what a setting holds, item by item.
func (s Setting) values() int {
	n := countValues(s.Value)
	for _, fields := range [][]Named{s.Constraints, s.Ignored} {
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

func (r *reader) pos(n *yaml.Node) source.Pos {
	return source.Pos{File: r.name, Line: n.Line, Column: n.Column}
}

// beside is a path as a file in the same folder means it.
func (r *reader) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(r.name), path)
}

// winning keeps the last of the settings of one name and service. A
// dynamic-config key may have several values.
func winning(all []Setting) []Setting {
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

// exists reports whether there is such a file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
