package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
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
	all, err := engine.Collected()
	if err != nil {
		return nil, err
	}
	metrics := make([]telemetry.Metric, len(all))
	for i, m := range all {
		metrics[i] = telemetry.Metric{Name: m.Name, Unit: m.Unit, Kind: m.Kind, Per: m.Per, Query: m.Query, Labels: m.Labels, Rewrites: m.Rewrites}
	}
	return metrics, nil
}

// recorder makes what makes profiles.
func (a *app) recorder(engine *compile.Engine, r recording, kept record.Store, folder string) (*record.Recorder, error) {
	metrics, err := catalogue(engine)
	if err != nil {
		return nil, err
	}
	key, err := snapshot.KeyIn(folder)
	if err != nil {
		return nil, err
	}
	options := record.Options{Store: kept, Taker: newTaker(a.dir, key), Concurrency: r.concurrency, Now: a.now}
	if err := r.every(metrics, &options); err != nil {
		return nil, err
	}
	return record.New(options), nil
}
