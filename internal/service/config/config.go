// Package config is the profile service's own configuration: what its file
// says, checked by #Service of the schema.
package config

import (
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// A Config is what the file says. What it leaves out is empty: then a flag, or its
// default, has the word. Relative paths in it are relative to the file's folder.
type Config struct {
	Listen     string     `json:"listen"` // HOST:PORT
	DataDir    string     `json:"data_dir"`
	Bucket     string     `json:"bucket"`   // s3://BUCKET[/PREFIX]
	Database   string     `json:"database"` // postgres://… or dsql://ENDPOINT; no password in it
	Prometheus Prometheus `json:"prometheus"`
	// Clusters that profiles are of, by id. Where there are none, any id is.
	Clusters map[string]Cluster `json:"clusters"`
	Tokens   string             `json:"tokens"` // file of hashed tokens
	OIDC     *OIDC              `json:"oidc"`
	CORS     CORS               `json:"cors"`
	Limits   Limits             `json:"limits"`
}

// Prometheus is where telemetry is, and how it is asked for.
type Prometheus struct {
	URL   string `json:"url"`
	SigV4 *SigV4 `json:"sigv4"`
	// Matchers are labels that pick the cluster.
	Matchers       map[string]string `json:"matchers"`
	Dialect        string            `json:"dialect"` // "" finds out
	ScrapeInterval Duration          `json:"scrape_interval"`
	Concurrency    int               `json:"concurrency"` // queries in flight
	Timeout        Duration          `json:"timeout"`     // of one query with all its tries
	MaxSamples     int64             `json:"max_samples"` // 0 is the collector's own, below 0 no limit
}

// SigV4 signs requests for Amazon Managed Prometheus.
type SigV4 struct {
	Region  string `json:"region"`
	RoleARN string `json:"role_arn"`
	Profile string `json:"profile"` // of the AWS configuration files
}

// A Cluster is one that profiles are taken of.
type Cluster struct {
	// Prometheus is that of the service, with what the cluster says on top: Read
	// puts them together.
	Prometheus Prometheus       `json:"prometheus"`
	Sources    snapshot.Sources `json:"sources"`
	// Namespaces that profiles may be of; any where there are none.
	Namespaces []string `json:"namespaces"`
	Assess     *Assess  `json:"assess"`
}

// Assess has the cluster held against its baselines by itself.
type Assess struct {
	Every  Duration `json:"every"`
	Window Duration `json:"window"`
}

// OIDC is who signs the tokens of those who may.
type OIDC struct {
	Issuer   string `json:"issuer"`
	Audience string `json:"audience"`
}

// CORS are the origins whose pages may ask: https://HOST.
type CORS struct {
	Origins []string `json:"origins"`
}

// Limits of what one may ask for.
type Limits struct {
	Body       int64    `json:"body"`       // bytes of a request
	Concurrent int      `json:"concurrent"` // requests at once; more get 429
	Creates    int      `json:"creates"`    // profiles that are collected or imported at once
	Drain      Duration `json:"drain"`      // for what is under way at the end
}

// A Duration is written as Go writes it: "15s", "1h30m".
type Duration time.Duration

// UnmarshalText reads it.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// MarshalText writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Read reads a file of the service's configuration: CUE, YAML or JSON.
func Read(engine *compile.Engine, name string) (*Config, error) {
	c := &Config{}
	if err := engine.Service(name, c); err != nil {
		return nil, err
	}
	beside := func(paths ...*string) {
		for _, path := range paths {
			if *path != "" && !filepath.IsAbs(*path) {
				*path = filepath.Join(filepath.Dir(name), *path)
			}
		}
	}
	beside(&c.DataDir, &c.Tokens)
	for id, cluster := range c.Clusters {
		cluster.Prometheus = c.Prometheus.with(cluster.Prometheus)
		from := &cluster.Sources
		beside(&from.Profile)
		for i := range from.Files {
			beside(&from.Files[i].Path)
		}
		if t := from.Temporal; t != nil {
			beside(&t.APIKeyFile)
			if t.TLS != nil {
				beside(&t.TLS.CAFile, &t.TLS.CertFile, &t.TLS.KeyFile)
			}
		}
		c.Clusters[id] = cluster
	}
	return c, nil
}

// IDs of the clusters, in order.
func (c *Config) IDs() []string { return slices.Sorted(maps.Keys(c.Clusters)) }

// with is a Prometheus with what another says on top. Another URL is another
// Prometheus: nobody signs for it unless it says so itself.
func (p Prometheus) with(over Prometheus) Prometheus {
	out := p
	if over.URL != "" {
		out.URL, out.SigV4 = over.URL, nil
	}
	if over.SigV4 != nil {
		out.SigV4 = over.SigV4
	}
	out.Matchers = maps.Clone(p.Matchers)
	for label, value := range over.Matchers {
		if out.Matchers == nil {
			out.Matchers = map[string]string{}
		}
		out.Matchers[label] = value
	}
	if over.Dialect != "" {
		out.Dialect = over.Dialect
	}
	if over.ScrapeInterval != 0 {
		out.ScrapeInterval = over.ScrapeInterval
	}
	if over.Concurrency != 0 {
		out.Concurrency = over.Concurrency
	}
	if over.Timeout != 0 {
		out.Timeout = over.Timeout
	}
	if over.MaxSamples != 0 {
		out.MaxSamples = over.MaxSamples
	}
	return out
}
