package explain

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// Meanings of words in the registry.
var (
	classes = map[string]string{
		"slo":      "you decide it",
		"topology": "you can choose it",
		"safety":   "derived; a wrong value breaks the cluster",
		"tuning":   "derived; leave it alone unless a profile shows a need",
	}
	changes = map[string]string{
		"reload":    "the server rereads it while it runs",
		"restart":   "it is read at start",
		"immutable": "it can never change on a cluster that holds data",
	}
)

// A page prints text with headings and columns.
type page struct {
	io.Writer
	report.Style
}

func (p page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p page) section(title string) { fmt.Fprintf(p, "\n%s\n", p.Bold(title)) }

// facts prints names and values in two columns. It leaves out empty values.
func (p page) facts(rows ...[2]string) {
	tw := tabwriter.NewWriter(p, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		if r[1] != "" {
			fmt.Fprintf(tw, "  %s\t%s\n", r[0], r[1])
		}
	}
	_ = tw.Flush() // into a buffer
}

func (p page) list(items []string) {
	for _, i := range items {
		p.line("  - %s", i)
	}
}

func (s Subject) describe() string {
	what := s.Preset
	if s.Modifier != "" {
		what += " + " + s.Modifier
	}
	what = fmt.Sprintf("preset %s, Temporal %s, DSQL plugin generation %s", what, s.TemporalVersion, s.PluginVersion)
	if s.Name != s.Preset {
		what = s.Name + ": " + what
	}
	if s.Target != s.Preset {
		what = s.Target + ", " + what
	}
	return what + " (" + s.Chosen + ")"
}

// Text prints the explanation of a key.
func (k Key) Text(w io.Writer, style report.Style) {
	p := page{w, style}
	if k.Source == "" {
		p.line("%s", p.Bold(k.Key))
	} else {
		p.line("%s", p.Bold(k.Key+" = "+report.FormatValue(k.Value, k.Unit)))
	}
	p.line("  %s", k.Purpose)
	p.line("  %s\n", k.Rationale)
	k.writeFacts(p)

	if len(k.Places) > 0 {
		p.section("Other values")
		for _, x := range k.Places {
			p.line("  %s: %v", x.Place, x.Value)
		}
	}

	p.section("Where it is read")
	p.readers(k.Read)

	k.writeDerivation(p)
	if len(k.Dependents) > 0 {
		p.section("Values that depend on it")
		for _, d := range k.Dependents {
			p.line("  %s", d.describe())
		}
	}
	if len(k.GuardRails) > 0 {
		p.section("Guard rails that read it")
		for _, r := range k.GuardRails {
			p.line("  %s: %s: %s", r.Severity, r.Name, r.Title)
		}
	}
	if k.Server != nil {
		p.section("In the server")
		server := *k.Server
		if server.Doc == k.Purpose {
			server.Doc = "" // printed above
		}
		p.server(server)
	}
}

// writeFacts writes what is known of the key and its value, and what is wrong with it.
func (k Key) writeFacts(p page) {
	source := k.Source
	switch {
	case source == "":
		source = fmt.Sprintf("none: Temporal %s does not have the key", k.Deployment.TemporalVersion)
	case k.Before != nil:
		source += ", in place of " + report.FormatValue(k.Before, k.Unit)
	}
	registry, meaning := "yes", classes[k.Classification]
	if !k.Curated {
		registry, meaning = "no", strings.TrimPrefix(meaning, "derived; ")
	}
	p.facts([][2]string{
		{"deployment", k.Deployment.describe()},
		{"classification", k.Classification + ": " + meaning},
		{"in the registry", registry},
		{"source", source},
		{"kind", k.Kind},
		{"allowed", k.Allowed},
		{"to apply", describeWord(k.Change, changes)},
		{"acts on", strings.Join(k.ActsOn, ", ")},
	}...)
	for _, r := range k.Refused {
		p.line("  refused: %s", r)
	}
	for _, w := range k.Doubtful {
		p.line("  warning: %s", w)
	}
}

// writeDerivation writes how the value follows from the layers and the formulas.
func (k Key) writeDerivation(p page) {
	if len(k.Chain) > 0 {
		p.section("Derivation")
		p.list(k.Chain)
	}
	if k.Derivation != nil {
		switch k.Source {
		case "override":
			p.section("The formula that the override replaces")
		case "modifier":
			p.section("The lowest value for a modifier")
		default:
			p.section("The formula")
		}
		p.derivation(*k.Derivation)
		for _, q := range k.Quantities {
			p.line("  %s", q.Name)
			p.derivation(q.Derivation)
		}
	}
}

// describe returns a value that depends on another one, with the way in which it does.
func (d Dependent) describe() string {
	line := fmt.Sprintf("%s = %s (%s)", d.Key, report.FormatValue(d.Value, ""), d.Source)
	if len(d.Through) > 0 {
		line += ", through " + strings.Join(d.Through, ", ")
	}
	if !d.Changes {
		line += ": unaffected, because another layer replaces its formula"
	}
	return line
}

// describeWord returns a word with its meaning.
func describeWord(word string, meanings map[string]string) string {
	if word == "" {
		return ""
	}
	return word + ": " + meanings[word]
}

func (p page) readers(r Readers) {
	if r.DynamicConfig != "" {
		p.line("  dynamic config: %s", r.DynamicConfig)
	}
	if r.Static != "" {
		p.line("  static configuration: %s", r.Static)
	}
	for _, v := range r.Environment {
		p.variable(v)
	}
	for _, language := range slices.Sorted(maps.Keys(r.SDK)) {
		p.line("  %s SDK: %s", language, r.SDK[language])
	}
	if other := r.SDKInstead; other != nil {
		p.line("  with %s = %v:%s", other.Parameter, other.Is, map[bool]string{true: " no option"}[len(other.SDK) == 0])
		for _, language := range slices.Sorted(maps.Keys(other.SDK)) {
			p.line("    %s SDK: %s", language, other.SDK[language])
		}
	}
	if r.Deployment != "" {
		p.line("  the deployment itself: %s", r.Deployment)
	}
}

// variable prints a variable, when it is read, and the values that its reader accepts.
func (p page) variable(v registry.Variable) {
	line := "  environment: " + v.Name
	if len(v.Generations) > 0 {
		line += ", plugin generation " + strings.Join(v.Generations, ", ")
	}
	p.line("%s", line)
	modes := map[string][]string{}
	for generation, when := range v.When {
		if len(when) > 0 {
			modes[strings.Join(when, " and ")] = append(modes[strings.Join(when, " and ")], generation)
		}
	}
	for _, mode := range slices.Sorted(maps.Keys(modes)) {
		if len(modes[mode]) == len(v.When) {
			p.line("    read only %s", mode)
			continue
		}
		slices.Sort(modes[mode])
		p.line("    read by generation %s only %s", strings.Join(modes[mode], ", "), mode)
	}
	if unset := cmp.Or(v.Default, v.Computed); unset != "" {
		p.line("    unset: %s", unset)
	}
	if a := v.Accepts; a != nil {
		line := "    accepts: " + a.Kind
		if a.Min != "" && a.Max != "" {
			line += " from " + a.Min + " to " + a.Max
		} else if a.Min != "" {
			line += ", at least " + a.Min
		}
		if v.Otherwise != "" {
			line += "; anything else silently becomes " + v.Otherwise
		}
		p.line("%s", line)
	}
	if len(v.ReadBy) > 0 {
		p.line("    read by: %s", strings.Join(v.ReadBy, ", "))
	}
	if v.WithoutEffect != "" {
		p.line("    without effect: %s", v.WithoutEffect)
	}
}

// derivation prints a formula, with and without its numbers, its result and its inputs.
func (p page) derivation(d Derivation) {
	p.line("    %s", d.Formula)
	if d.Filled != d.Formula && d.Filled != report.FormatValue(d.Value, "") {
		p.line("  = %s", d.Filled)
	}
	p.line("  = %s", report.FormatValue(d.Value, ""))
	for _, in := range d.Inputs {
		p.line("      %s", in.describe())
	}
}

func (in Input) describe() string {
	line := fmt.Sprintf("%s = %s: ", in.Name, report.FormatValue(in.Value, in.Unit))
	switch in.Kind {
	case compile.InputParameter:
		return line + fmt.Sprintf("parameter %s (%s)", in.RefersTo, in.Layer)
	case compile.InputQuota:
		line += fmt.Sprintf("quota %s (%s, %s)", in.RefersTo, in.Source, in.AsOf)
		if in.Raised != nil {
			line += fmt.Sprintf(", raised from %s", report.FormatValue(in.Raised, ""))
		}
		return line
	case compile.InputMargin:
		return line + fmt.Sprintf("margin %s (%s)", in.RefersTo, in.Source)
	}
	return line + in.Kind + " " + in.RefersTo
}

func (p page) server(s Server) {
	kind := s.Kind
	if len(s.Fields) > 0 {
		kind += " of " + strings.Join(s.Fields, ", ")
	}
	if s.Gradual {
		kind += ", or a gradual change between two such values"
	}
	p.facts([][2]string{
		{"key", s.Key},
		{"kind", kind},
		{"scope", s.Precedence},
		{"description", s.Doc},
		{"note", s.Note},
	}...)
	// one line for consecutive servers with the same facts
	for first := 0; first < len(s.History); {
		last := first
		for last+1 < len(s.History) && s.History[last+1].describe() == s.History[first].describe() {
			last++
		}
		var versions []string
		for _, v := range s.History[first : last+1] {
			version := v.Version
			if v.Since != "" {
				version += " (since " + v.Since + ")"
			}
			versions = append(versions, version)
		}
		p.line("  Temporal %s: %s", strings.Join(versions, ", "), s.History[first].describe())
		first = last + 1
	}
}

func (v AsOf) describe() string {
	if !v.Has {
		return "does not have it"
	}
	value := report.FormatValue(v.Default, "")
	if v.Expr != "" {
		value = v.Expr + " (Go)"
	}
	line := fmt.Sprintf("%s, %s, default %s", v.Kind, v.Precedence, value)
	for _, c := range v.Constrained {
		line += "; " + c.describe()
	}
	return line
}

func (c ConstrainedDefault) describe() string {
	var where []string
	for _, name := range slices.Sorted(maps.Keys(c.Constraints)) {
		where = append(where, name+" = "+report.FormatValue(c.Constraints[name], ""))
	}
	return report.FormatValue(c.Value, "") + " where " + strings.Join(where, ", ")
}

// Text prints the explanation of a preset.
func (d Preset) Text(w io.Writer, style report.Style) {
	p := page{w, style}
	title := d.Deployment.Preset
	if d.Deployment.Modifier != "" {
		title += " + " + d.Deployment.Modifier
	}
	p.line("%s", p.Bold(title))
	p.line("  %s", d.Summary)
	if d.Modifier != "" {
		p.line("  %s: %s", d.Deployment.Modifier, d.Modifier)
	}
	p.line("  For %s to %s st/s.", report.FormatValue(d.Range.Min, ""), report.FormatValue(d.Range.Max, ""))
	p.line("  %s", d.Deployment.describe())
	p.findings("Refused", d.Findings)
	p.findings("Accepted with a warning", d.Warnings)
	p.values("SLO", d.SLO)
	p.values("Topology", d.Topology)
	p.section("Choices of the preset")
	for _, c := range d.Choices {
		p.line("  %s = %s, read by %s", c.Name, report.FormatValue(c.Value, ""), strings.Join(c.Reads, ", "))
	}
	p.section("Quantities that formulas share")
	for _, q := range d.Quantities {
		p.line("  %s", q.Name)
		p.derivation(q.Derivation)
	}
	p.values("Safety", d.Locked)
	p.values("Tuning", d.Tuning)
	p.section("Promises of a running cluster")
	for _, b := range d.Promises {
		line, why := b.Text()
		p.line("  %s", line)
		p.line("    %s", b.Doc)
		p.line("    %s", why)
	}
}

func (p page) values(title string, values []Value) {
	p.section(title)
	for _, v := range values {
		p.line("  %s = %s (%s, change: %s)", v.Key, report.FormatValue(v.Value, v.Unit), v.Source, v.Change)
		p.line("    %s", v.Purpose)
		p.line("    %s", v.Rationale)
		for _, c := range v.Chain {
			p.line("    - %s", c)
		}
		if v.Derivation != nil {
			p.line("    = %s", v.Derivation.Filled)
			for _, in := range v.Derivation.Inputs {
				p.line("      %s", in.describe())
			}
		}
		if len(v.Moves) > 0 {
			p.line("    moves %s", strings.Join(v.Moves, ", "))
		}
		if len(v.GuardRails) > 0 {
			p.line("    read by guard rails %s", strings.Join(v.GuardRails, ", "))
		}
	}
}

func (p page) findings(title string, all []policy.Finding) {
	if len(all) == 0 {
		return
	}
	p.section(title)
	for _, f := range all {
		p.line("  %s: %s: %s", f.Severity, f.RuleName, f.Message)
		p.line("    reads %s", strings.Join(f.ParameterKeys, ", "))
		p.line("    %s", f.Advice())
	}
}

// Text prints the explanation of a compiled profile.
func (d Profile) Text(w io.Writer, style report.Style) {
	p := page{w, style}
	p.line("%s", p.Bold(d.Deployment.Name))
	p.line("  %s, compiler %s", d.Deployment.describe(), d.CompilerVersion)
	for _, m := range d.Missing {
		p.line("  not known: %s", m)
	}
	p.section("Overrides")
	if len(d.Overrides) == 0 {
		p.line("  none")
	}
	for _, o := range d.Overrides {
		before := "not known"
		if o.Before != nil {
			before = report.FormatValue(o.Before, o.Unit)
		}
		line := fmt.Sprintf("  %s (%s): %s -> %s", o.Key, o.Classification, before, report.FormatValue(o.After, o.Unit))
		if o.Change != "" {
			line += ", change: " + o.Change
		}
		p.line("%s", line)
	}
	if len(d.Findings) == 0 {
		p.section("Guard rails that fired")
		p.line("  none")
	}
	p.findings("Guard rails that fired", d.Findings)
	p.section("Where the values come from")
	for _, v := range d.Values {
		p.line("  %s = %s (%s, %s)", v.Key, report.FormatValue(v.Value, v.Unit), v.Classification, v.Source)
		for _, c := range v.Chain {
			p.line("    - %s", c)
		}
		if v.Formula != "" {
			p.line("    %s", v.Formula)
			p.line("    = %s", v.Filled)
		}
	}
}

// Text prints the explanation of a rule.
func (r Rule) Text(w io.Writer, style report.Style) {
	p := page{w, style}
	p.line("%s", p.Bold(strings.TrimSuffix(r.Name+": "+r.Title, ": ")))
	p.line("  %s\n", r.Rationale)
	p.facts([][2]string{
		{"kind", r.Kind},
		{"severity", r.Severity},
		{"remedy", r.Remedy},
		{"source", r.Source},
		{"see", r.URL},
		{"file", r.File},
	}...)
	if len(r.Parameters) > 0 {
		p.section("Parameters that it reads")
		for _, x := range r.Parameters {
			p.line("  %s (%s): %s", x.Key, x.Classification, x.Purpose)
		}
	}
	if len(r.Numbers) > 0 {
		p.section("Numbers that it compares with")
		for _, n := range r.Numbers {
			line := fmt.Sprintf("  %s: %s", n.Name, n.Kind)
			if n.Value != nil {
				line += fmt.Sprintf(", %s (%s", report.FormatValue(n.Value, n.Unit), n.Source)
				if n.AsOf != "" {
					line += ", " + n.AsOf
				}
				line += ")"
			}
			p.line("%s", line)
		}
	}
	if r.Computes != "" {
		p.section("Rego")
		for _, line := range strings.Split(r.Computes, "\n") {
			p.line("%s", strings.TrimRight("  "+line, " "))
		}
	}
}
