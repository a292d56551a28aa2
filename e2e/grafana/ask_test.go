package grafana

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// get asks the Prometheus as Grafana's data source does.
func (c *cluster) get(path string, form url.Values, into any) error {
	answer, err := http.Get(c.prometheus + path + "?" + form.Encode())
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	var said struct {
		Status, Error string
		Warnings      []string
		Data          json.RawMessage
	}
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		return fmt.Errorf("%s: %w", answer.Status, err)
	}
	if said.Status != "success" || len(said.Warnings) > 0 {
		return fmt.Errorf("%s: %s %q", answer.Status, said.Error, said.Warnings)
	}
	return json.Unmarshal(said.Data, into)
}

// LabelValues answers label_values.
func (c *cluster) LabelValues(selector, label string) ([]string, error) {
	form := url.Values{}
	if selector != "" {
		if err := sound(selector); err != nil {
			return nil, err
		}
		form.Set("match[]", selector)
	}
	var found []string
	err := c.get("/api/v1/label/"+label+"/values", form, &found)
	return found, err
}

type series struct {
	Metric map[string]string
	Value  [2]any   // of an instant: a time, and a value as text
	Values [][2]any // of a range
}

// QueryResult answers query_result.
func (c *cluster) QueryResult(expr string) ([]string, error) {
	if err := sound(expr); err != nil {
		return nil, err
	}
	var found struct{ Result []series }
	if err := c.get("/api/v1/query", url.Values{"query": {expr}}, &found); err != nil {
		return nil, err
	}
	var lines []string
	for _, s := range found.Result {
		var labels []string
		for k, v := range s.Metric {
			labels = append(labels, fmt.Sprintf("%s=%q", k, v))
		}
		slices.Sort(labels)
		lines = append(lines, fmt.Sprintf("{%s} %v %v", strings.Join(labels, ","), s.Value[1], s.Value[0]))
	}
	return lines, nil
}

// sound is whether the parser of Prometheus itself takes an expression.
func sound(expr string) error {
	_, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	return err
}

// samples asks for a range, and counts the numbers that come: what is not a number
// is no data.
func (c *cluster) samples(expr string, from, to time.Time) (int, error) {
	if err := sound(expr); err != nil {
		return 0, fmt.Errorf("parse: %w", err)
	}
	var found struct{ Result []series }
	err := c.get("/api/v1/query_range", url.Values{
		"query": {
			expr,
		},
		"start": {from.UTC().Format(time.RFC3339Nano)},
		"end":   {to.UTC().Format(time.RFC3339Nano)},
		"step":  {scrape.String()},
	}, &found)
	n := 0
	for _, s := range found.Result {
		for _, v := range s.Values {
			if f, err := strconv.ParseFloat(v[1].(string), 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
				n++
			}
		}
	}
	return n, err
}

// parts are the questions that are in a rule: what it compares, what must not be
// absent, both sides of "unless". Each must have data, or the rule could never fire.
func parts(t *testing.T, expr string) (found []string) {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Errorf("%s: %v", expr, err)
		return nil
	}
	var of func(e parser.Expr)
	of = func(e parser.Expr) {
		switch e := e.(type) {
		case *parser.ParenExpr:
			of(e.Expr)
			return
		case *parser.BinaryExpr:
			if e.Op.IsComparisonOperator() || e.Op == parser.LUNLESS {
				of(e.LHS)
				of(e.RHS)
				return
			}
		case *parser.Call:
			if e.Func.Name == "absent" {
				of(e.Args[0])
				return
			}
		case *parser.NumberLiteral:
			return
		}
		found = append(found, e.String())
	}
	of(e)
	return found
}

// until waits until something is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if so() {
			return
		}
	}
	t.Fatalf("it does not come to be: %s", what)
}
