package lint

import (
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ours are the documents of temporal-dsql itself, which nothing runs by, told by
// fields that they have together; and what reads them.
var ours = []struct {
	fields   [2]string
	is, read string
}{
	{[2]string{"preset_name", "slo_params"}, "a config profile: what a compile resolved", "temporal-dsql gate holds it against the guard rails, temporal-dsql explain --profile explains it"},
	{[2]string{"compiler_version", "files"}, "the manifest of a compile", "temporal-dsql gate takes its folder, as does compile --check; the files that it lists can be linted"},
	{[2]string{"parameter_key", "derivation_chain"}, "the trace of a compile", "temporal-dsql explain --profile takes its folder"},
	{[2]string{"plugin", "generation"}, "the plugin's section of a compile, by which nothing runs", "lint the dsql.env beside it"},
	{[2]string{"cluster_id", "telemetry"}, "a behaviour profile", "temporal-dsql conformance holds it against its preset; recommend, profile compare and profile report read it, too"},
	{[2]string{"preset"}, "a deployment, which is yet to be compiled", "temporal-dsql gate holds it against the guard rails, temporal-dsql compile compiles it"},
}

// oneOfOurs tells of a file that cannot be linted that it is such a document.
func oneOfOurs(name string) *source.Problem {
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
	for _, d := range ours {
		if has[d.fields[0]] && has[d.fields[1]] {
			return &source.Problem{Message: "it is " + d.is, Pos: source.Pos{File: name}, Hint: d.read}
		}
	}
	return nil
}
