//go:build !temporal1.29

package server

import "go.temporal.io/server/common/dynamicconfig"

// load is the server's own reading of a dynamic-config file.
func load(file []byte) (warnings, errors []error) {
	loader := dynamicconfig.LoadYamlFile(file)
	return loader.Warnings, loader.Errors
}

func key(name string) dynamicconfig.Key { return dynamicconfig.MakeKey(name) }
