package settings

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// tablesFile has the tables of the binary's own schema, as CUE evaluates them: doing so takes a sixth of the time of lint for
// a small file. TestTablesOfTheSchema writes it.
//
//go:embed tables_gen.json
var tablesFile []byte

// generatedTables returns the content of tablesFile by the names of the tables.
var generatedTables = sync.OnceValues(func() (map[string]json.RawMessage, error) {
	var tables map[string]json.RawMessage
	err := json.Unmarshal(tablesFile, &tables)
	return tables, err
})

// schemaTable reads a table of the schema: the binary's own from tablesFile.
func schemaTable[T any](e *cuemod.Evaluator, name string) (T, error) {
	if !e.HasEmbeddedSchema() {
		return cuemod.Table[T](e, name)
	}
	return decodeGenerated[T](name)
}

// readTable reads a table of a module's schema. It does not wait for the module if the schema is the binary's own.
func readTable[T any](m *cuemod.Module, name string) (T, error) {
	if !m.HasEmbeddedSchema() {
		return cuemod.WithEvaluator(m, func(e *cuemod.Evaluator) (T, error) { return schemaTable[T](e, name) })
	}
	return decodeGenerated[T](name)
}

// decodeGenerated decodes a table of tablesFile.
func decodeGenerated[T any](name string) (T, error) {
	var out T
	err := decodeGeneratedInto(name, &out)
	return out, err
}

func decodeGeneratedInto(name string, into any) error {
	tables, err := generatedTables()
	if err == nil {
		err = decodeTable(tables[name], into)
	}
	if err != nil {
		return fmt.Errorf("read the generated table %s: %w", name, err)
	}
	return nil
}

// readGenerated reads what all settings share from tablesFile, and finds the settings that need no evaluation. A version ""
// means the default.
func (l *LintResult) readGenerated(settings []RunningSetting, server, plugin string) error {
	assumed, err := decodeGenerated[struct {
		Temporal string `json:"temporal_version"`
		Plugin   string `json:"plugin_version"`
	}]("assumed")
	if err != nil {
		return err
	}
	l.Temporal, l.Plugin = cmp.Or(server, assumed.Temporal), cmp.Or(plugin, assumed.Plugin)
	if err := l.readTables(lintTables(settings), decodeGeneratedInto); err != nil {
		return err
	}
	if err := l.Versions.CheckSupport(l.Temporal, l.Plugin); err != nil {
		return err
	}
	release, _ := l.Versions.Release(l.Temporal) // is supported
	l.line = release.Line
	defaults, err := decodeGenerated[map[string]map[string]any]("serverDefaults")
	if err != nil {
		return err
	}
	l.Defaults = defaults[release.Name]
	return l.findFine(settings, release)
}

// decodeTable decodes a table as CUE would: a whole number in a field of any type is an int64.
func decodeTable(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	switch into := into.(type) {
	case *map[string]map[string]any:
		for _, values := range *into {
			for key, value := range values {
				values[key] = plainNumber(value)
			}
		}
	case *map[string]StoreDefault:
		for key, d := range *into {
			d.Value = plainNumber(d.Value)
			(*into)[key] = d
		}
	}
	return nil
}

// plainNumber converts a number of JSON to an int64 or a float64.
func plainNumber(value any) any {
	n, ok := value.(json.Number)
	if !ok {
		return value
	}
	if whole, err := n.Int64(); err == nil && !strings.ContainsAny(n.String(), ".eE") {
		return whole
	}
	float, _ := n.Float64() // is a number
	return float
}
