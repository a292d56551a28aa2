// Package deployed holds the configuration of a running cluster: each setting with its service and place, and the programs
// that the files start. Package configfile reads it; other packages interpret it.
package deployed

import (
	"strings"

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
	Project  Project
	// Containers are the programs that the file starts; empty if its settings belong to the server itself.
	Containers []Container
	// Unread are the problems of files that it refers to and that cannot be read; the settings are those of the others.
	Unread []source.Problem
}

// Project is what a Compose file shows of its project, besides settings.
type Project struct {
	Name string // as the file or the .env next to it states; "" if none does
	// Files are the files that the .env next to the file names (COMPOSE_FILE), the weakest first
	Files []string
	// Changes are the services that the file changes and that another file starts
	Changes []string
	Parts   []ProjectPart
}

// ProjectPart is a service of another Compose file that a file includes or extends.
type ProjectPart struct{ File, Service string }

// Notice is a remark on a file that does not prevent reading it.
type Notice struct {
	Rule            string // a rule of the schema: its severity and description
	Message, Remedy string
	Pos             source.Pos
}

// Rules of notices.
const (
	RuleMissingFile     = "missing_file"
	RuleNothingSet      = "nothing_set"
	RuleIgnoredDocument = "ignored_document"
	RuleUnreadablePart  = "unreadable_part"
	RuleDeadValue       = "dead_value"
	RuleManyPlaces      = "many_places"
	RuleUnreadSource    = "unread_source"
	RuleEmptyConstraint = "empty_constraint"
)

// Kind is the kind of thing that a setting's key names.
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
	// family of the task definition that the container is in; "" if there is none
	Family string
	// part of the files that is a separate cluster, such as a subchart or a Compose project; "" if there is one
	Cluster string
	Key     string
	// text for a variable, otherwise the YAML value; nil if unknown or secret
	Value any
	// the value comes from elsewhere: a placeholder, a secret store, the shell
	Unknown bool
	// a variable with the name of a secret was filled in
	FromSecret bool
	// a Secret of Kubernetes holds the value: it is one, unless a program of the deployment reads it
	InSecret bool
	// the value is secret, and so not kept
	Secret bool
	// role of the data store that a field of the static configuration belongs to; "" if there is none
	Store string
	// SQL plugin of that store, if the file names it
	StorePlugin string
	// it is a field of the server's own configuration file
	ServerFile bool
	// the file is a template with other parts, under conditions or inserted
	Partial bool
	// it is in a ConfigMap as the official Helm chart renders it
	IsOfChart bool
	// the cluster is one of several variants: kustomizations that render common files, or Compose files of one folder
	IsVariant bool
	// the fields above a field of a static configuration, by path
	Above []Field
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

// Container is a program that a file starts.
type Container struct {
	Service string
	// Image, and the words of its command and arguments; empty if the file has none
	Image, Command string
	ImagePos       source.Pos
	// Version of the Temporal server that the file states; "" if it states none
	Version    string
	VersionPos source.Pos
	// Task is the name of a container in its task definition, and Family that of the task definition; empty without one
	Task, Family string
	// IsPartial means that it has variables that the files do not show, so a variable that they lack can still be set
	IsPartial bool
	// IsData means that it is a ConfigMap or a Secret with the variables of a program
	IsData bool
}

// SplitImage returns the name of an image without its tag, and its tag.
func SplitImage(image string) (name, tag string) {
	name, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
		name, tag = name[:i], name[i+1:]
	}
	return name, tag
}

// NameServices puts the name of a cluster before those of its services.
func NameServices(cluster string, settings []Setting, containers []Container) {
	name := func(service string) string { return strings.TrimSuffix(cluster+"-"+service, "-") }
	for i := range settings {
		settings[i].Service, settings[i].Cluster = name(settings[i].Service), name(settings[i].Cluster)
	}
	for i := range containers {
		containers[i].Service = name(containers[i].Service)
	}
}

// ServerServices are the services of the Temporal server, in the order of serverServices in the schema.
var ServerServices = []string{"frontend", InternalFrontend, "history", "matching", "worker"}

// InternalFrontend is a service that runs only if it is enabled.
const InternalFrontend = "internal-frontend"

// Roles of a data store.
const (
	RoleDefaultStore    = "default"
	RoleVisibilityStore = "visibility"
	RoleOtherStore      = "inactive" // neither of them
)

// CountValues counts the values in a setting, item by item.
func (s Setting) CountValues() int {
	n := CountValues(s.Value)
	for _, fields := range [][]Field{s.Constraints, s.Ignored} {
		for _, f := range fields {
			n += CountValues(f.Value)
		}
	}
	return n
}

// CountValues counts the values in a value: itself, and all in lists and mappings.
func CountValues(v any) int {
	n := 1
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n += CountValues(item)
		}
	case map[string]any:
		for _, item := range v {
			n += CountValues(item)
		}
	}
	return n
}

// LastSettings keeps the last setting of each name and service. Dynamic-config keys can have several values.
func LastSettings(all []Setting) []Setting {
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
