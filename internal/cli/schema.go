package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/invopop/jsonschema"
	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/config"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/module"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/running"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/service"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/capacity"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/diff"
	"github.com/temporal-dsql/temporal-dsql/internal/config/explain"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// schemaDraft is the JSON Schema version of all schemas.
const schemaDraft = "https://json-schema.org/draft/2020-12/schema"

// schemaID returns the stable identifier of a schema.
func schemaID(name string) string {
	return "https://github.com/temporal-dsql/temporal-dsql/schemas/" + name + ".schema.json"
}

// schemaEntry is a document with a schema: a file, or the -o json output of a command.
type schemaEntry struct {
	Name    string `json:"name"`
	Source  string `json:"source"`
	Summary string `json:"summary"`
	build   func(e *compile.Engine, version string) (any, error)
}

// schemaEntries lists every document with its Go type, its only registration.
func schemaEntries() []schemaEntry {
	return []schemaEntry{
		{
			"deployment",
			"file",
			"A deployment in YAML or JSON: profiles/NAME/deployment.yaml.",
			fromRegistry((*compile.Engine).DeploymentSchema),
		},
		{"overrides", "file", "Overrides for compile --overrides.", fromRegistry((*compile.Engine).OverridesSchema)},
		{"service", "file", "The configuration file of serve --config.", fromRegistry((*compile.Engine).ServiceSchema)},
		{"profile", "file", "profile.json: a resolved config profile.", fromType(artefact.Profile{})},
		{"trace", "file", "trace.json: the source of each value.", fromType(artefact.TraceFile{})},
		{"manifest", "file", "manifest.json: the files of a compile.", fromType(artefact.Manifest{})},
		{"dsql_plugin", "file", "dsql_plugin.json: the section of the DSQL plugin.", fromType(pluginSection{})},
		{"assess", "assess", "Output of assess, and response of POST /assessments.", fromType(assess.DetailedAssessment{})},
		{"assess-get", "assess get", "Output of assess get: a stored assessment.", fromType(assess.DetailedAssessment{})},
		{"assess-list", "assess list", "Output of assess list.", fromType([]behaviour.Assessment{})},
		{"capacity", "capacity", "Output of capacity.", fromType(config.CapacityDocument{})},
		{"compile", "compile", "Output of compile.", fromType(config.CompileDocument{})},
		{"conformance", "conformance", "Output of conformance.", fromType(verdicts.Conformance{})},
		{"conformance-facts", "file", "File of conformance --facts: the input of its policies.", fromType(verdicts.Facts{})},
		{"dashboards", "dashboards", "Output of dashboards.", fromType(module.DashboardsDocument{})},
		{"describe-preset", "describe-preset", "Output of describe-preset.", fromType(module.PresetDocument{})},
		{"diff", "diff", "Output of diff.", fromType(diff.Diff{})},
		{"explain-key", "explain", "Output of explain --key.", fromType(explain.Key{})},
		{"explain-preset", "explain", "Output of explain --preset.", fromType(explain.Preset{})},
		{"explain-profile", "explain", "Output of explain --profile.", fromType(explain.Profile{})},
		{"explain-rule", "explain", "Output of explain --rule.", fromType(explain.Rule{})},
		{"gate", "gate", "Output of gate.", fromType(report.Document{})},
		{"init", "init", "Output of init.", fromType(scaffold.WriteResult{})},
		{"init-upgrade", "init", "Output of init --upgrade.", fromType(scaffold.UpgradeResult{})},
		{"keys", "keys", "Output of keys.", fromType([]registry.Key{})},
		{"lint", "lint", "Output of lint.", fromType(running.LintDocument{})},
		{"list-adapters", "list-adapters", "Output of list-adapters.", fromType([]registry.Adapter{})},
		{"list-metrics", "list-metrics", "Output of list-metrics.", fromType([]registry.Metric{})},
		{"list-modifiers", "list-modifiers", "Output of list-modifiers.", fromType([]registry.Modifier{})},
		{"list-presets", "list-presets", "Output of list-presets.", fromType([]registry.Preset{})},
		{"migrate", "migrate", "Output of migrate.", fromType(running.MigrateDocument{})},
		{"profile-baseline", "profile baseline", "Output of profile baseline.", fromType(client.Baseline{})},
		{"profile-create", "profile create", "Output of profile create.", fromType(behaviour.Metadata{})},
		{"profile-get", "profile get", "A behaviour profile: output of profile get and profile export.", fromType(behaviour.Profile{})},
		{"profile-list", "profile list", "Output of profile list.", fromType([]behaviour.Metadata{})},
		{"profile-sweep", "profile sweep", "Output of profile sweep.", fromType([]store.Problem{})},
		{"profile-tables", "profile tables", "Output of profile tables: SQL statements.", fromType([]string{})},
		{"profile-compare", "profile compare", "Output of profile compare, and response of POST /profiles/compare.",
			fromType(compare.Comparison{})},
		{"recommend", "recommend", "Output of recommend.", fromType(verdicts.Recommendations{})},
		{"schema-list", "schema list", "Output of schema list.", fromType([]schemaEntry{})},
		{"size", "size", "Output of size.", fromType(capacity.Proposal{})},
		{"token-new", "token new", "Output of token new.", fromType(service.TokenDocument{})},
		{"version", "version", "Output of version.", fromType(registry.Versions{})},
	}
}

// pluginSection is dsql_plugin.json; the registry determines its sections.
type pluginSection struct {
	Plugin     string `json:"plugin"`
	Generation string `json:"generation"`
}

// JSONSchemaExtend declares that the sections are objects.
func (pluginSection) JSONSchemaExtend(s *jsonschema.Schema) {
	s.AdditionalProperties = &jsonschema.Schema{Type: "object"}
}

// fromRegistry returns a builder of a schema that is computed from the registry.
func fromRegistry(compute func(*compile.Engine, string) (registry.JSONSchema, error)) func(*compile.Engine, string) (any, error) {
	return func(e *compile.Engine, version string) (any, error) { return compute(e, version) }
}

// fromType returns a builder of the schema of a Go type, as encoding/json writes it.
func fromType(doc any) func(*compile.Engine, string) (any, error) {
	return func(*compile.Engine, string) (any, error) {
		return (&jsonschema.Reflector{Anonymous: true, Mapper: marshalledSchema}).Reflect(doc), nil
	}
}

// marshalledSchema returns the schema of a type that marshals itself.
func marshalledSchema(t reflect.Type) *jsonschema.Schema {
	if t != reflect.TypeFor[behaviour.Point]() {
		return nil
	}
	two := uint64(2)
	return &jsonschema.Schema{
		Type: "array", Items: &jsonschema.Schema{Type: "number"}, MinItems: &two, MaxItems: &two,
		Description: "A sample: seconds since 1970, and the value.",
	}
}

// encode returns the schema with its identifier, title and description.
func (d schemaEntry) encode(e *compile.Engine, version string) ([]byte, error) {
	made, err := d.build(e, version)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(made)
	if err != nil {
		return nil, fmt.Errorf("write schema %s: %w", d.Name, err)
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("write schema %s: %w", d.Name, err)
	}
	if d.Source != "file" {
		addSchemaVersion(all)
	}
	all["$schema"], all["$id"], all["title"], all["description"] = schemaDraft, schemaID(d.Name), d.Name, d.Summary
	data, err = json.MarshalIndent(all, "", "  ")
	return append(data, '\n'), err
}

// addSchemaVersion adds the field that report.Encode adds to every object.
func addSchemaVersion(schema map[string]any) {
	root := schema
	if ref, isRef := schema["$ref"].(string); isRef {
		definitions, _ := schema["$defs"].(map[string]any)
		root, _ = definitions[path.Base(ref)].(map[string]any)
	}
	if properties, isObject := root["properties"].(map[string]any); isObject {
		properties["schema_version"] = map[string]any{"const": report.SchemaVersion, "description": "Version of this document's schema."}
	}
}

func (a *app) schemaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "List and export JSON Schemas of files and outputs",
		Long: "Schema prints the JSON Schemas (draft 2020-12) of the files that temporal-dsql\nreads and writes, and of the -o json " +
			"output of its commands.",
		Example: "  temporal-dsql schema list\n  temporal-dsql schema export deployment > deployment.schema.json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.schemaListCommand(), a.schemaExportCommand())
	return cmd
}

func (a *app) schemaListCommand() *cobra.Command {
	var f command.FormatFlag
	cmd := &cobra.Command{
		Use: "list", Short: "List schemas", Args: cobra.NoArgs,
		Example: "  temporal-dsql schema list\n  temporal-dsql schema list -o json",
		RunE: func(*cobra.Command, []string) error {
			return a.PrintDocument(f, schemaEntries(), func(w io.Writer, style report.Style) {
				var rows [][]string
				for _, d := range schemaEntries() {
					rows = append(rows, []string{d.Name, d.Source, d.Summary})
				}
				report.Table(w, style, []string{"NAME", "SOURCE", "SUMMARY"}, rows)
			})
		},
	}
	f.Register(cmd)
	return cmd
}

func (a *app) schemaExportCommand() *cobra.Command {
	var out, version string
	cmd := &cobra.Command{
		Use:   "export [NAME]",
		Short: "Print a schema, or write all schemas into a folder",
		Long: `Export prints the schema NAME. With --out, it writes this schema, or all, into a folder
as NAME.schema.json. The schema of a deployment contains your presets, modifiers and
adapters, and every key of the Temporal server with type and range, so that editors
can complete and explain them.`,
		Example: `  temporal-dsql schema export deployment
  temporal-dsql schema export --out schemas --temporal-version 1.31

  # first line of a deployment.yaml that uses the schema
  # yaml-language-server: $schema=../../schemas/deployment.schema.json`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, d := range schemaEntries() {
				if len(args) == 0 {
					names = append(names, d.Name+"\t"+d.Summary)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && out == "" {
				return command.NewUsageError(
					"schema export: missing NAME",
					"name a schema (see temporal-dsql schema list), or write all with --out FOLDER")

			}
			return a.exportSchemas(args, out, command.ServerVersion(version))
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`FOLDER` to write into")
	cmd.Flags().StringVar(&version, "temporal-version", "",
		"Temporal server version whose keys a deployment can override, as MAJOR.MINOR.PATCH or MAJOR.MINOR (default: all)")
	return cmd
}

func (a *app) exportSchemas(names []string, out, version string) error {
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	chosen := schemaEntries()
	if len(names) > 0 {
		at := slices.IndexFunc(chosen, func(d schemaEntry) bool { return d.Name == names[0] })
		if at < 0 {
			return suggest.UnknownName("schema", names[0], schemaNames())
		}
		chosen = chosen[at : at+1]
	}
	written := map[string][]byte{}
	for _, d := range chosen {
		data, err := d.encode(engine, version)
		if err != nil {
			return err
		}
		if out == "" {
			if _, err := a.Stdout.Write(data); err != nil {
				return fmt.Errorf("%w: %w", command.ErrIO, err)
			}
			continue
		}
		written[d.Name+".schema.json"] = data
	}
	if out == "" {
		return nil
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("%w: %w", command.ErrIO, err)
	}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		at := filepath.Join(out, name)
		if err := os.WriteFile(at, written[name], 0o644); err != nil {
			return fmt.Errorf("%w: %w", command.ErrIO, err)
		}
		fmt.Fprintln(a.Stdout, at)
	}
	return nil
}

// deploymentSchema returns the schema of a deployment for every supported server.
func deploymentSchema(e *compile.Engine) ([]byte, error) {
	all := schemaEntries()
	return all[slices.IndexFunc(all, func(d schemaEntry) bool { return d.Name == "deployment" })].encode(e, "")
}

func schemaNames() []string {
	var names []string
	for _, d := range schemaEntries() {
		names = append(names, d.Name)
	}
	return names
}
