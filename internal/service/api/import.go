package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/remedy"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
	"github.com/temporal-dsql/temporal-dsql/internal/strictjson"
)

// registerImport registers the import of profiles from another store. There is no export
// operation: getting a profile exports it.
func (s *Server) registerImport(api huma.API) {
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "import-profile",
		Method:      http.MethodPost,
		Path:        "/profiles/import",
		Tags:        []string{profilesTag},
		Summary:     "Import a profile from another service, with its id",
		Description: "Importing the same profile again succeeds. An imported profile is never a baseline. Profiles " +
			"with secrets are rejected.",
		DefaultStatus:    http.StatusCreated,
		MaxBodyBytes:     budget.ProfileBytes.Most + 1,
		SkipValidateBody: true,
		Middlewares:      huma.Middlewares{s.limitImports, request.CountJSONParts(importLimits...)},
	}, http.StatusConflict, http.StatusRequestEntityTooLarge), s.importProfile)
	// the body is parsed by hand, so its schema is set here
	described := api.OpenAPI()
	body := described.Paths["/profiles/import"].Post.RequestBody
	body.Content["application/json"].Schema = described.Components.Schemas.Schema(profileSchema, true, "Profile")
}

// importLimits limit the parts of a profile before it is decoded.
var importLimits = []budget.JSONPart{
	{Limit: budget.ImportedText},
	{Field: "config_snapshot", Limit: budget.SnapshotValues},
	{Field: "telemetry", Depth: 3, Limit: budget.ProfileSummaries},
	{Field: "collection", Limit: budget.CollectionValues},
}

func (s *Server) importProfile(ctx context.Context, in *struct {
	RawBody []byte `contentType:"application/json"`
}) (*createProfileOutput, error) {
	var p behaviour.Profile
	if err := strictjson.UnmarshalKnown(in.RawBody, &p); err != nil {
		wrong := problem.NewInvalid("the body is not a profile: "+err.Error(), "").WithRemedy(remedy.ExportProfile)
		if unknown := (*strictjson.KeyError)(nil); errors.As(err, &unknown) && unknown.Unknown && unknown.Want == "" {
			wrong = problem.NewInvalid(err.Error(), "").WithRemedy(remedy.ImportUnknown)
		}
		return nil, wrong
	}
	if err := p.Check(); err != nil {
		return nil, problem.NewInvalid(err.Error(), "").WithRemedy(remedy.ExportProfile)
	}
	secrets, err := snapshot.FindSecrets(ctx, p.Config)
	if err == nil {
		secrets = append(secrets, findTextSecrets(ctx, p)...)
	}
	switch {
	case ctx.Err() != nil:
		return nil, problem.Of(ctx.Err())
	case err != nil:
		return nil, problem.NewInvalid("cannot read config_snapshot: "+err.Error(), "").WithRemedy(remedy.ExportProfile)
	case len(secrets) > 0:
		return nil, problem.New(http.StatusBadRequest, problem.KindSecrets, "secrets are at "+strings.Join(secrets, ", "),
			"remove them; profiles that the service creates contain none")
	}
	m, err := s.config.Store.Create(ctx, p, nil)
	if err != nil {
		return nil, problem.Of(err)
	}
	return newCreateProfileOutput(m), nil
}

// findTextSecrets returns the paths of secrets in the free texts of telemetry and collection, which are queries or quote
// them. The store checks the metadata. It stops at the end of the context.
func findTextSecrets(ctx context.Context, p behaviour.Profile) (found []string) {
	known := map[string]bool{} // metrics have many texts in common
	isSecret := func(text string) bool {
		is, isKnown := known[text]
		if !isKnown {
			is = redact.HasQuerySecret(text)
			known[text] = is
		}
		return is
	}
	add := func(path string, texts ...string) {
		if ctx.Err() == nil && slices.ContainsFunc(texts, isSecret) {
			found = append(found, path)
		}
	}
	for category, metrics := range p.Telemetry {
		add("telemetry.(name)", category)
		for name, m := range metrics {
			add("telemetry.(name)", name)
			add("telemetry."+category+"."+name, append([]string{m.Status, m.Reason, m.Unit, m.Kind, m.Query}, m.Scope...)...)
		}
	}
	c := p.Collection
	add("collection.failed", c.Failed...)
	add("collection.warnings", c.Warnings...)
	add("collection.infos", c.Infos...)
	add("collection.dialect", c.Dialect)
	add("collection.quantiles", c.Quantiles)
	for service := range c.ProcessStarts {
		add("collection.process_starts", service)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// limitImports takes one of the recorder's slots before the body is read.
func (s *Server) limitImports(ctx huma.Context, next func(huma.Context)) {
	leave, err := s.config.Recorder.EnterImport()
	if err != nil {
		r, w := humachi.Unwrap(ctx)
		request.WriteProblem(w, r, problem.Of(err))
		return
	}
	defer leave()
	next(ctx)
}
