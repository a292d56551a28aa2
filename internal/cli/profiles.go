package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/record"
	"github.com/temporal-dsql/temporal-dsql/internal/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/store"
	"github.com/temporal-dsql/temporal-dsql/internal/telemetry"
)

// A keeping says where profiles are kept.
type keeping struct {
	dataDir, bucket, database string
}

func (k *keeping) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.dataDir, "data-dir", "", "folder that profiles are kept in (default $XDG_DATA_HOME/temporal-dsql)")
	cmd.Flags().StringVar(&k.bucket, "bucket", "", "keep documents in s3://BUCKET[/PREFIX][?region=REGION]")
	cmd.Flags().StringVar(&k.database, "database", "", "list them in postgres://… or dsql://ENDPOINT; for a password, use PGPASSWORD or PGPASSFILE")
	_ = cmd.MarkFlagDirname("data-dir")
}

// folder is that of the embedded store, and of what a service keeps for itself.
func (a *app) folder(k keeping) (string, error) {
	if k.dataDir != "" {
		return k.dataDir, nil
	}
	if data := a.env("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "temporal-dsql"), nil
	}
	if home := a.env("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share", "temporal-dsql"), nil
	}
	return "", usageError{"there is no folder to keep profiles in: neither XDG_DATA_HOME nor HOME is set", "--data-dir FOLDER"}
}

// openStore opens where profiles are kept. retried is told of each transaction
// that starts anew; nil is nobody.
func (a *app) openStore(ctx context.Context, k keeping, retried func()) (*store.Store, error) {
	folder, err := a.folder(k)
	if err != nil {
		return nil, err
	}
	kept, err := store.Open(ctx, store.Options{DataDir: folder, Bucket: k.bucket, Database: k.database, OnRetry: retried, Now: a.now})
	var wrong *store.RequestError
	if errors.As(err, &wrong) {
		return nil, usageError{wrong.Message, wrong.Remedy}
	}
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return kept, nil
}

// catalogue is the telemetry catalogue as a collector takes it.
func catalogue(engine *compile.Engine) ([]telemetry.Metric, error) {
	all, err := engine.Metrics()
	if err != nil {
		return nil, err
	}
	metrics := make([]telemetry.Metric, len(all))
	for i, m := range all {
		metrics[i] = telemetry.Metric{Name: m.Name, Unit: m.Unit, Kind: m.Kind, Per: m.Per, Query: m.Query, Labels: m.Labels, Rewrites: m.Rewrites}
	}
	return metrics, nil
}

// A recording is what profiles are made by.
type recording struct {
	prometheus     string
	scrapeInterval time.Duration
	concurrency    int // profiles at once
	// Transport is below everything that is asked of Prometheus; nil is the usual one
	transport http.RoundTripper
}

func (r *recording) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.prometheus, "prometheus-url", "", "Prometheus that has the telemetry: http://HOST:9090")
	cmd.Flags().DurationVar(&r.scrapeInterval, "scrape-interval", telemetry.DefaultScrapeInterval, "of the samples in that Prometheus")
}

// recorder makes what makes profiles.
func (a *app) recorder(engine *compile.Engine, r recording, kept record.Store, folder string) (*record.Recorder, error) {
	metrics, err := catalogue(engine)
	if err != nil {
		return nil, err
	}
	key, err := redactionKey(folder)
	if err != nil {
		return nil, err
	}
	options := record.Options{Store: kept, Taker: snapshot.New(engine, key), Concurrency: r.concurrency, Now: a.now}
	if r.prometheus != "" {
		collector, err := telemetry.New(telemetry.Config{URL: r.prometheus, ScrapeInterval: r.scrapeInterval, Transport: r.transport}, metrics)
		if err != nil {
			return nil, usageError{err.Error(), "--prometheus-url http://HOST:9090"}
		}
		options.Default.Telemetry = collector
	}
	return record.New(options), nil
}

const keySize = 32

// redactionKey is the key of the digests that stand for secrets: the same for
// all that use a folder, so that two profiles tell whether a secret changed.
func redactionKey(folder string) ([]byte, error) {
	path := filepath.Join(folder, "redaction.key")
	key, err := os.ReadFile(path)
	switch {
	case err == nil && len(key) == keySize:
		return key, nil
	case err == nil:
		return nil, fmt.Errorf("%s has %d bytes, not %d: remove it, and secrets of older profiles look changed", path, len(key), keySize)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	key = make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	made, err := os.CreateTemp(folder, "redaction.*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(made.Name()) }()
	_, err = made.Write(key)
	if err := errors.Join(err, made.Close()); err != nil {
		return nil, err
	}
	// of all that make one at once, one wins
	if err := os.Link(made.Name(), path); errors.Is(err, fs.ErrExist) {
		return redactionKey(folder)
	} else if err != nil {
		return nil, err
	}
	return key, nil
}
