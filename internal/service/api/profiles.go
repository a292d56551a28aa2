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
)

// Metadata is what a listing shows of a profile.
type Metadata = behaviour.Metadata

const profilesTag = "profiles"

// profiles registers making, listing, reading and deleting them.
func (s *Server) profiles(api huma.API) {
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "create-profile", Method: http.MethodPost, Path: "/profiles", Tags: []string{profilesTag},
		Summary:       "Make a profile of a window of time",
		DefaultStatus: http.StatusCreated, MaxBodyBytes: s.config.MaxBody,
	}, http.StatusUnprocessableEntity, http.StatusBadGateway), s.create)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "get-creation", Method: http.MethodGet, Path: "/creations/{key}", Tags: []string{profilesTag},
		Summary: "How far a profile is that is being made", Description: "By the Idempotency-Key of its request. There is none before and after.",
	}, http.StatusNotFound), s.creation)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "list-profiles", Method: http.MethodGet, Path: "/profiles", Tags: []string{profilesTag},
		Summary: "List profiles, those with the newest windows first",
	}), s.list)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "get-profile", Method: http.MethodGet, Path: "/profiles/{id}", Tags: []string{profilesTag},
		Summary: "Get a whole profile", Responses: wholeProfile(api),
	}, http.StatusNotFound), s.get)
	huma.Register(api, withProblems(api, huma.Operation{
		OperationID: "delete-profile", Method: http.MethodDelete, Path: "/profiles/{id}", Tags: []string{profilesTag},
		Summary: "Delete a profile that is no baseline", DefaultStatus: http.StatusNoContent,
	}, http.StatusNotFound, http.StatusConflict), s.delete)
}

// a created profile.
type created struct {
	Location string `header:"Location"`
	Body     Metadata
}

func createdProfile(m Metadata) *created { return &created{"/profiles/" + m.ID, m} }

type creation struct {
	Key  string `header:"Idempotency-Key" maxLength:"255" doc:"Makes the profile once, however often the request is sent."`
	Body profileRequest
}

func (s *Server) create(ctx context.Context, in *creation) (*created, error) {
	q := in.Body.request()
	q.Key = in.Key
	m, err := s.config.Recorder.Create(ctx, q)
	if err != nil {
		p := problemOf(err)
		s.config.Metrics.profiles.WithLabelValues(p.kind()).Inc()
		return nil, p
	}
	s.config.Metrics.profiles.WithLabelValues("created").Inc()
	return createdProfile(m), nil
}

type progress struct{ Body record.Progress }

func (s *Server) creation(_ context.Context, in *struct {
	Key string `path:"key"`
}) (*progress, error) {
	p, under := s.config.Recorder.Progress(in.Key)
	if !under {
		return nil, problem(http.StatusNotFound, notFound, "no profile is being made with this key", "it is ready, has failed, or has not begun: the answer to its request tells")
	}
	return &progress{p}, nil
}

// A filter of a listing. A value that is there and empty asks for those that
// have none.
type filter struct {
	Cluster   string    `query:"cluster" doc:"cluster_id"`
	Namespace string    `query:"namespace" doc:"Empty for profiles of a whole cluster."`
	TaskQueue string    `query:"task_queue" doc:"Empty for profiles of all task queues."`
	Label     string    `query:"label" doc:"Empty for profiles without one."`
	From      time.Time `query:"from" doc:"Profiles whose windows end after it."`
	To        time.Time `query:"to" doc:"Profiles whose windows start before it."`
	Baseline  bool      `query:"baseline" doc:"Only baselines, or only others."`
	Limit     pageSize  `query:"limit" doc:"Profiles on a page."`
	Cursor    string    `query:"cursor" doc:"next_cursor of the page before."`

	given given
}

// A pageSize is how many are asked for at once; 0 leaves it to the store.
type pageSize int

// Schema is what huma asks for.
func (pageSize) Schema(huma.Registry) *huma.Schema {
	least, most := 1.0, float64(store.MaxLimit)
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: &least, Maximum: &most, Default: store.DefaultLimit}
}

// given are the parameters of a query that are there.
type given map[string]bool

// givenIn reads them; some need a value.
func givenIn(ctx huma.Context, needing ...string) (given, []error) {
	g := given{}
	url := ctx.URL()
	for name, values := range url.Query() {
		g[name] = true
		if len(values) > 1 {
			return g, []error{&huma.ErrorDetail{Location: "query." + name, Message: "given " + strconv.Itoa(len(values)) + " times; once is enough"}}
		}
	}
	for _, name := range needing {
		if g[name] && url.Query().Get(name) == "" {
			return g, []error{&huma.ErrorDetail{Location: "query." + name, Message: "has no value"}}
		}
	}
	return g, nil
}

func asked[T any](g given, name string, value *T) *T {
	if g[name] {
		return value
	}
	return nil
}

// Resolve tells what was asked for from what was not.
func (f *filter) Resolve(ctx huma.Context) (wrong []error) {
	f.given, wrong = givenIn(ctx, "from", "to", "baseline", "limit")
	return wrong
}

func (f *filter) store() store.Filter {
	return store.Filter{
		Cluster: asked(f.given, "cluster", &f.Cluster), Namespace: asked(f.given, "namespace", &f.Namespace), TaskQueue: asked(f.given, "task_queue", &f.TaskQueue),
		Label: asked(f.given, "label", &f.Label), From: f.From, To: f.To, Baseline: asked(f.given, "baseline", &f.Baseline),
	}
}

// A page of a listing.
type page struct {
	Profiles   []Metadata `json:"profiles" nullable:"false"`
	NextCursor string     `json:"next_cursor,omitempty" doc:"cursor of the next page; there is none on the last."`
}

type listed struct{ Body page }

func (s *Server) list(ctx context.Context, f *filter) (*listed, error) {
	p, err := s.config.Store.List(ctx, f.store(), int(f.Limit), f.Cursor)
	if err != nil {
		return nil, problemOf(err)
	}
	return &listed{page{p.Profiles, p.Next}}, nil
}

// the id of a profile in a path.
type byID struct {
	ID string `path:"id" doc:"id of the profile"`
}

type whole struct {
	Status        int
	ETag          string `header:"ETag"`
	ContentType   string `header:"Content-Type"`
	ContentLength string `header:"Content-Length"`
	Body          []byte
}

func (s *Server) get(ctx context.Context, in *struct {
	ID          string `path:"id" doc:"id of the profile"`
	IfNoneMatch string `header:"If-None-Match" doc:"ETags of what is there already."`
}) (*whole, error) {
	_, data, err := s.config.Store.JSON(ctx, in.ID)
	if err != nil {
		return nil, problemOf(err)
	}
	tag := etag(data)
	if matches(in.IfNoneMatch, tag) {
		return &whole{Status: http.StatusNotModified, ETag: tag}, nil
	}
	return &whole{http.StatusOK, tag, "application/json", strconv.Itoa(len(data)), data}, nil
}

func (s *Server) delete(ctx context.Context, in *byID) (*struct{}, error) {
	if err := s.config.Store.Delete(ctx, in.ID); err != nil {
		return nil, problemOf(err)
	}
	return nil, nil
}

// etag is a strong one: other bytes, another tag.
func etag(data []byte) string { return `"` + strconv.FormatUint(xxhash.Sum64(data), 36) + `"` }

// matches reports whether one of the tags of a header is the tag.
func matches(header, tag string) bool {
	for each := range strings.SplitSeq(header, ",") {
		each = strings.TrimPrefix(strings.TrimSpace(each), "W/")
		if each == tag || each == "*" {
			return true
		}
	}
	return false
}

// wholeProfile describes what is written without being parsed.
func wholeProfile(api huma.API) map[string]*huma.Response {
	return map[string]*huma.Response{
		"200": {
			Description: "The profile",
			Headers:     map[string]*huma.Header{"ETag": {Schema: &huma.Schema{Type: huma.TypeString}, Description: "a strong one"}},
			Content:     map[string]*huma.MediaType{"application/json": {Schema: api.OpenAPI().Components.Schemas.Schema(profileSchema, true, "Profile")}},
		},
		"304": {Description: "It is what If-None-Match names"},
	}
}
