package api

import (
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

var (
	profileSchema = reflect.TypeFor[behaviour.Profile]()
	problemSchema = reflect.TypeFor[problem.Problem]()
)

// registerDomainSchemas registers the schemas of types that marshal themselves.
func registerDomainSchemas(schemas huma.Registry) {
	schemas.RegisterTypeAlias(reflect.TypeFor[behaviour.Point](), reflect.TypeFor[pointSchema]())
}

// pointSchema describes a sample: [seconds, value].
type pointSchema struct{}

// Schema implements huma.SchemaProvider.
func (pointSchema) Schema(huma.Registry) *huma.Schema {
	two := 2
	return &huma.Schema{
		Type: huma.TypeArray, MinItems: &two, MaxItems: &two, Items: &huma.Schema{Type: huma.TypeNumber},
		Description: "A sample: seconds since 1970, and the value.",
	}
}

// createProfileBody is the body of a request for a new profile.
type createProfileBody struct {
	Name                  string                `json:"name" minLength:"1" doc:"Name of the profile."`
	ClusterID             string                `json:"cluster_id" minLength:"1" doc:"Id of the cluster."`
	WindowStart           time.Time             `json:"time_window_start" doc:"Start of the window."`
	WindowEnd             time.Time             `json:"time_window_end" doc:"At most 24 hours after the start, not in the future."`
	Namespace             string                `json:"namespace,omitempty" doc:"Only this namespace; default: the whole cluster."`
	TaskQueue             string                `json:"task_queue,omitempty" doc:"Only this task queue; default: all task queues."`
	Label                 string                `json:"label,omitempty" doc:"Label for filtering."`
	AllowPartial          bool                  `json:"allow_partial,omitempty" doc:"Create the profile even if queries fail."`
	Config                []snapshot.InlineFile `json:"config,omitempty" doc:"Configuration files; override those of the service."`
	WorkerOptions         map[string]any        `json:"worker_options,omitempty" doc:"SDK worker options by name."`
	TemporalServerVersion string                `json:"temporal_server_version,omitempty" doc:"Overrides what the cluster reports."`
	DSQLPluginVersion     string                `json:"dsql_plugin_version,omitempty" doc:"Generation of the DSQL plugin."`
	WorkerCodeSHA         string                `json:"worker_code_sha,omitempty" doc:"Commit of the workers' code."`
	PresetName            string                `json:"preset_name,omitempty" doc:"Preset of the cluster's configuration."`
}

func (p createProfileBody) recordRequest() record.Request {
	return record.Request{
		Name: p.Name, ClusterID: p.ClusterID, Namespace: p.Namespace, TaskQueue: p.TaskQueue, Label: p.Label,
		WindowStart: p.WindowStart, WindowEnd: p.WindowEnd, AllowPartial: p.AllowPartial, Given: p.Config,
		Stated: snapshot.StatedFacts{
			Versions: snapshot.Versions{TemporalServer: p.TemporalServerVersion, DSQLPlugin: p.DSQLPluginVersion,
				WorkerCodeSHA: p.WorkerCodeSHA, Preset: p.PresetName},
			WorkerOptions: p.WorkerOptions,
		},
	}
}

// withProblems adds the problem responses to an operation's description.
func withProblems(api huma.API, op huma.Operation, statuses ...int) huma.Operation {
	schema := api.OpenAPI().Components.Schemas.Schema(problemSchema, true, "Problem")
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	// problems of every operation
	for _, status := range append([]int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusServiceUnavailable}, statuses...) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{problem.MediaType: {Schema: schema}},
		}
	}
	return op
}
