package grafana

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// A rule is an alert as it is shipped.
type rule struct {
	Alert  string
	Expr   string
	For    model.Duration
	Labels map[string]string
}

// rulesIn are the alerts of a shipped file.
func rulesIn(t *testing.T, file string) (all []rule) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ Groups []struct{ Rules []rule } }
	if err := yaml.Unmarshal(data, &said); err != nil {
		t.Fatal(err)
	}
	for _, g := range said.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

func ruleFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "rules", "*.yaml"))
	if err != nil || len(files) < 9 {
		t.Fatalf("%d files of rules, %v", len(files), err)
	}
	return files
}

// Every alert that is shipped fires on what it is there for, once that has lasted, and
// on nothing else: promtool runs each on series that are made for its own query.
func TestEveryAlert_R14(t *testing.T) {
	for _, file := range ruleFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			tests := unitTests{Files: []string{path}, Interval: "1m"}
			fires, known := 0, map[string]int{}
			for _, r := range rulesIn(t, file) {
				for _, w := range worlds(t, r) {
					// what is asked of the same world is asked at once
					key := fmt.Sprint(w.input)
					i, ok := known[key]
					if !ok {
						i = len(tests.Tests)
						known[key] = i
						tests.Tests = append(tests.Tests, unitTest{w.name, "1m", w.input, nil})
					}
					tests.Tests[i].Asked = append(tests.Tests[i].Asked, w.ask(r)...)
					if w.fires {
						fires++
					}
				}
			}
			if fires != len(rulesIn(t, file)) {
				t.Errorf("%d of %d alerts are made to fire", fires, len(rulesIn(t, file)))
			}
			data, err := yaml.Marshal(tests)
			if err != nil {
				t.Fatal(err)
			}
			cases := filepath.Join(t.TempDir(), "tests.yaml")
			write(t, cases, string(data))
			for _, args := range [][]string{{"check", "rules", path}, {"test", "rules", cases}} {
				if out, err := exec.Command("promtool", args...).CombinedOutput(); err != nil || !strings.Contains(string(out), "SUCCESS") {
					t.Errorf("promtool %v: %v\n%.4000s", args, err, out)
				}
			}
			t.Logf("%d alerts, %d cases", fires, len(tests.Tests))
		})
	}
}

// unitTests is a file of promtool test rules.
type unitTests struct {
	Files    []string   `yaml:"rule_files"`
	Interval string     `yaml:"evaluation_interval"`
	Tests    []unitTest `yaml:"tests"`
}

type unitTest struct {
	Name     string     `yaml:"name"`
	Interval string     `yaml:"interval"`
	Series   []input    `yaml:"input_series"`
	Asked    []question `yaml:"promql_expr_test"`
}

type input struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

type question struct {
	Expr    string   `yaml:"expr"`
	At      string   `yaml:"eval_time"`
	Samples []sample `yaml:"exp_samples"`
}

type sample struct {
	Labels string  `yaml:"labels"`
	Value  float64 `yaml:"value"`
}

// A world is what exporters tell, and whether an alert is to fire in it.
type world struct {
	name  string
	input []input
	fires bool
}

// ask whether an alert fires in a world: not before it has lasted, and after.
func (w world) ask(r rule) []question {
	matchers := []string{fmt.Sprintf("alertname=%q", r.Alert), `alertstate="firing"`}
	for _, k := range slices.Sorted(maps.Keys(r.Labels)) {
		matchers = append(matchers, fmt.Sprintf("%s=%q", k, r.Labels[k]))
	}
	expr := "count(ALERTS{" + strings.Join(matchers, ",") + "}) > bool 0"
	// a rate takes two samples more
	before, after := time.Duration(r.For)-2*time.Minute, time.Duration(r.For)+5*time.Minute
	asked := []question{{expr, before.String(), []sample{}}, {expr, after.String(), []sample{}}}
	if w.fires {
		asked[1].Samples = []sample{{"{}", 1}}
	}
	return asked
}

// worlds are those in which a rule fires, and in which it does not.
func worlds(t *testing.T, r rule) []world {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(r.Expr)
	if err != nil {
		t.Fatal(err)
	}
	switch e := e.(type) {
	case *parser.Call: // absent(…)
		there := drive(t, e.Args[0], 1)
		return []world{{"nothing is there", nil, true}, {"something is there", there, false}}
	case *parser.BinaryExpr:
		if side, ok := r.Labels["side"]; ok && e.Op != map[string]parser.ItemType{"upper": parser.GTR, "lower": parser.LSS}[side] {
			t.Errorf("the %s bound of %s: %s", side, r.Labels["metric"], r.Expr)
		}
		bound, isNumber := e.RHS.(*parser.NumberLiteral)
		switch {
		case e.Op == parser.LUNLESS:
			own := drive(t, e.LHS.(*parser.Call).Args[0], 1)
			return []world{
				{"the exporter is there, and this is not", another(e.RHS.(*parser.Call).Args[0], own, familiesIn(e.LHS)), true},
				{"it is there", own, false},
				{"the whole exporter is away, which another alert tells", nil, false},
			}
		case !isNumber:
		case e.Op == parser.EQLC:
			return []world{
				{"it holds", drive(t, e.LHS, bound.Val), true},
				{"it does not", drive(t, e.LHS, 0), false},
				{"nothing is there", nil, false},
			}
		case e.Op == parser.GTR:
			return []world{
				{"above", drive(t, e.LHS, 2*bound.Val+1), true},
				{"below", drive(t, e.LHS, bound.Val/2), false},
				{"nothing is there", nil, false},
			}
		case e.Op == parser.LSS:
			return []world{
				{"below", drive(t, e.LHS, bound.Val/2), true},
				{"above", drive(t, e.LHS, 2*bound.Val), false},
				{"nothing is there", nil, false},
			}
		}
	}
	t.Fatalf("no world is made for %s", r.Expr)
	return nil
}

// samplesOf are two hours, a sample a minute.
const samplesOf = 120

// drive makes series with which an expression has a value.
func drive(t *testing.T, e parser.Expr, v float64) []input {
	t.Helper()
	steady := func(s *parser.VectorSelector, from, step float64) []input {
		return []input{{seriesOf(s), fmt.Sprintf("%f%+fx%d", from, step, samplesOf)}}
	}
	switch e := e.(type) {
	case *parser.ParenExpr:
		return drive(t, e.Expr, v)
	case *parser.AggregateExpr:
		return drive(t, e.Expr, v)
	case *parser.VectorSelector:
		return steady(e, v, 0)
	case *parser.Call:
		switch e.Func.Name {
		case "rate":
			return steady(e.Args[0].(*parser.MatrixSelector).VectorSelector.(*parser.VectorSelector), 0, 60*v)
		case "label_replace":
			return drive(t, e.Args[0], v)
		case "histogram_quantile":
			return buckets(e.Args[1], v)
		}
	case *parser.BinaryExpr:
		left, isNumber := e.LHS.(*parser.NumberLiteral)
		switch {
		case e.Op == parser.LOR: // what comes after stands in for a counter that has not appeared yet
			return drive(t, e.LHS, v)
		case isNumber && e.Op == parser.MUL:
			return drive(t, e.RHS, v/left.Val)
		case isNumber && e.Op == parser.SUB:
			return drive(t, e.RHS, left.Val-v)
		case e.Op == parser.SUB: // time() - …: so old at each moment
			s := e.RHS.(*parser.VectorSelector)
			return steady(s, -v, 60)
		case e.Op == parser.DIV:
			if sum, ok := unwrapped(e.RHS).(*parser.BinaryExpr); ok && sum.Op == parser.ADD { // a share of a whole
				return append(drive(t, sum.LHS, 100*v), drive(t, sum.RHS, 100*(1-v))...)
			}
			return append(drive(t, e.LHS, 100*v), drive(t, e.RHS, 100)...)
		}
	}
	t.Fatalf("nothing drives %s", e)
	return nil
}

func unwrapped(e parser.Expr) parser.Expr {
	if p, ok := e.(*parser.ParenExpr); ok {
		return unwrapped(p.Expr)
	}
	return e
}

// buckets are of a histogram whose observations all lie close to a value.
func buckets(e parser.Expr, v float64) (all []input) {
	s := e.(*parser.AggregateExpr).Expr.(*parser.Call).Args[0].(*parser.MatrixSelector).VectorSelector.(*parser.VectorSelector)
	for _, b := range []struct {
		le   string
		rate float64
	}{{fmt.Sprint(v * 0.99), 0}, {fmt.Sprint(v * 1.01), 600}, {"+Inf", 600}} {
		all = append(all, input{seriesOf(s, labels.Label{Name: "le", Value: b.le}), fmt.Sprintf("0+%vx%d", b.rate, samplesOf)})
	}
	return all
}

// seriesOf is a series that a selector takes: what it demands, by one of the names
// where there are several.
func seriesOf(s *parser.VectorSelector, more ...labels.Label) string {
	name, with := s.Name, more
	for _, m := range s.LabelMatchers {
		switch {
		case m.Name == labels.MetricName && m.Type == labels.MatchRegexp:
			name, _, _ = strings.Cut(m.Value, "|")
		case m.Name == labels.MetricName:
		case m.Type == labels.MatchEqual:
			with = append(with, labels.Label{Name: m.Name, Value: m.Value})
		case m.Matches("temporal-history"):
			with = append(with, labels.Label{Name: m.Name, Value: "temporal-history"})
		}
	}
	var written []string
	for _, l := range with {
		written = append(written, fmt.Sprintf("%s=%q", l.Name, l.Value))
	}
	return name + "{" + strings.Join(written, ",") + "}"
}

// another is a series of a selector by several names: of none that an expression reads,
// or, where it reads all of them, the first of those that drive it.
func another(e parser.Expr, own []input, read map[string]bool) []input {
	for _, m := range e.(*parser.VectorSelector).LabelMatchers {
		for _, name := range strings.Split(m.Value, "|") {
			if !read[name] {
				return []input{{name + "{}", fmt.Sprintf("1x%d", samplesOf)}}
			}
		}
	}
	return own[:1]
}

// familiesIn lists the metrics that an expression reads by name.
func familiesIn(e parser.Expr) map[string]bool {
	read := map[string]bool{}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			for _, name := range strings.Split(nameOf(s), "|") {
				read[name] = true
			}
		}
		return nil
	})
	return read
}

// nameOf is the name that a selector asks for, or the pattern of several.
func nameOf(s *parser.VectorSelector) string {
	for _, m := range s.LabelMatchers {
		if m.Name == labels.MetricName {
			return m.Value
		}
	}
	return s.Name
}
