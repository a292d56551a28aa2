//go:build temporal1.29

package server

import "go.temporal.io/server/common/dynamicconfig"

// load is the server's own reading of a dynamic-config file: 1.29 has no
// LoadYamlFile, and ValidateFile is the same function under its older name.
func load(file []byte) (warnings, errors []error) {
	result := dynamicconfig.ValidateFile(file)
	return result.Warnings, result.Errors
}

func key(name string) dynamicconfig.Key { return dynamicconfig.Key(name) }
