// Package dsql carries the CUE module and the Rego policies that the
// temporal-dsql binary works with: the same files that users import and run
// with stock cue and stock conftest.
package dsql

import "embed"

// Files holds cue.mod, schema, presets, modifiers, adapters, policies and the
// CUE of grafana.
//
//go:embed cue.mod/module.cue schema presets modifiers adapters policies grafana/*.cue
var Files embed.FS
