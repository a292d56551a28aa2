// Package lint checks a running configuration: each setting by the schema, and all together by the guard rails
// whose inputs they contain.
package lint

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/owndocument"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Request names the files of one deployment.
type Request struct {
	Files  []string
	Format deployed.Format // format of all files; "" means detected for each
	// running server version and plugin generation; "" means a compile's defaults
	Temporal, Plugin string
	Stdin            io.Reader // read for the file "-"
	// Services are the services to check, as names or patterns; none means all.
	Services []string
}

// Result holds the findings, and how much was checked.
type Result struct {
	Report           report.Report
	Temporal, Plugin string
	// VersionPos is where the files state the server version; zero if it was requested, or if none of them states one.
	VersionPos source.Pos
	// VersionWarning warns of a server that is newer than the catalogue; "" means none.
	VersionWarning string
	IsAssumed      bool // the files state no server version, or one that is too old
	Settings       int
	Evaluated      []string             // guard rails that were evaluated
	Skipped        []policy.SkippedRule // guard rails that were skipped, with the missing values
	// Unread holds the problems of files that cannot be read, or is nil; the findings are those of the other files.
	Unread *source.Error
}

// Run reads the files and checks them as one deployment.
func Run(ctx context.Context, engine *compile.Engine, r Request) (*Result, error) {
	// concurrently: the module, and which values the guard rails read
	go engine.Preload()
	awaitMetadata := concurrently(func() (*policy.Survey, error) { return policy.NewSurvey(engine.Policies()) })
	files, unread, err := readFiles(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case len(files) == 0 && unread != nil:
		return nil, unread
	}
	if err := ChooseServices(engine, files, r.Services); err != nil {
		return nil, err
	}
	deployed.DropRepeated(files)
	scope, err := ReadScope(engine, files)
	if err != nil {
		return nil, err
	}
	var given []deployed.Setting
	for _, f := range files {
		f.Settings = slices.DeleteFunc(f.Settings, func(s deployed.Setting) bool { return scope.IsForeign(s.Service) })
		given = append(given, f.Settings...)
	}
	var versionPos source.Pos
	isRequested := r.Temporal != ""
	if !isRequested {
		if r.Temporal, versionPos, err = FindServerVersion(engine, scope); err != nil {
			return nil, err
		}
	}
	converted := ConvertSettings(given)
	linted, err := settings.Begin(engine.Module, converted, r.Temporal, r.Plugin)
	if err != nil {
		return nil, err
	}
	// concurrently with the check
	canState := linted.CanState(converted)
	awaitSurvey := concurrently(func() (*policy.Survey, error) {
		survey, err := awaitMetadata()
		if err != nil {
			return nil, err
		}
		return survey, survey.Compile(canState)
	})
	comparison, err := linted.Evaluate(ctx, engine.Module, converted, r.Temporal, r.Plugin)
	if err != nil {
		return nil, err
	}
	// concurrently with the guard rails
	awaitComparison := concurrently(func() ([]settings.LintProblem, error) { return comparison.Evaluate(engine.Module) })
	out := &Result{Temporal: linted.Temporal, Plugin: linted.Plugin, Settings: len(given), VersionPos: versionPos, Unread: unread}
	out.IsAssumed, out.VersionWarning = r.Temporal == "", linted.Versions.Warning(linted.Temporal)
	out.Report = report.Report{Kind: "file"}
	for _, rule := range linted.Rules {
		out.Report.Rules = append(out.Report.Rules, policy.Rule{
			Name: rule.Name, Title: rule.Title, Description: rule.Description, Severity: rule.Severity, Remedy: rule.Remedy,
		})
	}
	others := findOtherStores(given, linted)
	others.dropValues(given, linted)
	found := placeNotices(files, linted)
	clusterNames, byEndpoint := scope.ClusterNames(given), scope.Clusters(given)
	if clusters := findClusters(byEndpoint, clusterNames, given); len(clusters) > 1 {
		found = append(found, clusterFinding(clusters, linted))
	}
	found = append(found, findUnevaluated(clusterNames, given, linted)...)
	found = append(found, findUndefinedStores(given, linted)...)
	if !isRequested {
		found = append(found, findVersions(scope, linted)...)
	}
	survey, err := awaitSurvey()
	if err != nil {
		return nil, err
	}
	evaluated, err := evaluateClusters(ctx, clusterNames, func(has func(deployed.Setting) bool) (evaluation, error) {
		part := selectSettings(given, linted, has)
		v := mergeValues(given, part, others.areAlone())
		found = append(found, v.findDisagreements(linted, byEndpoint)...)
		own := slices.DeleteFunc(slices.Clone(given), func(s deployed.Setting) bool { return !has(s) })
		v.addDefaults(own, linted.Defaults)
		if !others.areAlone() {
			v.addStoreDefaults(own, linted)
			v.addPluginDefaults(own, linted, scope.findEnvironments())
		}
		return v.evaluateRules(ctx, survey, part)
	})
	if err != nil {
		return nil, err
	}
	if n := linted.Uncompared; n > 0 {
		found = append(found, newFinding(linted, "many_places", given[n-1].ValuePos,
			"this value and those after it are not compared with the keys that can replace them or switch them off"))
	}
	for _, i := range linted.Unpaired {
		f := newFinding(linted, "many_places", given[i].ValuePos, fmt.Sprintf(
			"%s has more than %d values that can conflict: this one and those after it are not compared with the others",
			given[i].Key, budget.ConflictingValues.Most,
		))
		f.Remedy = "correct those that are compared, and check again"
		found = append(found, f)
	}
	if !evaluated.unplaced.IsZero() {
		found = append(found, newFinding(linted, "many_places", evaluated.unplaced, fmt.Sprintf(
			"guard rails are checked for the first %d namespaces and task queues, and not for this one and those after it",
			budget.LintPlaces.Most,
		)))
	}
	out.Skipped = evaluated.skipped
	found = append(found, evaluated.findings...)
	problems, err := awaitComparison()
	if err != nil {
		return nil, err
	}
	linted.AddProblems(problems)
	others.dropProblems(given, linted)
	found = append(found, placeProblems(given, linted)...)
	for _, rule := range evaluated.rules {
		out.Evaluated = append(out.Evaluated, rule.Name)
		out.Report.Rules = append(out.Report.Rules, rule)
	}
	out.Report.Subjects = groupByFile(files, found)
	return out, nil
}

// readFiles reads all files. The first error holds the problems of unreadable ones.
func readFiles(ctx context.Context, r Request) ([]*deployed.File, *source.Error, error) {
	var files []*deployed.File
	all := &source.Error{Doing: deployed.Doing}
	batch := configfile.Reader{Format: r.Format, Stdin: r.Stdin, KeepsRest: true, Given: r.Files}.NewBatch()
	addProblems := func(err error) error {
		var input *source.Error
		if err != nil && !errors.As(err, &input) {
			return err
		}
		if err != nil {
			all.Problems = append(all.Problems, input.Problems...)
		}
		return nil
	}
	seen := map[string]bool{}
	for _, name := range r.Files {
		if id := deployed.IdentifyFile(name); !seen[id] {
			seen[id] = true
			f, err := batch.File(ctx, name)
			if err := addProblems(err); err != nil {
				return nil, nil, err
			}
			if err == nil {
				files = append(files, f)
			}
		}
	}
	if err := addProblems(batch.Complete(ctx)); err != nil {
		return nil, nil, err
	}
	all.Problems = slices.DeleteFunc(all.Problems, func(p source.Problem) bool {
		return p.Message == configfile.Unrecognised && batch.IsPart(p.Pos.File)
	})
	files = slices.DeleteFunc(files, func(f *deployed.File) bool {
		if own := recogniseOwn(f, batch); own != nil {
			all.Problems = append(all.Problems, *own)
			return true
		}
		all.Problems = append(all.Problems, f.Unread...)
		return false
	})
	for i := range all.Problems {
		p := &all.Problems[i]
		if !slices.Contains(r.Files, p.Pos.File) {
			continue
		}
		if own := owndocument.Recognise(p.Pos.File); own != nil {
			*p = *own
		} else if p.Message == configfile.Unrecognised {
			p.Remedy += ", and name it with --format"
		}
	}
	if len(all.Problems) > 0 {
		all.Problems = deployed.DropRepeatedProblems(all.Problems)
		return files, all, nil
	}
	return files, nil, nil
}

// recogniseOwn returns what is wrong with a document of this program that is read as a configuration, or nil.
func recogniseOwn(f *deployed.File, batch *configfile.Batch) *source.Problem {
	if len(f.Settings) > 0 || batch.IsPart(f.Name) {
		return nil
	}
	return owndocument.Recognise(f.Name)
}

// ConvertSettings converts settings to the schema's form.
func ConvertSettings(given []deployed.Setting) []settings.RunningSetting {
	all := make([]settings.RunningSetting, 0, len(given))
	for _, s := range given {
		x := settings.RunningSetting{
			Kind: string(s.Kind), File: s.Pos.File, Origin: s.Pos.String(), Service: s.Service, Key: s.Key,
			Value: s.Value, Known: !s.Unknown && !s.Secret, Store: s.Store, StorePlugin: s.StorePlugin, ServerFile: s.ServerFile,
		}
		if text, ok := s.Value.(string); ok && s.Kind != deployed.Dynamic {
			x.As = settings.ParseReadings(text)
		}
		var where []string
		for _, c := range s.Constraints {
			x.Constraints = append(x.Constraints, settings.Condition{Name: c.Name, Value: c.Value})
			text, _ := json.Marshal(c.Value) // was decoded from YAML or JSON
			where = append(where, strings.ToLower(c.Name)+"="+string(text))
		}
		slices.Sort(where)
		x.Where = strings.Join(where, " ")
		for _, i := range s.Ignored {
			x.Ignored = append(x.Ignored, i.Name)
		}
		all = append(all, x)
	}
	return all
}

// placeNotices converts the remarks on files to findings.
func placeNotices(files []*deployed.File, linted *settings.LintResult) []report.Finding {
	rules := map[string]settings.LintRule{}
	for _, rule := range linted.Rules {
		rules[rule.Name] = rule
	}
	var found []report.Finding
	for _, f := range files {
		for _, n := range f.Notices {
			rule := rules[n.Rule]
			found = append(found, report.Finding{Pos: n.Pos, Finding: policy.Finding{
				RuleName:      n.Rule,
				Severity:      rule.Severity,
				Message:       n.Message,
				Remedy:        cmp.Or(n.Remedy, rule.Remedy),
				ParameterKeys: []string{},
			}})
		}
	}
	return found
}

// placeProblems converts the schema's problems to findings with places.
func placeProblems(given []deployed.Setting, linted *settings.LintResult) []report.Finding {
	var found []report.Finding
	reported := map[string]bool{}
	for _, p := range linted.Problems {
		s := given[p.Setting]
		if s.Kind == deployed.Static { // all fields of an unknown part have the same problem
			id := s.Pos.File + " " + p.Message
			if reported[id] {
				continue
			}
			reported[id] = true
		}
		if p.IsOfChart && s.IsOfChart {
			continue // the user cannot change it
		}
		pos := s.Pos
		switch {
		case p.Field != "":
			if n := slices.IndexFunc(s.Above, func(f deployed.Field) bool { return f.Name == p.Field }); n >= 0 {
				pos = s.Above[n].Pos
			}
		case p.At == "value":
			pos = s.ValuePos
		case p.At == "constraint" && p.N < len(s.Constraints):
			pos = s.Constraints[p.N].Pos
		case p.At == "ignored" && p.N < len(s.Ignored):
			pos = s.Ignored[p.N].Pos
		}
		found = append(found, report.Finding{Pos: pos, Finding: policy.Finding{
			RuleName: p.RuleName, Severity: p.Severity, Message: p.Message, Remedy: p.Remedy,
			ParameterKeys: []string{cmp.Or(p.Parameter, s.Key)},
		}})
	}
	return found
}

// values are the parameters that a deployment sets.
type values struct {
	byKey     map[string][]any // distinct values, in file order
	positions map[string]source.Pos
	amounts   map[string]bool                  // names of limits and margins, with their group
	defaulted map[string]string                // whose default a parameter has: the server's or the plugin's
	byService map[string]map[string]placeValue // values of services, by service and parameter
	// services in file order
	services []string
	// values for all services, by parameter
	common map[string]placeValue
	// values of the server's services, by service and parameter, where they differ: rules that sum take the value of each
	roles map[string]map[string]any
	// services with an environment of their own, and parameters that have a value for all services
	contained, shared map[string]bool
	// namespaces and task queues with their own values, in file order
	places []place
	// where the first value of a further place is; zero if there is none
	unplaced source.Pos
}

// placeValue is the value of a parameter in one service.
type placeValue struct {
	value       any
	pos         source.Pos
	isAmbiguous bool // the service has several values
	isDefault   bool // the plugin's default: the service does not set it
	isVariable  bool // of the service's environment
}

func mergeValues(given []deployed.Setting, linted *settings.LintResult, isOther bool) values {
	v := values{
		byKey: map[string][]any{}, positions: map[string]source.Pos{}, amounts: map[string]bool{}, defaulted: map[string]string{},
		byService: map[string]map[string]placeValue{}, shared: map[string]bool{},
		common: map[string]placeValue{},
	}
	seen := map[string]bool{}
	for _, x := range linted.Values {
		text, _ := json.Marshal(x.Value) // was decoded from CUE
		if id := x.Parameter + "=" + string(text); !seen[id] {
			seen[id] = true
			v.byKey[x.Parameter] = append(v.byKey[x.Parameter], x.Value)
		}
		if _, ok := v.positions[x.Parameter]; !ok {
			v.positions[x.Parameter] = given[x.Setting].ValuePos
		}
		v.addPlaced(given[x.Setting], x)
	}
	for _, x := range linted.Placed {
		v.addPlace(given[x.Setting], x)
	}
	for name := range linted.Limits {
		v.amounts["limits."+name] = !isOther // they are those of DSQL
	}
	for name := range linted.Margins {
		v.amounts["margins."+name] = true
	}
	return v
}

// hasOneValue reports whether a parameter has exactly one value.
func (v values) hasOneValue(key string) bool { return len(v.byKey[key]) == 1 || v.amounts[key] }

// explainMissing explains that a parameter with several values is not missing, nor one that only some services state.
func (v values) explainMissing(left []policy.SkippedRule, unstated map[string]bool) []policy.SkippedRule {
	for _, u := range left {
		for i, key := range u.Missing {
			if unstated[key] {
				u.Missing[i] = key + " of each service"
			}
			if len(v.byKey[key]) > 1 {
				text, _ := json.Marshal(v.byKey[key]) // was decoded from CUE
				u.Missing[i] = fmt.Sprintf("one value of %s, which has %s", key, text)
			}
		}
	}
	return left
}

// profileParameter is a parameter of a config profile.
type profileParameter struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Source string `json:"source,omitempty"`
}

// buildProfile returns the known part of a config profile.
func (v values) buildProfile(linted *settings.LintResult) ([]byte, error) {
	params := []profileParameter{}
	for key, all := range v.byKey {
		if len(all) == 1 {
			p := profileParameter{Key: key, Value: all[0]}
			if reader := v.defaulted[key]; reader != "" {
				p.Source = reader + " default"
			}
			params = append(params, p)
		}
	}
	slices.SortFunc(params, func(a, b profileParameter) int { return strings.Compare(a.Key, b.Key) })
	profile := map[string]any{
		"tuning_params": params, "limits": linted.Limits, "margins": linted.Margins, "places": v.statePlaces(),
	}
	if len(v.roles) > 0 {
		profile["services"] = v.roles
	}
	return json.Marshal(profile)
}

// findPlace returns where a parameter of a finding is set: one that the message names, or else one that a file sets.
func (v values) findPlace(keys []string, message string) source.Pos {
	isNamed := func(key string) bool { return strings.Contains(message, key) }
	isSet := func(key string) bool { return v.defaulted[key] == "" }
	for _, fits := range []func(string) bool{
		func(key string) bool { return isNamed(key) && isSet(key) }, isNamed, isSet, func(string) bool { return true },
	} {
		for _, key := range keys {
			if pos, ok := v.positions[key]; ok && fits(key) {
				return pos
			}
		}
	}
	return source.Pos{}
}

// groupByFile groups findings by file, including files that the named ones refer to.
func groupByFile(files []*deployed.File, found []report.Finding) []report.Subject {
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		for _, s := range f.Settings {
			names = append(names, s.Pos.File)
		}
		for _, n := range f.Notices {
			names = append(names, n.Pos.File)
		}
	}
	slices.SortFunc(found, func(a, b report.Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.RuleName, b.RuleName), cmp.Compare(a.Message, b.Message))
	})
	var all []report.Subject
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		s := report.Subject{Name: name, File: name, Findings: []report.Finding{}}
		for _, f := range found {
			// settings shared by several services yield one finding
			at := fmt.Sprint(f.Pos, f.RuleName, f.Message)
			if f.Pos.File == name && !seen[at] {
				seen[at] = true
				s.Findings = append(s.Findings, f)
			}
		}
		all = append(all, s)
	}
	return all
}
