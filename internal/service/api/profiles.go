package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// Metadata describes a profile in a list.
type Metadata = behaviour.Metadata

const profilesTag = "profiles"

// registerProfiles registers the operations on profiles.
func (s *Server) registerProfiles(api huma.API) {
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "create-profile", Method: http.MethodPost, Path: "/profiles", Tags: []string{profilesTag},
		Summary:       "Create a profile of a time window",
		DefaultStatus: http.StatusCreated, MaxBodyBytes: s.config.MaxBody,
	}, http.StatusUnprocessableEntity, http.StatusBadGateway), s.createProfile)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "get-creation", Method: http.MethodGet, Path: "/creations/{key}", Tags: []string{profilesTag},
		Summary:     "Progress of a profile being created",
		Description: "The key is the Idempotency-Key of the request. 404 before it starts and after it finishes.",
	}, http.StatusNotFound), s.getProgress)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "list-profiles", Method: http.MethodGet, Path: "/profiles", Tags: []string{profilesTag},
		Summary: "List profiles, newest windows first",
	}), s.listProfiles)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "get-profile", Method: http.MethodGet, Path: "/profiles/{id}", Tags: []string{profilesTag},
		Summary: "Get a profile", Responses: profileResponses(api),
	}, http.StatusNotFound), s.getProfile)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "delete-profile", Method: http.MethodDelete, Path: "/profiles/{id}", Tags: []string{profilesTag},
		Summary: "Delete a profile (baselines cannot be deleted)", DefaultStatus: http.StatusNoContent,
	}, http.StatusNotFound, http.StatusConflict), s.deleteProfile)
}

// createProfileOutput is the response to a creation or an import.
type createProfileOutput struct {
	Location string `header:"Location"`
	Body     Metadata
}

func newCreateProfileOutput(m Metadata) *createProfileOutput {
	return &createProfileOutput{"/profiles/" + m.ID, m}
}

type createProfileInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"255" doc:"Creates the profile once, even if the request is sent again."`
	Body createProfileBody
}

func (s *Server) createProfile(ctx context.Context, in *createProfileInput) (*createProfileOutput, error) {
	q := in.Body.recordRequest()
	q.Key = in.Key
	m, err := s.config.Recorder.Create(ctx, q)
	if err != nil {
		p := problem.Of(err)
		s.config.Metrics.CountProfileRequest(p.Kind())
		return nil, p
	}
	s.config.Metrics.CountProfileRequest("created")
	return newCreateProfileOutput(m), nil
}

type progressOutput struct{ Body record.Progress }

func (s *Server) getProgress(_ context.Context, in *struct {
	Key string `path:"key"`
}) (*progressOutput, error) {
	p, under := s.config.Recorder.Progress(in.Key)
	if !under {
		return nil, problem.New(http.StatusNotFound, problem.KindNotFound, "no profile with this key is being created",
			"see the response to the request: it is finished, has failed or has not started")
	}
	return &progressOutput{p}, nil
}

// profileFilter is the query of a list of profiles. A parameter that is sent without a
// value matches profiles without that value.
type profileFilter struct {
	Cluster   string    `query:"cluster" doc:"Id of the cluster."`
	Namespace string    `query:"namespace" doc:"Namespace; an empty value selects profiles of whole clusters."`
	TaskQueue string    `query:"task_queue" doc:"Task queue; an empty value selects profiles of all task queues."`
	Label     string    `query:"label" doc:"Label; an empty value selects profiles without a label."`
	From      time.Time `query:"from" doc:"Only windows that end after this time."`
	To        time.Time `query:"to" doc:"Only windows that start before this time."`
	Baseline  bool      `query:"baseline" doc:"Only baselines, or only other profiles."`
	Limit     pageSize  `query:"limit" doc:"Number of profiles per page."`
	Cursor    string    `query:"cursor" doc:"next_cursor of the previous page."`

	sent sentParameters
}

// pageSize is the number of entries on a page; 0 means the store's default.
type pageSize int

// Schema implements huma.SchemaProvider.
func (pageSize) Schema(huma.Registry) *huma.Schema {
	least, most := 1.0, float64(store.MaxLimit)
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: &least, Maximum: &most, Default: store.DefaultLimit}
}

// sentParameters are the query parameters of a request.
type sentParameters map[string]bool

// readSentParameters reads the query parameters; those in needing must have a value.
func readSentParameters(ctx huma.Context, needing ...string) (sentParameters, []error) {
	g := sentParameters{}
	url := ctx.URL()
	for name, values := range url.Query() {
		g[name] = true
		if len(values) > 1 {
			return g, []error{
				&huma.ErrorDetail{Location: "query." + name, Message: "expected one value, found " + strconv.Itoa(len(values))},
			}
		}
	}
	for _, name := range needing {
		if g[name] && url.Query().Get(name) == "" {
			return g, []error{&huma.ErrorDetail{Location: "query." + name, Message: "expected a value, found none"}}
		}
	}
	return g, nil
}

func valueIfSent[T any](g sentParameters, name string, value *T) *T {
	if g[name] {
		return value
	}
	return nil
}

// Resolve implements huma.Resolver: it records which parameters were sent.
func (f *profileFilter) Resolve(ctx huma.Context) (wrong []error) {
	f.sent, wrong = readSentParameters(ctx, "from", "to", "baseline", "limit")
	return wrong
}

func (f *profileFilter) storeFilter() store.Filter {
	return store.Filter{
		Cluster: valueIfSent(f.sent, "cluster", &f.Cluster), Namespace: valueIfSent(f.sent, "namespace", &f.Namespace),
		TaskQueue: valueIfSent(f.sent, "task_queue", &f.TaskQueue),
		Label:     valueIfSent(f.sent, "label", &f.Label), From: f.From, To: f.To, Baseline: valueIfSent(f.sent, "baseline", &f.Baseline),
	}
}

// profilePage is one page of a list of profiles.
type profilePage struct {
	Profiles   []Metadata `json:"profiles" nullable:"false"`
	NextCursor string     `json:"next_cursor,omitempty" doc:"Cursor of the next page; absent on the last page."`
}

type listProfilesOutput struct{ Body profilePage }

func (s *Server) listProfiles(ctx context.Context, f *profileFilter) (*listProfilesOutput, error) {
	p, err := s.config.Store.List(ctx, f.storeFilter(), int(f.Limit), f.Cursor)
	if err != nil {
		return nil, problem.Of(err)
	}
	return &listProfilesOutput{profilePage{p.Profiles, p.Next}}, nil
}

// profilePath holds the id of a profile in a path.
type profilePath struct {
	ID string `path:"id" doc:"Id of the profile."`
}

type profileOutput struct {
	Status        int
	ETag          string `header:"ETag"`
	ContentType   string `header:"Content-Type"`
	ContentLength string `header:"Content-Length"`
	Body          []byte
}

func (s *Server) getProfile(ctx context.Context, in *struct {
	ID          string `path:"id" doc:"Id of the profile."`
	IfNoneMatch string `header:"If-None-Match" doc:"ETags of the client's copies."`
}) (*profileOutput, error) {
	_, data, err := s.config.Store.JSON(ctx, in.ID)
	if err != nil {
		return nil, problem.Of(err)
	}
	tag := strongETag(data)
	if matchesETag(in.IfNoneMatch, tag) {
		return &profileOutput{Status: http.StatusNotModified, ETag: tag}, nil
	}
	return &profileOutput{http.StatusOK, tag, "application/json", strconv.Itoa(len(data)), data}, nil
}

func (s *Server) deleteProfile(ctx context.Context, in *profilePath) (*struct{}, error) {
	if err := s.config.Store.Delete(ctx, in.ID); err != nil {
		return nil, problem.Of(err)
	}
	return nil, nil
}

// strongETag returns a strong ETag of a document.
func strongETag(data []byte) string { return `"` + strconv.FormatUint(xxhash.Sum64(data), 36) + `"` }

// matchesETag reports whether a header lists a tag.
func matchesETag(header, tag string) bool {
	for each := range strings.SplitSeq(header, ",") {
		each = strings.TrimPrefix(strings.TrimSpace(each), "W/")
		if each == tag || each == "*" {
			return true
		}
	}
	return false
}

// profileResponses describes the response with a profile, which is written without parsing
// it.
func profileResponses(api huma.API) map[string]*huma.Response {
	return map[string]*huma.Response{
		"200": {
			Description: "The profile.",
			Headers: map[string]*huma.Header{
				"ETag": {Schema: &huma.Schema{Type: huma.TypeString}, Description: "Strong ETag of the document."},
			},
			Content: map[string]*huma.MediaType{"application/json": {Schema: api.OpenAPI().Components.Schemas.Schema(profileSchema, true,
				"Profile")}},
		},
		"304": {Description: "The document matches If-None-Match."},
	}
}
