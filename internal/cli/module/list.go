package module

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/explain"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// tableCommand is a command that prints one kind of object as a table.
type tableCommand[T any] struct {
	use, short, long, example string
	list                      func(*compile.Engine) ([]T, error)
	heading                   []string
	row                       func(T) []string
}

func (l tableCommand[T]) build(a *app) *cobra.Command {
	var f command.FormatFlag
	cmd := &cobra.Command{
		Use: l.use, Short: l.short, Long: l.long, Example: l.example, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			engine, err := compile.New(a.Dir)
			if err != nil {
				return err
			}
			all, err := l.list(engine)
			if err != nil {
				return err
			}
			return a.PrintDocument(f, all, func(w io.Writer, style report.Style) {
				rows := make([][]string, 0, len(all))
				for _, x := range all {
					rows = append(rows, l.row(x))
				}
				report.Table(w, style, l.heading, rows)
			})
		},
	}
	f.Register(cmd)
	return cmd
}

func (a *app) listPresetsCommand() *cobra.Command {
	return tableCommand[registry.Preset]{
		use: "list-presets", short: "List scale presets",
		example: "  temporal-dsql list-presets\n  temporal-dsql list-presets -o json",
		list:    (*compile.Engine).Presets,
		heading: []string{"NAME", "ST/S", "SUMMARY"},
		row: func(p registry.Preset) []string {
			return []string{p.Name, fmt.Sprintf("%v-%v", p.Range.Min, p.Range.Max), p.Summary}
		},
	}.build(a)
}

func (a *app) listModifiersCommand() *cobra.Command {
	return tableCommand[registry.Modifier]{
		use: "list-modifiers", short: "List workload modifiers",
		example: "  temporal-dsql list-modifiers\n  temporal-dsql list-modifiers -o yaml",
		list:    (*compile.Engine).Modifiers,
		heading: []string{"NAME", "SUMMARY"},
		row:     func(m registry.Modifier) []string { return []string{m.Name, m.Summary} },
	}.build(a)
}

func (a *app) listAdaptersCommand() *cobra.Command {
	return tableCommand[registry.Adapter]{
		use: "list-adapters", short: "List SDK and platform adapters",
		long: `List the adapters that are CUE packages: those of temporal-dsql and those under
adapters/ of your repository. An executable temporal-dsql-adapter-NAME on PATH is
also an adapter, which --sdk or --platform can name.`,
		example: "  temporal-dsql list-adapters\n  temporal-dsql list-adapters -o json",
		list:    (*compile.Engine).Adapters,
		heading: []string{"NAME", "KIND", "SUMMARY"},
		row:     func(x registry.Adapter) []string { return []string{x.Name, x.Kind, x.Summary} },
	}.build(a)
}

func (a *app) listMetricsCommand() *cobra.Command {
	return tableCommand[registry.Metric]{
		use: "list-metrics", short: "List the metrics of behaviour profiles",
		long: `List the metrics of a behaviour profile with description, unit, better direction and
exporter. With -o json or yaml, also the PromQL per dialect of the server's exporter,
the labels to filter by, and the smallest difference that matters.`,
		example: "  temporal-dsql list-metrics\n  temporal-dsql list-metrics -o json | jq -r '.[] | .name + \"\\t\" + .query.tally'",
		list:    (*compile.Engine).Metrics,
		heading: []string{"NAME", "UNIT", "BETTER", "SOURCE", "SUMMARY"},
		row:     func(m registry.Metric) []string { return []string{m.Name, m.Unit, m.Polarity, m.Source, m.Doc} },
	}.build(a)
}

// parameterDocument is a parameter with its value in a preset.
type parameterDocument struct {
	Key       string `json:"key"`
	Value     any    `json:"value"`
	Unit      string `json:"unit,omitempty"`
	Source    string `json:"source"`
	Doc       string `json:"doc"`
	Rationale string `json:"rationale"`
}

// PresetDocument is a preset with everything that it determines.
type PresetDocument struct {
	Preset   string              `json:"preset"`
	Modifier string              `json:"modifier,omitempty"`
	SLO      []parameterDocument `json:"slo"`
	Topology []parameterDocument `json:"topology"`
	Safety   []parameterDocument `json:"safety"`
	Tuning   []parameterDocument `json:"tuning"`
	// promises about a running cluster
	Promises []explain.Promise `json:"promises"`
}

func (a *app) describePresetCommand() *cobra.Command {
	var f command.FormatFlag
	var modifier, server, plugin string
	cmd := &cobra.Command{
		Use:   "describe-preset PRESET",
		Short: "Show the parameters of a preset by class",
		Example: `  temporal-dsql describe-preset starter
  temporal-dsql describe-preset mid-scale --modifier orchestrator -o json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.CompletePresets(),
		RunE: func(_ *cobra.Command, args []string) error {
			engine, err := compile.New(a.Dir)
			if err != nil {
				return err
			}
			if err := engine.CheckSupport(command.ServerVersion(server), plugin); err != nil {
				return err
			}
			account, err := engine.Explain(
				compile.Request{Preset: args[0], Modifier: modifier, TemporalVersion: command.ServerVersion(server),
					PluginVersion: plugin},
			)
			if err != nil {
				return err
			}
			known, err := engine.Parameters()
			if err != nil {
				return err
			}
			metrics, err := engine.Metrics()
			if err != nil {
				return err
			}
			doc := newPresetDocument(account.Profile, known)
			doc.Promises = explain.Promises(account.Promises, metrics)
			return a.PrintDocument(f, doc, doc.writeText)
		},
	}
	cmd.Flags().StringVarP(&modifier, "modifier", "m", "", "workload modifier (see list-modifiers)")
	cmd.Flags().StringVar(&server, "temporal-version", "", command.ServerUsage)
	cmd.Flags().StringVar(&plugin, "plugin-version", "", "DSQL plugin generation (see version)")
	f.Register(cmd)
	return cmd
}

func newPresetDocument(p artefact.Profile, known []registry.Parameter) PresetDocument {
	byKey := map[string]registry.Parameter{}
	for _, x := range known {
		byKey[x.Key] = x
	}
	of := func(list []artefact.ResolvedParameter) []parameterDocument {
		all := []parameterDocument{}
		for _, r := range list {
			x := byKey[r.Key]
			all = append(all, parameterDocument{r.Key, r.Value, x.Unit, r.Source, x.Doc, x.Rationale})
		}
		return all
	}
	return PresetDocument{
		Preset: p.PresetName, Modifier: p.Modifier,
		SLO: of(p.SLOParams), Topology: of(p.TopologyParams), Safety: of(p.SafetyParams), Tuning: of(p.TuningParams),
	}
}

func (d PresetDocument) writeText(w io.Writer, style report.Style) {
	title := d.Preset
	if d.Modifier != "" {
		title += " + " + d.Modifier
	}
	fmt.Fprintln(w, style.Bold(title))
	for _, group := range []struct {
		title string
		rows  []parameterDocument
	}{
		{"SLO: requirements", d.SLO},
		{"Topology: size of the cluster", d.Topology},
		{"Safety: derived, and checked when overridden", d.Safety},
		{"Tuning: derived", d.Tuning},
	} {
		fmt.Fprintf(w, "\n%s\n", style.Bold(group.title))
		for _, r := range group.rows {
			value := formatValue(r.Value)
			if r.Unit != "" {
				value += " " + r.Unit
			}
			fmt.Fprintf(w, "  %s = %s (%s)\n    %s\n", r.Key, value, r.Source, r.Rationale)
		}
	}
	fmt.Fprintf(w, "\n%s\n", style.Bold("Promises: bounds for a running cluster"))
	for _, p := range d.Promises {
		line, why := p.Text()
		fmt.Fprintf(w, "  %s\n    %s\n", line, why)
	}
}

// formatValue formats strings bare and other values as JSON.
func formatValue(v any) string {
	if s, ok := v.(string); ok {
		if s == "" {
			return `""`
		}
		return s
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

func (a *app) keysCommand() *cobra.Command {
	var f command.FormatFlag
	var version string
	cmd := &cobra.Command{
		Use:   "keys [PATTERN]",
		Short: "Search dynamic-config keys of the Temporal server",
		Long: `Keys searches the dynamic-config keys of the supported Temporal servers by a part of
the name, in which * stands for anything. It ignores case, like the server. Every key
can be overridden.`,
		Example: `  temporal-dsql keys persistence
  temporal-dsql keys 'matching.*Partitions' --temporal-version 1.29
  temporal-dsql keys history.shard -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			engine, err := compile.New(a.Dir)
			if err != nil {
				return err
			}
			all, err := engine.Keys(command.ServerVersion(version))
			if err != nil {
				return err
			}
			known, err := engine.Versions()
			if err != nil {
				return err
			}
			a.PrintServerWarning(known.Warning(command.ServerVersion(version)))
			found := []registry.Key{}
			for _, k := range all {
				if len(args) == 0 || matchesPattern(args[0], k.Key) {
					found = append(found, k)
				}
			}
			var parameters string
			if len(args) == 1 {
				if parameters, err = matchingParameters(engine, args[0]); err != nil {
					return err
				}
			}
			if len(found) == 0 {
				fmt.Fprintf(a.Stderr, "temporal-dsql: no key matches %q\n", args[0])
				remedy := "use a shorter part of the name, or * for what you do not know"
				if parameters != "" {
					remedy = "use one of the matching parameters: " + parameters
				} else if near := suggest.NearestName(args[0], slices.Concat(keyNames(all), keyWords(all))); near != "" {
					remedy = fmt.Sprintf("did you mean %s?", near)
				}
				a.PrintRemedy(remedy)
			}
			return a.PrintDocument(f, found, func(w io.Writer, style report.Style) {
				var rows [][]string
				for _, k := range found {
					value := formatValue(k.Default)
					if k.Expr != "" {
						value = k.Expr
					}
					class := k.Classification
					if k.Curated {
						class += ", curated"
					}
					rows = append(
						rows,
						[]string{k.Key, k.Kind, k.Precedence, shortenText(value, 32), strings.Join(k.Servers(), " "), class},
					)
				}
				report.Table(w, style, []string{"KEY", "KIND", "PRECEDENCE", "DEFAULT", "VERSIONS", "CLASS"}, rows)
				if len(found) > 0 && parameters != "" {
					fmt.Fprintf(w, "\nparameters that are not server keys: %s\n", parameters)
				}
			})
		},
	}
	cmd.Flags().StringVar(&version, "temporal-version", "",
		"only keys of this server version, as MAJOR.MINOR.PATCH, or MAJOR.MINOR for its newest known patch (default: all)")
	f.Register(cmd)
	return cmd
}

// keyNames returns the names of keys.
func keyNames(all []registry.Key) []string {
	var names []string
	for _, k := range all {
		names = append(names, k.Key)
	}
	return names
}

// matchingParameters lists the parameters that match and are not keys of a server.
func matchingParameters(engine *compile.Engine, pattern string) (string, error) {
	all, err := engine.Parameters()
	if err != nil {
		return "", err
	}
	var found []string
	for _, p := range all {
		if matchesPattern(pattern, p.Key) && p.DynamicConfig == "" {
			found = append(found, p.Key)
		}
	}
	if len(found) == 0 {
		return "", nil
	}
	return strings.Join(found, ", ") + "; see temporal-dsql explain --key", nil
}

func shortenText(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// matchesPattern reports whether a part of the key matches the pattern.
func matchesPattern(pattern, key string) bool {
	ok, err := path.Match("*"+strings.ToLower(pattern)+"*", strings.ToLower(key))
	return err == nil && ok
}

func (a *app) versionCommand() *cobra.Command {
	var f command.FormatFlag
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the compiler version and the supported versions",
		Example: "  temporal-dsql version\n  temporal-dsql version -o json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.printVersion(f) },
	}
	f.Register(cmd)
	return cmd
}

func (a *app) printVersion(f command.FormatFlag) error {
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	v, err := engine.Versions()
	if err != nil {
		return err
	}
	return a.PrintDocument(f, v, func(w io.Writer, _ report.Style) {
		fmt.Fprintf(w, "temporal-dsql %s\nTemporal servers: %s\n", v.Compiler, strings.Join(v.TemporalServers, ", "))
		for _, line := range v.TemporalServers {
			fmt.Fprintf(w, "  known patches of %s: %s\n", line, strings.Join(v.TemporalPatches[line], ", "))
		}
		fmt.Fprintf(w, "DSQL plugin generations: %s\n", strings.Join(v.PluginGenerations, ", "))
	})
}

// PrintVersion prints the versions as text.
func PrintVersion(shared *command.App) error { return (&app{App: shared}).printVersion("text") }

// keyWords returns the words of all keys, in lower case: history, persistence, max.
func keyWords(keys []registry.Key) []string {
	seen := map[string]bool{}
	for _, k := range keys {
		for _, word := range wordOfKey.FindAllString(k.Key, -1) {
			if len(word) > 3 {
				seen[strings.ToLower(word)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

var wordOfKey = regexp.MustCompile(`[A-Z]?[a-z]+`)
