package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/diff"
	"github.com/temporal-dsql/temporal-dsql/internal/config/explain"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
)

// draft is the JSON Schema that the schemas are written in.
const draft = "https://json-schema.org/draft/2020-12/schema"

// schemaID is the stable name of a schema.
func schemaID(name string) string {
	return "https://github.com/temporal-dsql/temporal-dsql/schemas/" + name + ".schema.json"
}

// A schemaEntry is a document that has a schema: a file, or what a command
// prints with -o json.
type schemaEntry struct {
	Name    string `json:"name"`
	Of      string `json:"of"`
	Summary string `json:"summary"`
	form    func(e *compile.Engine, version string) (any, error)
}

// documents lists them: a document has its type here, and nothing else.
func documents() []schemaEntry {
	return []schemaEntry{
		{"deployment", "file", "A deployment in YAML or JSON: profiles/NAME/deployment.yaml.", form((*compile.Engine).DeploymentForm)},
		{"overrides", "file", "A file of compile --overrides.", form((*compile.Engine).OverridesForm)},
		{"service", "file", "The configuration file of serve --config.", form((*compile.Engine).ServiceForm)},
		{"profile", "file", "profile.json: the resolved config profile.", of(compile.Profile{})},
		{"trace", "file", "trace.json: where each value comes from.", of([]compile.Trace{})},
		{"manifest", "file", "manifest.json: every file that a compile wrote.", of(compile.Manifest{})},
		{"dsql_plugin", "file", "dsql_plugin.json: the section of the DSQL plugin.", of(pluginSection{})},
		{"assess", "assess", "What assess prints, and POST /assessments answers.", of(assess.Detailed{})},
		{"assess-get", "assess get", "What assess get prints: an assessment that is kept.", of(assess.Detailed{})},
		{"assess-list", "assess list", "What assess list prints.", of([]behaviour.Assessment{})},
		{"compile", "compile", "What compile prints.", of(compilation{})},
		{"conformance", "conformance", "What conformance prints.", of(verdicts.Conformance{})},
		{"conformance-facts", "file", "What conformance --facts writes: what its policies judge.", of(verdicts.Facts{})},
		{"dashboards", "dashboards", "What dashboards prints.", of(dashboards{})},
		{"describe-preset", "describe-preset", "What describe-preset prints.", of(description{})},
		{"diff", "diff", "What diff prints.", of(diff.Diff{})},
		{"explain-key", "explain", "What explain --key prints.", of(explain.Key{})},
		{"explain-preset", "explain", "What explain --preset prints.", of(explain.Preset{})},
		{"explain-profile", "explain", "What explain --profile prints.", of(explain.Profile{})},
		{"explain-rule", "explain", "What explain --rule prints.", of(explain.Rule{})},
		{"gate", "gate", "What gate prints.", of(report.Document{})},
		{"init", "init", "What init prints.", of(scaffold.Written{})},
		{"init-upgrade", "init", "What init --upgrade prints.", of(scaffold.Upgraded{})},
		{"keys", "keys", "What keys prints.", of([]compile.Key{})},
		{"lint", "lint", "What lint prints.", of(linted{})},
		{"list-adapters", "list-adapters", "What list-adapters prints.", of([]compile.Adapter{})},
		{"list-metrics", "list-metrics", "What list-metrics prints.", of([]compile.Metric{})},
		{"list-modifiers", "list-modifiers", "What list-modifiers prints.", of([]compile.Modifier{})},
		{"list-presets", "list-presets", "What list-presets prints.", of([]compile.Preset{})},
		{"migrate", "migrate", "What migrate prints.", of(migration{})},
		{"profile-baseline", "profile baseline", "What profile baseline prints.", of(client.Baseline{})},
		{"profile-create", "profile create", "What profile create prints.", of(behaviour.Metadata{})},
		{"profile-get", "profile get", "What profile get prints, and profile export writes: a behaviour profile.", of(behaviour.Profile{})},
		{"profile-list", "profile list", "What profile list prints.", of([]behaviour.Metadata{})},
		{"profile-sweep", "profile sweep", "What profile sweep prints.", of([]store.Problem{})},
		{"profile-tables", "profile tables", "What profile tables prints: statements of SQL.", of([]string{})},
		{"profile-compare", "profile compare", "What profile compare prints, and POST /profiles/compare answers.", of(compare.Comparison{})},
		{"recommend", "recommend", "What recommend prints.", of(verdicts.Recommendations{})},
		{"schema-list", "schema list", "What schema list prints.", of([]schemaEntry{})},
		{"token-new", "token new", "What token new prints.", of(newToken{})},
		{"version", "version", "What version prints.", of(compile.Versions{})},
	}
}

// pluginSection is dsql_plugin.json; its sections are the registry's.
type pluginSection struct {
	Plugin     string `json:"plugin"`
	Generation string `json:"generation"`
}

// JSONSchemaExtend says that the sections are structs of values.
func (pluginSection) JSONSchemaExtend(s *jsonschema.Schema) {
	s.AdditionalProperties = &jsonschema.Schema{Type: "object"}
}

// form is a schema that is computed from the registry.
func form(compute func(*compile.Engine, string) (compile.Form, error)) func(*compile.Engine, string) (any, error) {
	return func(e *compile.Engine, version string) (any, error) { return compute(e, version) }
}

// of is the schema of a Go type, as encoding/json writes it.
func of(doc any) func(*compile.Engine, string) (any, error) {
	return func(*compile.Engine, string) (any, error) {
		return (&jsonschema.Reflector{Anonymous: true, Mapper: asWritten}).Reflect(doc), nil
	}
}

// asWritten is the schema of a type that writes itself.
func asWritten(t reflect.Type) *jsonschema.Schema {
	if t != reflect.TypeFor[behaviour.Point]() {
		return nil
	}
	two := uint64(2)
	return &jsonschema.Schema{
		Type: "array", Items: &jsonschema.Schema{Type: "number"}, MinItems: &two, MaxItems: &two,
		Description: "A sample: seconds since 1970, and the value.",
	}
}

// schema writes a document's schema, with its name and what it is about.
func (d schemaEntry) schema(e *compile.Engine, version string) ([]byte, error) {
	made, err := d.form(e, version)
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
	all["$schema"], all["$id"], all["title"], all["description"] = draft, schemaID(d.Name), d.Name, d.Summary
	data, err = json.MarshalIndent(all, "", "  ")
	return append(data, '\n'), err
}

func (a *app) schemaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "schema",
		Short:   "JSON Schemas of every file and output",
		Long:    "Schema prints the JSON Schemas (draft 2020-12) of the files that temporal-dsql\nreads and writes, and of what its commands print with -o json.",
		Example: "  temporal-dsql schema list\n  temporal-dsql schema export deployment > deployment.schema.json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.schemaList(), a.schemaExport())
	return cmd
}

func (a *app) schemaList() *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use: "list", Short: "List the schemas", Args: cobra.NoArgs,
		Example: "  temporal-dsql schema list\n  temporal-dsql schema list -o json",
		RunE: func(*cobra.Command, []string) error {
			return a.print(f, documents(), func(w io.Writer, style report.Style) {
				var rows [][]string
				for _, d := range documents() {
					rows = append(rows, []string{d.Name, d.Of, d.Summary})
				}
				report.Table(w, style, []string{"NAME", "OF", "SUMMARY"}, rows)
			})
		},
	}
	f.flag(cmd)
	return cmd
}

func (a *app) schemaExport() *cobra.Command {
	var out, version string
	cmd := &cobra.Command{
		Use:   "export [NAME]",
		Short: "Print a schema, or write them all into a folder",
		Long: `Export prints the schema NAME, or with --out writes it, or all of them, into a
folder as NAME.schema.json. That of a deployment knows your presets, modifiers
and adapters, and every key of the Temporal server with its type and range, so
that an editor completes and explains them.`,
		Example: `  temporal-dsql schema export deployment
  temporal-dsql schema export --out schemas --temporal-version 1.31

  # then, in the first line of a deployment.yaml
  # yaml-language-server: $schema=../../schemas/deployment.schema.json`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, d := range documents() {
				if len(args) == 0 {
					names = append(names, d.Name+"\t"+d.Summary)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && out == "" {
				return usageError{"schema export needs the name of a schema, or --out FOLDER for all of them", "temporal-dsql schema list"}
			}
			return a.exportSchemas(args, out, minor(version))
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`FOLDER` to write into")
	cmd.Flags().StringVar(&version, "temporal-version", "", "Temporal server whose keys a deployment may override, as MAJOR.MINOR (default: every supported one)")
	_ = cmd.RegisterFlagCompletionFunc("temporal-version", a.versions(func(v compile.Versions) []string { return v.TemporalServers }))
	return cmd
}

func (a *app) exportSchemas(names []string, out, version string) error {
	engine, err := compile.New(a.dir)
	if err != nil {
		return err
	}
	chosen := documents()
	if len(names) > 0 {
		at := slices.IndexFunc(chosen, func(d schemaEntry) bool { return d.Name == names[0] })
		if at < 0 {
			return usageError{fmt.Sprintf("there is no schema %q", names[0]), "one of " + strings.Join(schemaNames(), ", ")}
		}
		chosen = chosen[at : at+1]
	}
	written := map[string][]byte{}
	for _, d := range chosen {
		data, err := d.schema(engine, version)
		if err != nil {
			return err
		}
		if out == "" {
			if _, err := a.stdout.Write(data); err != nil {
				return fmt.Errorf("%w: %w", errIO, err)
			}
			continue
		}
		written[d.Name+".schema.json"] = data
	}
	if out == "" {
		return nil
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("%w: %w", errIO, err)
	}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		at := filepath.Join(out, name)
		if err := os.WriteFile(at, written[name], 0o644); err != nil {
			return fmt.Errorf("%w: %w", errIO, err)
		}
		fmt.Fprintln(a.stdout, at)
	}
	return nil
}

// schemaOf is one schema, for every supported server.
func schemaOf(e *compile.Engine, name string) ([]byte, error) {
	all := documents()
	return all[slices.IndexFunc(all, func(d schemaEntry) bool { return d.Name == name })].schema(e, "")
}

func schemaNames() []string {
	var names []string
	for _, d := range documents() {
		names = append(names, d.Name)
	}
	return names
}
