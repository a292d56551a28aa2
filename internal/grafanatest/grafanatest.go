// Package grafanatest reads dashboards and resolves their variables as Grafana 11.2 does
// (public/app/features/templating and the Prometheus data source). Tests use it because
// Grafana cannot run in them.
package grafanatest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Dashboard holds the parts of a dashboard that tests check.
type Dashboard struct {
	UID        string
	Title      string
	Templating struct {
		List []Variable
	}
	Annotations struct {
		List []Annotation
	}
	Links  []Link
	Panels []Panel
}

// Link is a link of a dashboard.
type Link struct{ Title, URL string }

// Variable is a variable of a dashboard.
type Variable struct {
	Type, Name, Query, Regex, AllValue string
	IncludeAll                         bool
}

// Annotation is an annotation query of a dashboard.
type Annotation struct{ Name, Expr string }

// Panel is a panel of a dashboard.
type Panel struct {
	Type, Title string
	Targets     []struct {
		Expr string
	}
	Options struct {
		Root struct {
			Elements []struct {
				Type   string
				Config struct {
					API *ButtonRequest
				}
			}
		}
	}
}

// ButtonRequest is the request that a button sends.
type ButtonRequest struct {
	Method, Endpoint, ContentType, Data, SuccessMessage string
}

// ReadDashboards reads the dashboards of a folder by file name.
func ReadDashboards(folder string) (map[string]Dashboard, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("%s: %d dashboards, %w", folder, len(names), err)
	}
	all := map[string]Dashboard{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var d Dashboard
		if err := json.Unmarshal(data, &d); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[filepath.Base(name)] = d
	}
	return all, nil
}

// Button returns the request of the dashboard's only button.
func (d Dashboard) Button() (ButtonRequest, error) {
	var found []ButtonRequest
	for _, p := range d.Panels {
		for _, e := range p.Options.Root.Elements {
			if e.Type == "button" && e.Config.API != nil {
				found = append(found, *e.Config.API)
			}
		}
	}
	if len(found) != 1 {
		return ButtonRequest{}, fmt.Errorf("%s has %d buttons", d.Title, len(found))
	}
	return found[0], nil
}

// Querier answers the queries of variables.
type Querier interface {
	// LabelValues returns the values of a label of the series that match a selector.
	LabelValues(selector, label string) ([]string, error)
	// QueryResult returns one line per series of the answer: {LABEL="VALUE",…} VALUE
	QueryResult(expr string) ([]string, error)
}

// allOptions is the value of a variable whose option All is selected.
const allOptions = "$__all"

// Values are the time range and the variables of an open dashboard.
type Values struct {
	From, To time.Time
	// Interval of a panel's samples, and the Scrape interval of the data source
	Interval, Scrape time.Duration

	variables       map[string]Variable
	values          map[string]string
	variableOptions map[string][]string
}

// OpenDashboard resolves the variables of a dashboard in order: to the chosen value, or
// else to All or the first option.
func OpenDashboard(d Dashboard, v Values, chosen map[string]string, ask Querier) (Values, error) {
	v.variables, v.values, v.variableOptions = map[string]Variable{}, map[string]string{}, map[string][]string{}
	for _, of := range d.Templating.List {
		v.variables[of.Name] = of
		switch of.Type {
		case "datasource":
			v.values[of.Name] = "prometheus"
		case "textbox":
			v.values[of.Name] = of.Query
		case "query":
			options, err := v.queryOptions(of, ask)
			if err != nil {
				return v, fmt.Errorf("variable %s of %s: %w", of.Name, d.Title, err)
			}
			v.variableOptions[of.Name] = options
			switch {
			case of.IncludeAll:
				v.values[of.Name] = allOptions
			case len(options) > 0:
				v.values[of.Name] = options[0]
			default:
				v.values[of.Name] = ""
			}
		default:
			return v, fmt.Errorf("%s: unknown type %q of a variable", d.Title, of.Type)
		}
		if value, ok := chosen[of.Name]; ok {
			if of.Type == "query" && !slices.Contains(v.variableOptions[of.Name], value) {
				return v, fmt.Errorf("variable %s of %s: options are %q, not %q", of.Name, d.Title, v.variableOptions[of.Name], value)
			}
			v.values[of.Name] = value
		}
	}
	return v, nil
}

// Options returns the options of a variable.
func (v Values) Options(name string) []string { return v.variableOptions[name] }

var (
	labelValues = regexp.MustCompile(`^label_values\((?:(.+),\s*)?([a-zA-Z_][a-zA-Z0-9_]*)\)$`)
	queryResult = regexp.MustCompile(`^query_result\((.+)\)$`)
)

// queryOptions returns the options of a variable; its regex selects a group of each answer.
func (v Values) queryOptions(of Variable, ask Querier) (found []string, err error) {
	query := v.ExpandQuery(of.Query)
	if m := labelValues.FindStringSubmatch(query); m != nil {
		found, err = ask.LabelValues(m[1], m[2])
	} else if m := queryResult.FindStringSubmatch(query); m != nil {
		found, err = ask.QueryResult(m[1])
	} else {
		err = fmt.Errorf("unknown variable query: %q", query)
	}
	if err != nil || of.Regex == "" {
		return found, err
	}
	pattern, err := regexp.Compile(strings.Trim(of.Regex, "/"))
	if err != nil {
		return nil, err
	}
	var picked []string
	for _, f := range found {
		if m := pattern.FindStringSubmatch(f); m != nil {
			picked = append(picked, m[len(m)-1])
		}
	}
	return picked, nil
}

var variablePattern = regexp.MustCompile(`\$(\w+)|\$\{(\w+)(?::([^}]+))?\}`)

// ExpandQuery expands the variables in a PromQL query. The value of a variable with several
// options is escaped for a regular expression.
func (v Values) ExpandQuery(text string) string {
	return v.expandVariables(text, func(of Variable, value string) string {
		if of.IncludeAll {
			return regexpSpecial.ReplaceAllString(value, `\\$0`)
		}
		return strings.NewReplacer(`\`, `\\`, `'`, `\\'`).Replace(value)
	})
}

// regexpSpecial matches what Grafana's Prometheus data source escapes in a regular
// expression.
var regexpSpecial = regexp.MustCompile(`[\\^$*+?.()|[\]{}]`)

// ExpandText expands the variables in any other text.
func (v Values) ExpandText(text string) string {
	return v.expandVariables(text, func(_ Variable, value string) string { return value })
}

func (v Values) expandVariables(text string, plain func(Variable, string) string) string {
	return variablePattern.ReplaceAllStringFunc(text, func(found string) string {
		m := variablePattern.FindStringSubmatch(found)
		name, format := m[1]+m[2], m[3]
		switch name {
		case "__from":
			return formatTime(v.From, format)
		case "__to":
			return formatTime(v.To, format)
		case "__interval":
			return formatSeconds(v.Interval)
		case "__rate_interval":
			return formatSeconds(max(v.Interval+v.Scrape, 4*v.Scrape))
		case "__range":
			return formatSeconds(v.To.Sub(v.From))
		}
		value, known := v.values[name]
		if !known {
			return found
		}
		// the dashboard defines the value of All, which is not escaped
		if of := v.variables[name]; value == allOptions && of.AllValue != "" {
			value = of.AllValue
			if format == "" {
				return value
			}
		}
		switch format {
		case "":
			return plain(v.variables[name], value)
		case "raw":
			return value
		case "doublequote":
			return `"` + strings.ReplaceAll(value, `"`, `\"`) + `"`
		case "percentencode":
			return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
		}
		return found
	})
}

func formatTime(t time.Time, format string) string {
	if format == "date:iso" || format == "date" {
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return fmt.Sprint(t.UnixMilli())
}

func formatSeconds(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }
