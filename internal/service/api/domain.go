package api

import (
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

var (
	profileSchema = reflect.TypeFor[behaviour.Profile]()
	problemSchema = reflect.TypeFor[Problem]()
)

// describeDomain tells what types that write themselves look like.
func describeDomain(schemas huma.Registry) {
	schemas.RegisterTypeAlias(reflect.TypeFor[behaviour.Point](), reflect.TypeFor[point]())
}

// A point is [seconds, value].
type point struct{}

// Schema is what huma asks for.
func (point) Schema(huma.Registry) *huma.Schema {
	two := 2
	return &huma.Schema{
		Type: huma.TypeArray, MinItems: &two, MaxItems: &two, Items: &huma.Schema{Type: huma.TypeNumber},
		Description: "A sample: seconds since 1970, and the value.",
	}
}

// A profileRequest asks for a profile.
type profileRequest struct {
	Name                  string           `json:"name" minLength:"1" doc:"What the window shows."`
	ClusterID             string           `json:"cluster_id" minLength:"1" doc:"Cluster that the window is of."`
	WindowStart           time.Time        `json:"time_window_start"`
	WindowEnd             time.Time        `json:"time_window_end" doc:"At most 24 hours after the start, and not in the future."`
	Namespace             string           `json:"namespace,omitempty" doc:"Narrows what has such a label; left out, the whole cluster."`
	TaskQueue             string           `json:"task_queue,omitempty" doc:"Narrows what has such a label; left out, all of them."`
	Label                 string           `json:"label,omitempty" doc:"To find it again by."`
	AllowPartial          bool             `json:"allow_partial,omitempty" doc:"Keep what is there where queries fail; the profile says so."`
	Config                []snapshot.Given `json:"config,omitempty" doc:"Files that the cluster is configured by, beside those that the service knows."`
	WorkerOptions         map[string]any   `json:"worker_options,omitempty" doc:"Options of the SDK's workers, by name."`
	TemporalServerVersion string           `json:"temporal_server_version,omitempty" doc:"Believed before what the cluster says now."`
	DSQLPluginVersion     string           `json:"dsql_plugin_version,omitempty"`
	WorkerCodeSHA         string           `json:"worker_code_sha,omitempty" doc:"Commit that the workers run."`
	PresetName            string           `json:"preset_name,omitempty" doc:"Preset that the cluster is configured by."`
}

func (p profileRequest) request() record.Request {
	return record.Request{
		Name: p.Name, ClusterID: p.ClusterID, Namespace: p.Namespace, TaskQueue: p.TaskQueue, Label: p.Label,
		WindowStart: p.WindowStart, WindowEnd: p.WindowEnd, AllowPartial: p.AllowPartial, Given: p.Config,
		Stated: snapshot.Stated{
			Versions:      snapshot.Versions{TemporalServer: p.TemporalServerVersion, DSQLPlugin: p.DSQLPluginVersion, WorkerCodeSHA: p.WorkerCodeSHA, Preset: p.PresetName},
			WorkerOptions: p.WorkerOptions,
		},
	}
}
