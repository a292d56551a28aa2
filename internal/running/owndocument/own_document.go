// Package owndocument recognises the documents of temporal-dsql itself, which no server reads.
package owndocument

import (
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ownDocuments are temporal-dsql's own documents, which no server runs by: how to recognise them, and the commands that read
// them.
var ownDocuments = []struct {
	fields   [2]string
	is, read string
}{
	{
		[2]string{"preset_name", "slo_params"},
		"a config profile: the result of a compile",
		"use temporal-dsql gate to check it, or temporal-dsql explain --profile to explain it",
	},
	{
		[2]string{"compiler_version", "files"},
		"the manifest of a compile",
		"use temporal-dsql gate or compile --check with its folder, or lint the files that it lists",
	},
	{
		[2]string{"profile", "dsql_plugin_config"},
		"what a compile printed",
		"use temporal-dsql gate to check it, or temporal-dsql explain --profile to explain it",
	},
	{[2]string{"schema_version", "trace"}, "the trace of a compile", "use temporal-dsql explain --profile with its folder"},
	{[2]string{"plugin", "generation"}, "the plugin section of a compile, which no server reads", "lint the dsql.env next to it"},
	{
		[2]string{"cluster_id", "telemetry"},
		"a behaviour profile",
		"use temporal-dsql conformance to check it; recommend, profile compare and profile report also read it",
	},
	{
		[2]string{"preset"},
		"a deployment that is not compiled yet",
		"use temporal-dsql gate to check it, or temporal-dsql compile to compile it",
	},
	{
		[2]string{"clusters"},
		"the configuration of the profile service",
		"use temporal-dsql serve or assess with --config, and lint the files that the servers read",
	},
}

// Recognise recognises temporal-dsql's own documents among files that cannot be linted.
func Recognise(name string) *source.Problem {
	data, err := budget.ConfigFile.ReadRegular(name)
	if err != nil {
		return nil
	}
	var root yaml.Node
	if yaml.Unmarshal(data, &root) != nil || len(root.Content) == 0 {
		return nil
	}
	doc := root.Content[0]
	if doc.Kind == yaml.SequenceNode && len(doc.Content) > 0 {
		doc = doc.Content[0]
	}
	has := map[string]bool{"": true}
	for i := 0; doc.Kind == yaml.MappingNode && i < len(doc.Content); i += 2 {
		has[doc.Content[i].Value] = true
	}
	for _, d := range ownDocuments {
		if has[d.fields[0]] && has[d.fields[1]] {
			return &source.Problem{Message: "it is " + d.is, Pos: source.Pos{File: name}, Remedy: d.read}
		}
	}
	return nil
}
