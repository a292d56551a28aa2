package compose

import (
	"errors"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// resolveEnvironment returns the environment of a service including its env files. Required variables come from the shell, so
// they count as unknown.
func (s *service) resolveEnvironment(c *composer, given types.Mapping) (types.MappingWithEquals, error) {
	given = given.Clone()
	all := types.Services{s.name: {ContainerSpec: types.ContainerSpec{Environment: s.Environment, EnvFiles: s.EnvFiles}}}
	for {
		project, err := types.Project{Services: all, Environment: given}.WithServicesEnvironmentResolved(true)
		if err == nil {
			return project.Services[s.name].Environment, nil
		}
		var required *template.MissingRequiredError
		if !errors.As(err, &required) || given[required.Variable] != "" {
			return nil, c.NewError(
				source.Pos{File: c.Name},
				"Compose cannot read the env files of "+s.name+": "+c.Redactor.RedactMessage(err.Error()),
				"",
			)
		}
		given[required.Variable], c.missing = standIn, true
	}
}

// readEnvFile reads an env file statement by statement, so that each variable has a place.
func (c *composer) readEnvFile(e types.EnvFile, v envfile.Variables) ([]deployed.Setting, error) {
	text, err := c.Files.Open(e.Path)
	if err != nil {
		return nil, err
	}
	switch e.Format {
	case "", dotenv.DotEnv:
		return envfile.Read(c.OtherFile(e.Path, text), v)
	case envfile.FormatRaw:
		return envfile.ReadRaw(c.OtherFile(e.Path, text), v)
	}
	return nil, c.NewError(
		source.Pos{File: e.Path},
		"unknown env file format "+e.Format,
		"use "+envfile.FormatRaw+", or none for "+dotenv.DotEnv,
	)
}
