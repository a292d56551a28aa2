package policy

import "github.com/temporal-dsql/temporal-dsql/internal/config/policy/keynames"

// FindUnknownKeys returns the keys of parameters that the project's own policies look for, and that are not among the
// known ones.
func (r *Rules) FindUnknownKeys(known []string) []keynames.Unknown {
	return keynames.FindUnknown(r.own.modules, known)
}
