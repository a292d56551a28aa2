package chart_test

import (
	"encoding/json"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/chart"
)

// setAll returns the values of pairs NAME=VALUE as JSON.
func setAll(t *testing.T, isText bool, pairs ...string) string {
	t.Helper()
	values := chart.NewSetValues()
	for n, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		at := func(text string) *yaml.Node {
			return &yaml.Node{Kind: yaml.ScalarNode, Value: text, Line: n + 1, Column: 3}
		}
		values.Set(at(name), at(value), isText)
	}
	root := values.Root()
	if root == nil {
		return "none"
	}
	var v any
	if err := root.Decode(&v); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Names are paths as helm --set reads them.
func TestSetValues(t *testing.T) {
	for _, c := range []struct {
		pairs string
		want  string
	}{
		{"server.replicaCount=3", `{"server":{"replicaCount":3}}`},
		{`server.dynamicConfig.frontend\.rps[0].value=5`, `{"server":{"dynamicConfig":{"frontend.rps":[{"value":5}]}}}`},
		{"e[0].name=A e[0].value=1 e[1].name=B", `{"e":[{"name":"A","value":1},{"name":"B"}]}`},
		{"e[1]=x", `{"e":[null,"x"]}`},
		{"a[0][1]=x", `{"a":[[null,"x"]]}`},
		{"a=1 a.b=2", `{"a":{"b":2}}`}, // the later one replaces
		{"a.b=1 a=2", `{"a":2}`},
		{"a=true b=null c=", `{"a":true,"b":null,"c":null}`},
		{`a\\b=1`, `{"a\\b":1}`},
		{"=1", "none"},
		{".a=1", "none"},
		{"a..b=1", "none"},
		{"[0]=1", "none"},
		{"a[x]=1", "none"},
		{"a[-1]=1", "none"},
		{"a[1=1", "none"},
		{"a[99999999]=1", "none"},
		{strings.Repeat("a[99]", 200) + "=1", "none"},
	} {
		if got := setAll(t, false, strings.Split(c.pairs, " ")...); got != c.want {
			t.Errorf("%s gives %s, want %s", c.pairs, got, c.want)
		}
	}
	if got := setAll(t, true, "a=true", "b=1"); got != `{"a":"true","b":"1"}` {
		t.Errorf("texts give %s", got)
	}
}

func FuzzSetValues(f *testing.F) {
	f.Add("a.b[0].c", "1")
	f.Add(`a\.b[3][2]..[`, "null")
	f.Fuzz(func(_ *testing.T, name, value string) {
		values := chart.NewSetValues()
		for range 3 {
			values.Set(&yaml.Node{Kind: yaml.ScalarNode, Value: name}, &yaml.Node{Kind: yaml.ScalarNode, Value: value}, false)
		}
		_ = values.Root()
	})
}
