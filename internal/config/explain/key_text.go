package explain

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

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
			p.line("  %s", d.describeValue())
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

// describeValue returns a value that depends on another one, with the way in which it does.
func (d Dependent) describeValue() string {
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
		for last+1 < len(s.History) && s.History[last+1].describeValue() == s.History[first].describeValue() {
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
		p.line("  Temporal %s: %s", strings.Join(versions, ", "), s.History[first].describeValue())
		first = last + 1
	}
}

func (v AsOf) describeValue() string {
	if !v.Has {
		return "does not have it"
	}
	value := report.FormatValue(v.Default, "")
	if v.Expr != "" {
		value = v.Expr + " (Go)"
	}
	line := fmt.Sprintf("%s, %s, default %s", v.Kind, v.Precedence, value)
	for _, c := range v.Constrained {
		line += "; " + c.describeValue()
	}
	return line
}

func (c ConstrainedDefault) describeValue() string {
	var where []string
	for _, name := range slices.Sorted(maps.Keys(c.Constraints)) {
		where = append(where, name+" = "+report.FormatValue(c.Constraints[name], ""))
	}
	return report.FormatValue(c.Value, "") + " where " + strings.Join(where, ", ")
}
