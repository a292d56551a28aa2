//go:build temporal

package crosscheck

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.temporal.io/server/common/dynamicconfig"
)

func TestEveryRegisteredKeyIsCatalogued(t *testing.T) {
	settings, table := registered(t), catalogued(t)
	for id := range settings {
		if _, ok := table[id]; !ok {
			t.Errorf("%s: registered by the server, missing in the catalogue", id)
		}
	}
	for id, e := range table {
		if _, ok := settings[id]; !ok {
			t.Errorf("%s: in the catalogue, not registered by the server", id)
		}
		if strings.ToLower(e.Key) != id {
			t.Errorf("%s: labelled %s", e.Key, id)
		}
	}
	t.Logf("server %s: %d keys compared", release, len(settings))
}

func TestPrecedence(t *testing.T) {
	eachSetting(t, func(t *testing.T, s dynamicconfig.GenericSetting, e entry) {
		got, constrained := precedence(s)
		if got != e.Precedence {
			t.Errorf("the server's precedence is %s, the catalogue's %s", got, e.Precedence)
		}
		if constrained != (len(e.Constrained) > 0) {
			t.Errorf("constrained default: the server says %v, the catalogue %v", constrained, !constrained)
		}
	})
}

// TestKind compares the Go type where it says what is to be configured, and
// what the server accepts in any case.
func TestKind(t *testing.T) {
	eachSetting(t, func(t *testing.T, s dynamicconfig.GenericSetting, e entry) {
		typ := unconfigured(s).Type()
		kind, gradual := kindOf(typ)
		if kind == "" {
			t.Logf("%s cannot be compared: judged by what the server accepts", typ)
		} else if kind != e.Kind {
			t.Errorf("%s is a %s, the catalogue says %s", typ, kind, e.Kind)
		}
		if gradual != e.Gradual {
			t.Errorf("%s: the catalogue says gradual %v", typ, e.Gradual)
		}
		if err := s.Validate(samples[e.Kind]); err != nil {
			t.Errorf("the server refuses %v as a %s: %v", samples[e.Kind], e.Kind, err)
		}
	})
}

// TestDefault configures the catalogue's default: the server must then read
// the value that it reads without any configuration.
func TestDefault(t *testing.T) {
	unevaluated := 0
	eachSetting(t, func(t *testing.T, s dynamicconfig.GenericSetting, e entry) {
		if e.Default == nil {
			unevaluated++
			t.Logf("default is an expression: %s", e.Expr)
			return
		}
		value := e.defaultValue(t)
		if err := s.Validate(value); err != nil {
			t.Fatalf("the server refuses the catalogued default %v: %v", value, err)
		}
		want, got := unconfigured(s), configured(s, value)
		if diff := difference(got, want); diff != "" && !mergedByServer[e.Key] {
			t.Errorf("the catalogued default %v: %s", value, diff)
		}
	})
	if unevaluated > 7 {
		t.Errorf("%d defaults are expressions, so cannot be compared", unevaluated)
	}
}

// mergedByServer are the settings whose conversion function fills in what the
// default itself leaves empty.
var mergedByServer = map[string]bool{"system.nexusHTTPTraceConfig": true}

// TestConstrainedDefault reads the compound defaults, which no call of Get
// shows in full.
func TestConstrainedDefault(t *testing.T) {
	eachSetting(t, func(t *testing.T, s dynamicconfig.GenericSetting, e entry) {
		var want []string
		if _, constrained := precedence(s); constrained {
			defaults := reflect.ValueOf(s).FieldByName("cdef")
			for i := range defaults.Len() {
				if d := defaults.Index(i); !d.FieldByName("Constraints").IsZero() {
					want = append(want, constrainedText(d))
				}
			}
		}
		var got []string
		for _, c := range e.Constrained {
			got = append(got, c.text())
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the catalogue has %q, the server %q", got, want)
		}
	})
}

func TestStructFields(t *testing.T) {
	eachSetting(t, func(t *testing.T, s dynamicconfig.GenericSetting, e entry) {
		typ := unconfigured(s).Type()
		if kind, gradual := kindOf(typ); kind != "struct" || gradual || len(e.Fields) == 0 {
			return
		}
		if typ.NumField() != len(e.Fields) {
			t.Fatalf("%s has %d fields, the catalogue %v", typ, typ.NumField(), e.Fields)
		}
		for i := range typ.NumField() {
			name := typ.Field(i).Name
			if tag := typ.Field(i).Tag.Get("mapstructure"); tag != "" {
				name = tag
			}
			if name != e.Fields[i] {
				t.Errorf("%s has the field %s, the catalogue %s", typ, name, e.Fields[i])
			}
		}
	})
}

// TestDifferenceIsSeen guards TestDefault: another value must not pass for the
// default.
func TestDifferenceIsSeen(t *testing.T) {
	others := map[string]any{
		"system.enableActivityEagerExecution":            nil, // set below
		"history.persistenceMaxQPS":                      1,
		"matching.updateAckInterval":                     "17s",
		"history.defaultActivityRetryPolicy":             map[string]any{"BackoffCoefficient": 9},
		"component.nexusoperations.disallowedHeaders":    []any{"other"},
		"history.persistenceDynamicRateLimitingParams":   map[string]any{"RefreshInterval": "1m"},
		"component.callbacks.retryPolicy.maxInterval":    "2h",
		"frontend.httpAllowedHosts":                      []any{"example.com"},
		"admin.matchingNamespaceToPartitionDispatchRate": 0.5,
	}
	settings := registered(t)
	for key, value := range others {
		s := settings[strings.ToLower(key)]
		if s == nil {
			t.Errorf("%s: not registered", key)
			continue
		}
		if value == nil {
			value = !unconfigured(s).Bool()
		}
		if difference(configured(s, value), unconfigured(s)) == "" {
			t.Errorf("%s: %v passes for the default", key, value)
		}
	}
}

func eachSetting(t *testing.T, check func(*testing.T, dynamicconfig.GenericSetting, entry)) {
	t.Helper()
	settings := registered(t)
	for id, e := range catalogued(t) {
		s := settings[id]
		if s == nil {
			t.Errorf("%s: not registered", id)
			continue
		}
		t.Run(e.Key, func(t *testing.T) { check(t, s, e) })
	}
}

// samples are values that every setting of the kind accepts.
var samples = map[string]any{
	"int": 7, "float": 0.5, "bool": true, "string": "text", "duration": "90s",
	"map": map[string]any{}, "list": []any{}, "struct": map[string]any{},
}

// kindOf is "" for types that a conversion function makes of something else.
func kindOf(typ reflect.Type) (kind string, gradual bool) {
	switch {
	case typ == reflect.TypeFor[time.Duration]():
		return "duration", false
	case strings.HasPrefix(typ.Name(), "GradualChange["):
		field, _ := typ.FieldByName("New")
		kind, _ := kindOf(field.Type)
		return kind, true
	case typ.Name() == "AddressMatchRules":
		return "", false
	}
	switch typ.Kind() {
	case reflect.Int:
		return "int", false
	case reflect.Float64:
		return "float", false
	case reflect.Bool, reflect.String, reflect.Struct, reflect.Map:
		return typ.Kind().String(), false
	case reflect.Slice:
		return "list", false
	}
	return "", false
}

// constrainedText spells an element of a server's compound default.
func constrainedText(d reflect.Value) string {
	var constraints []string
	c := d.FieldByName("Constraints")
	for i := range c.NumField() {
		if !c.Field(i).IsZero() {
			name := c.Type().Field(i).Name
			constraints = append(constraints, fmt.Sprintf("%s=%v", strings.ToLower(name), c.Field(i)))
		}
	}
	return constraintText(constraints, d.FieldByName("Value").Int())
}
