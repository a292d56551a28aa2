package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/explain"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// A listing is a command that prints one kind of thing in a table.
type listing[T any] struct {
	use, short, long, example string
	list                      func(*compile.Engine) ([]T, error)
	heading                   []string
	row                       func(T) []string
}

func (l listing[T]) command(a *app) *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use: l.use, Short: l.short, Long: l.long, Example: l.example, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			engine, err := compile.New(a.dir)
			if err != nil {
				return err
			}
			all, err := l.list(engine)
			if err != nil {
				return err
			}
			return a.print(f, all, func(w io.Writer, style report.Style) {
				rows := make([][]string, 0, len(all))
				for _, x := range all {
					rows = append(rows, l.row(x))
				}
				report.Table(w, style, l.heading, rows)
			})
		},
	}
	f.flag(cmd)
	return cmd
}

func (a *app) listPresets() *cobra.Command {
	return listing[compile.Preset]{
		use: "list-presets", short: "List the scale presets",
		example: "  temporal-dsql list-presets\n  temporal-dsql list-presets -o json",
		list:    (*compile.Engine).Presets,
		heading: []string{"NAME", "ST/S", "SUMMARY"},
		row: func(p compile.Preset) []string {
			return []string{p.Name, fmt.Sprintf("%v-%v", p.Range.Min, p.Range.Max), p.Summary}
		},
	}.command(a)
}

func (a *app) listModifiers() *cobra.Command {
	return listing[compile.Modifier]{
		use: "list-modifiers", short: "List the workload modifiers",
		example: "  temporal-dsql list-modifiers\n  temporal-dsql list-modifiers -o yaml",
		list:    (*compile.Engine).Modifiers,
		heading: []string{"NAME", "SUMMARY"},
		row:     func(m compile.Modifier) []string { return []string{m.Name, m.Summary} },
	}.command(a)
}

func (a *app) listAdapters() *cobra.Command {
	return listing[compile.Adapter]{
		use: "list-adapters", short: "List the SDK and platform adapters",
		long: `List the adapters that are CUE packages: those of temporal-dsql, and those
under adapters/ of the repository around. An executable on PATH named
temporal-dsql-adapter-NAME serves as an adapter too, where --sdk or --platform
names it.`,
		example: "  temporal-dsql list-adapters\n  temporal-dsql list-adapters -o json",
		list:    (*compile.Engine).Adapters,
		heading: []string{"NAME", "KIND", "SUMMARY"},
		row:     func(x compile.Adapter) []string { return []string{x.Name, x.Kind, x.Summary} },
	}.command(a)
}

func (a *app) listMetrics() *cobra.Command {
	return listing[compile.Metric]{
		use: "list-metrics", short: "List the metrics of a behaviour profile",
		long: `List the metrics that a behaviour profile keeps of a running cluster: what each
is, in which unit, which way is better and who exports it. With -o json or yaml
also the PromQL by dialect of the server's exporter, what it can be narrowed by,
and the smallest difference that matters.`,
		example: "  temporal-dsql list-metrics\n  temporal-dsql list-metrics -o json | jq -r '.[] | .name + \"\\t\" + .query.tally'",
		list:    (*compile.Engine).Metrics,
		heading: []string{"NAME", "UNIT", "BETTER", "SOURCE", "SUMMARY"},
		row:     func(m compile.Metric) []string { return []string{m.Name, m.Unit, m.Polarity, m.Source, m.Doc} },
	}.command(a)
}

// described is a parameter with its value in a preset.
type described struct {
	Key       string `json:"key"`
	Value     any    `json:"value"`
	Unit      string `json:"unit,omitempty"`
	Source    string `json:"source"`
	Doc       string `json:"doc"`
	Rationale string `json:"rationale"`
}

// description is a preset with all that follows from it.
type description struct {
	Preset   string      `json:"preset"`
	Modifier string      `json:"modifier,omitempty"`
	SLO      []described `json:"slo"`
	Topology []described `json:"topology"`
	Safety   []described `json:"safety"`
	Tuning   []described `json:"tuning"`
	// what a running cluster keeps to
	Promises []explain.Promise `json:"promises"`
}

func (a *app) describePreset() *cobra.Command {
	var f format
	var modifier, server, plugin string
	cmd := &cobra.Command{
		Use:   "describe-preset PRESET",
		Short: "Show every parameter of a preset, grouped by classification",
		Example: `  temporal-dsql describe-preset starter
  temporal-dsql describe-preset mid-scale --modifier orchestrator -o json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.presetNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			engine, err := compile.New(a.dir)
			if err != nil {
				return err
			}
			if err := engine.Supports(minor(server), plugin); err != nil {
				return err
			}
			account, err := engine.Account(compile.Request{Preset: args[0], Modifier: modifier, TemporalVersion: minor(server), PluginVersion: plugin})
			if err != nil {
				return err
			}
			registry, err := engine.Parameters()
			if err != nil {
				return err
			}
			metrics, err := engine.Metrics()
			if err != nil {
				return err
			}
			doc := describe(account.Profile, registry)
			doc.Promises = explain.Promises(account.Promises, metrics)
			return a.print(f, doc, doc.text)
		},
	}
	cmd.Flags().StringVarP(&modifier, "modifier", "m", "", "workload modifier (see list-modifiers)")
	cmd.Flags().StringVar(&server, "temporal-version", "", "Temporal server, as MAJOR.MINOR (see version)")
	cmd.Flags().StringVar(&plugin, "plugin-version", "", "generation of the DSQL plugin (see version)")
	_ = cmd.RegisterFlagCompletionFunc("modifier", a.modifierNames())
	_ = cmd.RegisterFlagCompletionFunc("temporal-version", a.versions(func(v compile.Versions) []string { return v.TemporalServers }))
	_ = cmd.RegisterFlagCompletionFunc("plugin-version", a.versions(func(v compile.Versions) []string { return v.PluginGenerations }))
	f.flag(cmd)
	return cmd
}

func describe(p compile.Profile, registry []compile.Parameter) description {
	byKey := map[string]compile.Parameter{}
	for _, x := range registry {
		byKey[x.Key] = x
	}
	of := func(list []compile.Resolved) []described {
		all := []described{}
		for _, r := range list {
			x := byKey[r.Key]
			all = append(all, described{r.Key, r.Value, x.Unit, r.Source, x.Doc, x.Rationale})
		}
		return all
	}
	return description{
		Preset: p.PresetName, Modifier: p.Modifier,
		SLO: of(p.SLOParams), Topology: of(p.TopologyParams), Safety: of(p.SafetyParams), Tuning: of(p.TuningParams),
	}
}

func (d description) text(w io.Writer, style report.Style) {
	title := d.Preset
	if d.Modifier != "" {
		title += " + " + d.Modifier
	}
	fmt.Fprintln(w, style.Bold(title))
	for _, group := range []struct {
		title string
		rows  []described
	}{
		{"SLO: what is asked for", d.SLO},
		{"Topology: what carries it", d.Topology},
		{"Safety: derived, and checked when overridden", d.Safety},
		{"Tuning: derived", d.Tuning},
	} {
		fmt.Fprintf(w, "\n%s\n", style.Bold(group.title))
		for _, r := range group.rows {
			value := text(r.Value)
			if r.Unit != "" {
				value += " " + r.Unit
			}
			fmt.Fprintf(w, "  %s = %s (%s)\n    %s\n", r.Key, value, r.Source, r.Rationale)
		}
	}
	fmt.Fprintf(w, "\n%s\n", style.Bold("Promises: what a running cluster keeps to"))
	for _, p := range d.Promises {
		line, why := p.Text()
		fmt.Fprintf(w, "  %s\n    %s\n", line, why)
	}
}

// text prints a value as people write it: strings bare, everything else as JSON.
func text(v any) string {
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
	var f format
	var version string
	cmd := &cobra.Command{
		Use:   "keys [PATTERN]",
		Short: "Search the dynamic-config keys of the Temporal server",
		Long: `Keys searches every dynamic-config key of the supported Temporal servers, by a
part of its name or a pattern with * in it. Case does not count, as in the
server itself. Each of these keys can be overridden.`,
		Example: `  temporal-dsql keys persistence
  temporal-dsql keys 'matching.*Partitions' --temporal-version 1.29
  temporal-dsql keys history.shard -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			engine, err := compile.New(a.dir)
			if err != nil {
				return err
			}
			all, err := engine.Keys(minor(version))
			if err != nil {
				return err
			}
			found := []compile.Key{}
			for _, k := range all {
				if len(args) == 0 || matches(args[0], k.Key) {
					found = append(found, k)
				}
			}
			var beside string
			if len(args) == 1 {
				if beside, err = alike(engine, args[0]); err != nil {
					return err
				}
			}
			if len(found) == 0 {
				fmt.Fprintf(a.stderr, "temporal-dsql: no key matches %q\n", args[0])
				if beside != "" {
					fmt.Fprintf(a.stderr, "  hint: of the parameters these do: %s\n", beside)
				}
			}
			return a.print(f, found, func(w io.Writer, style report.Style) {
				var rows [][]string
				for _, k := range found {
					value := text(k.Default)
					if k.Expr != "" {
						value = k.Expr
					}
					class := k.Classification
					if k.Curated {
						class += ", curated"
					}
					rows = append(rows, []string{k.Key, k.Kind, k.Precedence, shorten(value, 32), strings.Join(k.Versions, " "), class})
				}
				report.Table(w, style, []string{"KEY", "KIND", "PRECEDENCE", "DEFAULT", "VERSIONS", "CLASS"}, rows)
				if len(found) > 0 && beside != "" {
					fmt.Fprintf(w, "\nparameters that are no keys of a server: %s\n", beside)
				}
			})
		},
	}
	cmd.Flags().StringVar(&version, "temporal-version", "", "only keys of this server, as MAJOR.MINOR (default: every supported one)")
	_ = cmd.RegisterFlagCompletionFunc("temporal-version", a.versions(func(v compile.Versions) []string { return v.TemporalServers }))
	f.flag(cmd)
	return cmd
}

// alike are the parameters that match and are no keys of a server's.
func alike(engine *compile.Engine, pattern string) (string, error) {
	all, err := engine.Parameters()
	if err != nil {
		return "", err
	}
	var found []string
	for _, p := range all {
		if matches(pattern, p.Key) && p.DynamicConfig == "" {
			found = append(found, p.Key)
		}
	}
	if len(found) == 0 {
		return "", nil
	}
	return strings.Join(found, ", ") + "; temporal-dsql explain --key tells of each", nil
}

func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// matches reports whether a key has the pattern in it; with a * the whole key
// must match.
func matches(pattern, key string) bool {
	pattern, key = strings.ToLower(pattern), strings.ToLower(key)
	if strings.ContainsAny(pattern, "*?[") {
		ok, err := path.Match(pattern, key)
		return err == nil && ok
	}
	return strings.Contains(key, pattern)
}

func (a *app) versionCommand() *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of the compiler and of what it knows",
		Example: "  temporal-dsql version\n  temporal-dsql version -o json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.version(f) },
	}
	f.flag(cmd)
	return cmd
}

func (a *app) version(f format) error {
	engine, err := compile.New(a.dir)
	if err != nil {
		return err
	}
	v, err := engine.Versions()
	if err != nil {
		return err
	}
	return a.print(f, v, func(w io.Writer, _ report.Style) {
		fmt.Fprintf(w, "temporal-dsql %s\nTemporal servers: %s\nDSQL plugin generations: %s\n",
			v.Compiler, strings.Join(v.TemporalServers, ", "), strings.Join(v.PluginGenerations, ", "))
	})
}
