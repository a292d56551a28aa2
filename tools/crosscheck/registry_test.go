//go:build temporal

package crosscheck

import (
	"reflect"
	"strings"
	"testing"

	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
)

// registered returns the running server's settings by lower-cased key.
func registered(t *testing.T) map[string]dynamicconfig.GenericSetting {
	t.Helper()
	settings := map[string]dynamicconfig.GenericSetting{}
	for _, s := range globalRegistry.settings {
		settings[strings.ToLower(s.Key().String())] = s
	}
	if len(settings) == 0 {
		t.Fatal("the server's registry is empty: nothing was compared")
	}
	return settings
}

// precedence is what the setting's type is named after: the server has no other
// spelling of it. constrained settings have a compound default.
func precedence(s dynamicconfig.GenericSetting) (name string, constrained bool) {
	typ, _, _ := strings.Cut(reflect.TypeOf(s).Name(), "[")
	name, rest, _ := strings.Cut(typ, "Typed")
	return name, strings.HasPrefix(rest, "Constrained")
}

// effective is the value that server code gets for callers outside all
// constraints.
func effective(s dynamicconfig.GenericSetting, client dynamicconfig.Client) reflect.Value {
	collection := dynamicconfig.NewCollection(client, log.NewNoopLogger())
	property := reflect.ValueOf(s).MethodByName("Get").Call([]reflect.Value{reflect.ValueOf(collection)})[0]
	args := make([]reflect.Value, property.Type().NumIn())
	for i := range args {
		args[i] = reflect.Zero(property.Type().In(i))
	}
	return property.Call(args)[0]
}

// configured is effective with a value set for the key.
func configured(s dynamicconfig.GenericSetting, value any) reflect.Value {
	return effective(s, dynamicconfig.StaticClient{s.Key(): value})
}

// unconfigured is the server's default.
func unconfigured(s dynamicconfig.GenericSetting) reflect.Value {
	return effective(s, dynamicconfig.NewNoopClient())
}
