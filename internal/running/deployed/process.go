package deployed

import (
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ReadProcess returns the set, non-empty variables among the given names.
func ReadProcess(names []string, lookup func(string) string) []Setting {
	var all []Setting
	for _, name := range names {
		value := lookup(name)
		if value == "" {
			continue
		}
		at := source.Pos{File: "$" + name}
		all = append(all, Setting{Kind: Variable, Key: name, Value: value, Pos: at, ValuePos: at})
	}
	HideSecrets(all, redact.New(nil))
	return all
}
