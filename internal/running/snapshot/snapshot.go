// Package snapshot takes the configuration that a cluster runs with: it reads
// what the sources say, asks the schema what it means, redacts every secret, and
// tells what nobody could say. Nothing that it gives away holds a secret.
package snapshot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// Sources say where the configuration of a cluster is read, all of them at once.
// Of two that set the same, the later wins: files, services, then what a request
// brings along.
type Sources struct {
	// Profile is a compiled profile.json, or the folder that a compile wrote.
	Profile string `json:"profile,omitempty"`
	// Files that the processes are configured by.
	Files []File `json:"files,omitempty"`
	// ECS are services that run.
	ECS []ECS `json:"ecs,omitempty"`
	// Temporal is a frontend that is asked for its version.
	Temporal *Temporal `json:"temporal,omitempty"`
	// Stated is what is known without asking. A request that states something is
	// believed before the cluster itself, since its window may lie before an
	// upgrade.
	Stated Stated `json:"stated,omitempty"`
	// Given is what came with a request.
	Given []Given `json:"given,omitempty"`
}

// A File is one file, read anew for each snapshot.
type File struct {
	Path string `json:"path"`
	// Format is what it looks like where it is "".
	Format deployed.Format `json:"format,omitempty"`
	// Service has what the file itself gives to no service in particular.
	Service string `json:"service,omitempty"`
}

// ECS names services of one ECS cluster. They are described, and never changed.
type ECS struct {
	Cluster  string   `json:"cluster"`
	Services []string `json:"services"`
	Region   string   `json:"region,omitempty"`
	RoleARN  string   `json:"role_arn,omitempty"`
	// Endpoint takes the place of Amazon's own: a VPC endpoint, a proxy
	Endpoint string `json:"endpoint,omitempty"`
}

// Temporal is a frontend and how to reach it.
type Temporal struct {
	Address string `json:"address"` // HOST:PORT
	TLS     *TLS   `json:"tls,omitempty"`
	// APIKeyFile has a key that is sent as Authorization: Bearer.
	APIKeyFile string        `json:"api_key_file,omitempty"`
	Timeout    time.Duration `json:"-"` // DefaultTimeout where 0
}

// TLS says whom to trust, and who we are. Files are read anew for each snapshot.
type TLS struct {
	CAFile     string `json:"ca_file,omitempty"` // those of the system where ""
	CertFile   string `json:"cert_file,omitempty"`
	KeyFile    string `json:"key_file,omitempty"`
	ServerName string `json:"server_name,omitempty"` // the address' host where ""
}

// A Given is a file's text that came with a request. It names no other file.
type Given struct {
	Name   string          `json:"name" doc:"what it is called in the profile: a file name"`
	Format deployed.Format `json:"format,omitempty" doc:"dynamic-config, env, compose, ecs, helm, server-config or profile; told by its content where it is left out"`
	// Service has what the text itself gives to no service in particular.
	Service string `json:"service,omitempty" doc:"service that it configures, where it does not say so itself"`
	Content string `json:"content" doc:"the text of the file"`
}

// Stated are facts about a cluster; "" is not stated.
type Stated struct {
	Versions
	// WorkerOptions of the SDK by name, as the worker has them.
	WorkerOptions map[string]any `json:"worker_options,omitempty"`
}

// Versions of what runs, and the preset that it is tied to; "" is unknown.
type Versions struct {
	TemporalServer string `json:"temporal_server_version,omitempty"`
	DSQLPlugin     string `json:"dsql_plugin_version,omitempty"`
	WorkerCodeSHA  string `json:"worker_code_sha,omitempty"`
	Preset         string `json:"preset_name,omitempty"`
}

// A Taken snapshot.
type Taken struct {
	Config   behaviour.Snapshot
	Versions Versions
	Settings int // that were evaluated, all sources together
}

// A Fault says who can do something about a source that cannot be read.
type Fault int

// Faults.
const (
	OfRequest  Fault = iota // what came with the request: 400
	OfService               // what the service is configured with: a file, credentials: 500
	OfUpstream              // AWS or Temporal: 502
)

// A SourceError names the source that cannot be read, and why. It holds no secret.
type SourceError struct {
	Source string
	Fault  Fault
	Err    error
	Remedy string
}

func (e *SourceError) Error() string { return fmt.Sprintf("read %s: %v", e.Source, e.Err) }

func (e *SourceError) Unwrap() error { return e.Err }

// DefaultTimeout is for all that one source is asked.
const DefaultTimeout = 10 * time.Second

// A Taker takes snapshots. It may be used by many at once.
type Taker struct {
	engine *compile.Engine
	key    []byte
}

// New makes a Taker. The digests that stand for secrets are made with key, so
// that two snapshots tell whether a secret changed and nobody can guess which it
// is; without one they are made with a key of this process.
func New(engine *compile.Engine, key []byte) *Taker { return &Taker{engine, key} }

// Check refuses a preset and a generation of the plugin that nothing is known of with
// a *behaviour.RequestError. A server may be of any version, as what is found may.
func (t *Taker) Check(stated Versions) error {
	if stated.Preset != "" {
		presets, err := t.engine.Presets()
		if err != nil {
			return err
		}
		var names []string
		for _, p := range presets {
			names = append(names, p.Name)
		}
		if !slices.Contains(names, stated.Preset) {
			return unknown(suggest.UnknownName("preset", stated.Preset, names))
		}
	}
	return unknown(t.engine.CheckSupport("", stated.DSQLPlugin))
}

func unknown(err error) error {
	var said *source.Error
	if !errors.As(err, &said) {
		return err
	}
	return &behaviour.RequestError{Message: said.Problems[0].Message, Remedy: said.Problems[0].Hint + "; or leave it out"}
}

// Take reads all sources. Its error names every source that cannot be read, as
// SourceErrors that errors.As finds.
func (t *Taker) Take(ctx context.Context, from Sources) (*Taken, error) {
	r := &reading{Taker: t, redactor: redact.New(t.key), budget: budget.NewConfiguration()}
	r.profile(ctx, from.Profile)
	for _, f := range from.Files {
		r.file(ctx, f)
	}
	// what is asked over the network is asked at once
	found := make([]answer, len(from.ECS)+1)
	var asking sync.WaitGroup
	for i, e := range from.ECS {
		asking.Go(func() { found[i] = r.services(ctx, e) })
	}
	if from.Temporal != nil {
		asking.Go(func() { found[len(from.ECS)] = r.frontend(ctx, *from.Temporal) })
	}
	asking.Wait()
	for _, a := range found {
		r.add(a)
	}
	// before the first is read: each costs a parse
	if err := budget.ConfigFiles.Check(int64(len(from.Given))); err != nil {
		r.fail("the configuration of the request", OfRequest, err, budget.ConfigFiles.Remedy)
	} else {
		for _, g := range from.Given {
			r.given(ctx, g)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(r.wrong) > 0 {
		return nil, errors.Join(r.wrong...)
	}
	return r.assemble(ctx, from.Stated)
}
