package server

import (
	"reflect"

	"go.temporal.io/server/common/dynamicconfig"
)

// valueOf is what the server's code gets for a key, converted to the key's own
// type. A setting is generic over that type and over its constraints, so its
// Get is called by name, and asked without any constraint.
func valueOf(setting dynamicconfig.GenericSetting, all *dynamicconfig.Collection) any {
	get := reflect.ValueOf(setting).MethodByName("Get")
	property := get.Call([]reflect.Value{reflect.ValueOf(all)})[0]
	var unconstrained []reflect.Value
	for i := range property.Type().NumIn() {
		unconstrained = append(unconstrained, reflect.Zero(property.Type().In(i)))
	}
	return property.Call(unconstrained)[0].Interface()
}
