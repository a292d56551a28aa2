package registry

import (
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// plainNames are the fields of a deployment that name a package: their inner fields are not the author's.
var plainNames = []string{"preset", "modifier", "adapters"}

// UnknownFieldRemedy returns the remedy for a field that a deployment does not have: the nearest of the names, or where it
// belongs, else the other remedy.
func UnknownFieldRemedy(e *cuemod.Evaluator, name string, names []string, otherwise string) string {
	elsewhere := MisplacedFieldRemedy(e, name)
	switch near := suggest.NearestName(name, names); {
	case near != "" && elsewhere != "":
		return fmt.Sprintf("did you mean %s? or %s", near, elsewhere)
	case near != "":
		return fmt.Sprintf("did you mean %s?", near)
	case elsewhere != "":
		return elsewhere
	}
	return otherwise
}

// MisplacedFieldRemedy returns where in a deployment a field belongs that is written elsewhere, such as one that is
// indented too little or too much. It is "" for a name that belongs nowhere.
func MisplacedFieldRemedy(e *cuemod.Evaluator, name string) string {
	names := InputNames(e)
	if slices.Contains(names, name) {
		return fmt.Sprintf("write it at the top level: %s is a field of the deployment", name)
	}
	if slices.ContainsFunc(ReadOverridableKeys(e), func(key string) bool { return strings.EqualFold(key, name) }) {
		return "write it below overrides"
	}
	if e.LoadCore() != nil {
		return ""
	}
	schema, err := e.PackageValue(cuemod.SchemaPath)
	if err != nil {
		return ""
	}
	var owners []string
	for _, input := range names {
		if slices.Contains(plainNames, input) {
			continue
		}
		if definition, ok := cuemod.LookupField(schema.LookupPath(cue.ParsePath("#Deployment")), []string{input}); ok {
			owners = append(owners, findOwners(definition, input, name)...)
		}
	}
	if len(owners) == 0 {
		return ""
	}
	return fmt.Sprintf("write it below %s, and indent it further", strings.Join(owners, " or "))
}

// findOwners returns the paths of the structs in a definition that have a field of a name.
func findOwners(definition cue.Value, path, name string) (owners []string) {
	fields, err := definition.Fields(cue.Optional(true))
	if err != nil {
		return nil
	}
	for fields.Next() {
		field := strings.TrimRight(fields.Selector().String(), "?!")
		if field == name {
			owners = append(owners, path)
		}
		if fields.Value().IncompleteKind() == cue.StructKind {
			owners = append(owners, findOwners(fields.Value(), path+"."+field, name)...)
		}
	}
	return owners
}
