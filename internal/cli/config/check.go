package config

import "github.com/temporal-dsql/temporal-dsql/internal/config/artefact"

// checkArtefacts compares a folder with a result and writes nothing.
func (a *app) checkArtefacts(result *artefact.Result, o *compileOptions) error {
	found, err := result.CheckFolder(o.check)
	if err != nil {
		return err
	}
	return a.PrintCheck(o.format, o.check, "a compile", found)
}
