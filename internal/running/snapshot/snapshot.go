// Package snapshot takes snapshots of the configuration of running clusters. It reads all sources, evaluates them
// with the schema, redacts every secret, and lists what is unknown. Its results and errors contain no secrets.
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

// Sources configure where a cluster's configuration is read. All are read; later ones win: files, services, the
// request.
type Sources struct {
	// Profile is a compiled profile.json, or the output folder of a compile.
	Profile string `json:"profile,omitempty"`
	// Files configure the processes.
	Files []File `json:"files,omitempty"`
	// ECS lists running services.
	ECS []ECS `json:"ecs,omitempty"`
	// Temporal is a frontend that reports its version.
	Temporal *Temporal `json:"temporal,omitempty"`
	// Stated are known facts. They override the cluster's own answers, because the window can be older than an
	// upgrade.
	Stated StatedFacts `json:"stated,omitempty"`
	// Given is configuration from a request.
	Given []InlineFile `json:"given,omitempty"`
}

// File is one file, read again for each snapshot.
type File struct {
	Path string `json:"path"`
	// Format "" means detected from the content.
	Format deployed.Format `json:"format,omitempty"`
	// Service that settings without a service belong to.
	Service string `json:"service,omitempty"`
}

// ECS selects services of one ECS cluster. They are only described, never changed.
type ECS struct {
	Cluster  string   `json:"cluster"`
	Services []string `json:"services"`
	Region   string   `json:"region,omitempty"`
	RoleARN  string   `json:"role_arn,omitempty"`
	// Endpoint replaces Amazon's own, for a VPC endpoint or proxy
	Endpoint string `json:"endpoint,omitempty"`
}

// Temporal is the address of a frontend, with credentials.
type Temporal struct {
	Address string `json:"address"` // HOST:PORT
	TLS     *TLS   `json:"tls,omitempty"`
	// APIKeyFile contains a key to send as Authorization: Bearer.
	APIKeyFile string        `json:"api_key_file,omitempty"`
	Timeout    time.Duration `json:"-"` // 0 means DefaultTimeout
}

// TLS configures the trusted CAs and the client certificate. Files are read again for each snapshot.
type TLS struct {
	CAFile     string `json:"ca_file,omitempty"` // "" means the system's
	CertFile   string `json:"cert_file,omitempty"`
	KeyFile    string `json:"key_file,omitempty"`
	ServerName string `json:"server_name,omitempty"` // "" means the address's host
}

// InlineFile is the text of a file in a request. It cannot refer to other files.
type InlineFile struct {
	Name   string          `json:"name" doc:"File name, as shown in the profile."`
	Format deployed.Format `json:"format,omitempty" doc:"dynamic-config, env, compose, ecs, helm, server-config, profile; default: detected."`
	// Service that settings without a service belong to.
	Service string `json:"service,omitempty" doc:"Service of settings that name none."`
	Content string `json:"content" doc:"Text of the file."`
}

// StatedFacts holds facts about a cluster; "" means not stated.
type StatedFacts struct {
	Versions
	// WorkerOptions are the SDK options of the workers, by name.
	WorkerOptions map[string]any `json:"worker_options,omitempty"`
}

// Versions of the running programs, and the preset; "" means unknown.
type Versions struct {
	TemporalServer string `json:"temporal_server_version,omitempty"`
	DSQLPlugin     string `json:"dsql_plugin_version,omitempty"`
	WorkerCodeSHA  string `json:"worker_code_sha,omitempty"`
	Preset         string `json:"preset_name,omitempty"`
}

// Snapshot is a snapshot with its versions.
type Snapshot struct {
	Config   behaviour.Snapshot
	Versions Versions
	Settings int // number evaluated, over all sources
}

// Fault classifies the origin of an unreadable source.
type Fault int

// Faults.
const (
	OfRequest  Fault = iota // content of the request: 400
	OfService               // configuration of the service, such as files or credentials: 500
	OfUpstream              // AWS or Temporal: 502
)

// SourceError reports an unreadable source, without secrets.
type SourceError struct {
	Source string
	Fault  Fault
	Err    error
	Remedy string
}

func (e *SourceError) Error() string { return fmt.Sprintf("read %s: %v", e.Source, e.Err) }

func (e *SourceError) Unwrap() error { return e.Err }

// DefaultTimeout limits all queries of one source.
const DefaultTimeout = 10 * time.Second

// Taker takes snapshots. It is safe for concurrent use.
type Taker struct {
	use func(do func(*compile.Engine) error) error
	key []byte
}

// New returns a Taker. Digests of secrets use key, so that snapshots show changes of a secret without revealing it.
// nil means a random key of this process.
func New(engine *compile.Engine, key []byte) *Taker {
	return NewShared(func(do func(*compile.Engine) error) error { return do(engine) }, key)
}

// NewShared returns a Taker whose engine others use too: use runs a function with it, not while sources are read.
func NewShared(use func(do func(*compile.Engine) error) error, key []byte) *Taker {
	return &Taker{use, key}
}

// Check rejects unknown presets and plugin generations with a *behaviour.RequestError. Any server version is
// accepted.
func (t *Taker) Check(stated Versions) error {
	if stated.Preset == "" && stated.DSQLPlugin == "" {
		return nil // needs no engine
	}
	return t.use(func(engine *compile.Engine) error {
		if stated.Preset != "" {
			presets, err := engine.Presets()
			if err != nil {
				return err
			}
			var names []string
			for _, p := range presets {
				names = append(names, p.Name)
			}
			if !slices.Contains(names, stated.Preset) {
				return requestError(suggest.UnknownName("preset", stated.Preset, names))
			}
		}
		return requestError(engine.CheckSupport("", stated.DSQLPlugin))
	})
}

func requestError(err error) error {
	var invalid *source.Error
	if !errors.As(err, &invalid) {
		return err
	}
	return &behaviour.RequestError{Message: invalid.Problems[0].Message, Remedy: invalid.Problems[0].Remedy + ", or leave it out"}
}

// Take reads all sources. Its error joins a SourceError for every unreadable source.
func (t *Taker) Take(ctx context.Context, from Sources) (*Snapshot, error) {
	r := &collection{Taker: t, redactor: redact.New(t.key), budget: budget.NewConfiguration()}
	r.readProfile(ctx, from.Profile)
	for _, f := range from.Files {
		r.readFile(ctx, f)
	}
	// network sources are read concurrently
	found := make([]sourceResult, len(from.ECS)+1)
	var asking sync.WaitGroup
	for i, e := range from.ECS {
		asking.Go(func() { found[i] = r.readServices(ctx, e) })
	}
	if from.Temporal != nil {
		asking.Go(func() { found[len(from.ECS)] = r.queryFrontend(ctx, *from.Temporal) })
	}
	asking.Wait()
	for _, a := range found {
		r.addResult(a)
	}
	// before parsing, which is expensive
	if err := budget.ConfigFiles.Check(int64(len(from.Given))); err != nil {
		r.recordError("configuration of the request", OfRequest, err, budget.ConfigFiles.Remedy)
	} else {
		for _, g := range from.Given {
			r.readInline(ctx, g)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(r.wrong) > 0 {
		return nil, errors.Join(r.wrong...)
	}
	var taken *Snapshot
	err := t.use(func(engine *compile.Engine) (err error) {
		r.engine = engine
		taken, err = r.assembleParts(ctx, from.Stated)
		return err
	})
	return taken, err
}
