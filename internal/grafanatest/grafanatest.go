// Package grafanatest reads dashboards and fills in their variables as Grafana
// does (public/app/features/templating and its Prometheus data source, 11.2),
// for tests: no Grafana can be run in them.
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

// A Dashboard is what tests look at of one.
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

// A Link leads out of a dashboard.
type Link struct{ Title, URL string }

// A Variable of a dashboard.
type Variable struct {
	Type, Name, Query, Regex, AllValue string
	IncludeAll                         bool
}

// An Annotation of a dashboard.
type Annotation struct{ Name, Expr string }

// A Panel of a dashboard.
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
					API *Request
				}
			}
		}
	}
}

// A Request is what a button sends.
type Request struct {
	Method, Endpoint, ContentType, Data, SuccessMessage string
}

// Read reads the dashboards in a folder, by file name.
func Read(folder string) (map[string]Dashboard, error) {
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

// Button is the request of the dashboard's one button.
func (d Dashboard) Button() (Request, error) {
	var found []Request
	for _, p := range d.Panels {
		for _, e := range p.Options.Root.Elements {
			if e.Type == "button" && e.Config.API != nil {
				found = append(found, *e.Config.API)
			}
		}
	}
	if len(found) != 1 {
		return Request{}, fmt.Errorf("%s has %d buttons", d.Title, len(found))
	}
	return found[0], nil
}

// An Asker answers the queries of variables.
type Asker interface {
	// LabelValues are the values of a label, of the series that a selector names.
	LabelValues(selector, label string) ([]string, error)
	// Result is a line for each series of an answer: {LABEL="VALUE",…} VALUE
	Result(expr string) ([]string, error)
}

// all is the value of a variable that stands for each of them.
const all = "$__all"

// Values are what a dashboard is looked at with.
type Values struct {
	From, To time.Time
	// Interval of a panel's samples, and Scrape, that of the data source
	Interval, Scrape time.Duration

	variables map[string]Variable
	values    map[string]string
	offered   map[string][]string
}

// Look opens a dashboard: its variables are resolved one after the other, those that
// somebody has chosen as they were, the others by their first or by all.
func Look(d Dashboard, v Values, chosen map[string]string, ask Asker) (Values, error) {
	v.variables, v.values, v.offered = map[string]Variable{}, map[string]string{}, map[string][]string{}
	for _, of := range d.Templating.List {
		v.variables[of.Name] = of
		switch of.Type {
		case "datasource":
			v.values[of.Name] = "prometheus"
		case "textbox":
			v.values[of.Name] = of.Query
		case "query":
			options, err := v.options(of, ask)
			if err != nil {
				return v, fmt.Errorf("variable %s of %s: %w", of.Name, d.Title, err)
			}
			v.offered[of.Name] = options
			switch {
			case of.IncludeAll:
				v.values[of.Name] = all
			case len(options) > 0:
				v.values[of.Name] = options[0]
			default:
				v.values[of.Name] = ""
			}
		default:
			return v, fmt.Errorf("%s has a variable of type %q", d.Title, of.Type)
		}
		if value, ok := chosen[of.Name]; ok {
			if of.Type == "query" && !slices.Contains(v.offered[of.Name], value) {
				return v, fmt.Errorf("variable %s of %s offers %q, and not %q", of.Name, d.Title, v.offered[of.Name], value)
			}
			v.values[of.Name] = value
		}
	}
	return v, nil
}

// Offered are the choices of a variable.
func (v Values) Offered(name string) []string { return v.offered[name] }

var (
	labelValues = regexp.MustCompile(`^label_values\((?:(.+),\s*)?([a-zA-Z_][a-zA-Z0-9_]*)\)$`)
	queryResult = regexp.MustCompile(`^query_result\((.+)\)$`)
)

// options are what a variable offers: its regex picks a group out of each answer.
func (v Values) options(of Variable, ask Asker) (found []string, err error) {
	query := v.Query(of.Query)
	if m := labelValues.FindStringSubmatch(query); m != nil {
		found, err = ask.LabelValues(m[1], m[2])
	} else if m := queryResult.FindStringSubmatch(query); m != nil {
		found, err = ask.Result(m[1])
	} else {
		err = fmt.Errorf("no query of a variable: %q", query)
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

var reference = regexp.MustCompile(`\$(\w+)|\$\{(\w+)(?::([^}]+))?\}`)

// Query fills in a query for Prometheus: a value that is one of several, or all,
// stands in a regular expression.
func (v Values) Query(text string) string {
	return v.fill(text, func(of Variable, value string) string {
		if of.IncludeAll {
			return special.ReplaceAllString(value, `\\$0`)
		}
		return strings.NewReplacer(`\`, `\\`, `'`, `\\'`).Replace(value)
	})
}

// what Grafana's Prometheus data source escapes in a regular expression
var special = regexp.MustCompile(`[\\^$*+?.()|[\]{}]`)

// Text fills in any other text.
func (v Values) Text(text string) string {
	return v.fill(text, func(_ Variable, value string) string { return value })
}

func (v Values) fill(text string, plain func(Variable, string) string) string {
	return reference.ReplaceAllStringFunc(text, func(found string) string {
		m := reference.FindStringSubmatch(found)
		name, format := m[1]+m[2], m[3]
		switch name {
		case "__from":
			return moment(v.From, format)
		case "__to":
			return moment(v.To, format)
		case "__interval":
			return inSeconds(v.Interval)
		case "__rate_interval":
			return inSeconds(max(v.Interval+v.Scrape, 4*v.Scrape))
		case "__range":
			return inSeconds(v.To.Sub(v.From))
		}
		value, known := v.values[name]
		if !known {
			return found
		}
		// all of them is what the dashboard says that it is, as it is
		if of := v.variables[name]; value == all && of.AllValue != "" {
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

func moment(t time.Time, format string) string {
	if format == "date:iso" || format == "date" {
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return fmt.Sprint(t.UnixMilli())
}

func inSeconds(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }
