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
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
)

// storeFlags say where profiles are stored.
type storeFlags struct {
	dataDir, bucket, database string
}

func (k *storeFlags) register(cmd *cobra.Command) {
	k.registerFolder(cmd)
	cmd.Flags().StringVar(&k.bucket, "bucket", "", "bucket for documents: s3://BUCKET[/PREFIX][?region=REGION]")
	cmd.Flags().StringVar(&k.database, "database", "",
		"database for the list: postgres://… or dsql://ENDPOINT; set a password with PGPASSWORD or PGPASSFILE")
}

// registerFolder registers the flag of the local store alone.
func (k *storeFlags) registerFolder(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.dataDir, "data-dir", "", "folder of the local store (default $XDG_DATA_HOME/temporal-dsql)")
	_ = cmd.MarkFlagDirname("data-dir")
}

// dataFolder returns the folder of the embedded store and of the service's own data.
func (a *app) dataFolder(k storeFlags) (string, error) {
	if k.dataDir != "" {
		return k.dataDir, nil
	}
	if data := a.env("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "temporal-dsql"), nil
	}
	if home := a.env("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share", "temporal-dsql"), nil
	}
	return "", usageError{"no folder for profiles: neither XDG_DATA_HOME nor HOME is set", "add --data-dir FOLDER"}
}

// openStore opens the store of profiles. It calls retried, unless nil, for each retried
// transaction.
func (a *app) openStore(ctx context.Context, k storeFlags, retried func()) (*store.Store, error) {
	folder, err := a.dataFolder(k)
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

// newRecorder returns a recorder of profiles, whose snapshots use engines of the pool.
func (a *app) newRecorder(
	engine *compile.Engine,
	pool *evaluator.Pool,
	r recorderFlags,
	kept record.Store,
	folder string,
) (*record.Recorder, error) {
	metrics, err := engine.CollectedMetrics()
	if err != nil {
		return nil, err
	}
	key, err := snapshot.KeyIn(folder)
	if err != nil {
		return nil, err
	}
	options := record.Options{Store: kept, Taker: newPooledTaker(pool, key), Concurrency: r.concurrency, Now: a.now}
	if err := r.addClusters(metrics, &options); err != nil {
		return nil, err
	}
	return record.New(options), nil
}
