package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// exchange registers bringing in profiles that another store has. Taking one out
// is getting it.
func (s *Server) exchange(api huma.API) {
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "import-profile", Method: http.MethodPost, Path: "/profiles/import", Tags: []string{profilesTag},
		Summary:       "Keep a profile that was made elsewhere, with its id",
		Description:   "The same profile may be imported again. It becomes no baseline, whatever it was. One with a secret in it is refused.",
		DefaultStatus: http.StatusCreated, MaxBodyBytes: budget.ProfileBytes.Most + 1, SkipValidateBody: true, Middlewares: huma.Middlewares{s.inSlot},
	}, http.StatusConflict, http.StatusRequestEntityTooLarge), s.importProfile)
	// it is read as it is written, and described as what it is
	described := api.OpenAPI()
	described.Paths["/profiles/import"].Post.RequestBody.Content["application/json"].Schema = described.Components.Schemas.Schema(profileSchema, true, "Profile")
}

func (s *Server) importProfile(ctx context.Context, in *struct {
	RawBody []byte `contentType:"application/json"`
}) (*created, error) {
	var p behaviour.Profile
	if err := json.Unmarshal(in.RawBody, &p); err != nil {
		return nil, problem(http.StatusBadRequest, invalidRequest, "the body is no profile: "+err.Error(), "send a profile as GET /profiles/{id} gives it")
	}
	if err := budget.ProfileSummaries.Check(int64(p.Telemetry.Count())); err != nil {
		return nil, problem(http.StatusRequestEntityTooLarge, tooLarge, "telemetry: "+err.Error(), budget.ProfileSummaries.Remedy)
	}
	if err := p.Check(); err != nil {
		return nil, problem(http.StatusBadRequest, invalidRequest, err.Error(), "send a profile as GET /profiles/{id} gives it")
	}
	secrets, err := snapshot.Secrets(p.Config)
	switch {
	case err != nil:
		return nil, problem(http.StatusBadRequest, invalidRequest, "the config_snapshot cannot be read: "+err.Error(), "send a profile as GET /profiles/{id} gives it")
	case len(secrets) > 0:
		return nil, problem(http.StatusBadRequest, hasSecrets, "the config_snapshot has secrets: "+strings.Join(secrets, ", "), "take them out: no profile that the service made has any")
	}
	if err := ctx.Err(); err != nil {
		return nil, problemOf(err)
	}
	m, err := s.config.Store.Create(ctx, p, nil)
	if err != nil {
		return nil, problemOf(err)
	}
	return createdProfile(m), nil
}
