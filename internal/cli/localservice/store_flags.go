package localservice

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
)

// StoreFlags say where profiles are stored.
type StoreFlags struct {
	DataDir, Bucket, Database string
}

// Register adds the flags to a command.
func (k *StoreFlags) Register(cmd *cobra.Command) {
	k.RegisterFolder(cmd)
	cmd.Flags().StringVar(&k.Bucket, "bucket", "", "bucket for documents: s3://BUCKET[/PREFIX][?region=REGION]")
	cmd.Flags().StringVar(&k.Database, "database", "",
		"database for the list: postgres://… or dsql://ENDPOINT; set a password with PGPASSWORD or PGPASSFILE")
}

// RegisterFolder registers the flag of the local store alone.
func (k *StoreFlags) RegisterFolder(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.DataDir, "data-dir", "", "folder of the local store (default $XDG_DATA_HOME/temporal-dsql)")
	_ = cmd.MarkFlagDirname("data-dir")
}

// DataFolder returns the folder of the embedded store and of the service's own data.
func (a *App) DataFolder(k StoreFlags) (string, error) {
	if k.DataDir != "" {
		return k.DataDir, nil
	}
	if data := a.Env("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "temporal-dsql"), nil
	}
	if home := a.Env("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share", "temporal-dsql"), nil
	}
	return "", command.NewUsageError("no folder for profiles: neither XDG_DATA_HOME nor HOME is set", "add --data-dir FOLDER")
}

// OpenStore opens the store of profiles. It calls retried, unless nil, for each retried
// transaction.
func (a *App) OpenStore(ctx context.Context, k StoreFlags, retried func()) (*store.Store, error) {
	folder, err := a.DataFolder(k)
	if err != nil {
		return nil, err
	}
	kept, err := store.Open(ctx, store.Options{DataDir: folder, Bucket: k.Bucket, Database: k.Database, OnRetry: retried, Now: a.Now})
	var wrong *behaviour.RequestError
	if errors.As(err, &wrong) {
		return nil, command.NewUsageError(wrong.Message, wrong.Remedy)
	}
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return kept, nil
}

// NewRecorder returns a recorder of profiles, whose snapshots use engines of the pool.
func (a *App) NewRecorder(
	engine *compile.Engine,
	pool *evaluator.Pool,
	r RecorderFlags,
	kept record.Store,
	folder string,
) (*record.Recorder, error) {
	metrics, err := engine.CollectedMetrics()
	if err != nil {
		return nil, err
	}
	key, err := snapshot.LoadKey(folder)
	if err != nil {
		return nil, err
	}
	options := record.Options{Store: kept, Taker: newPooledTaker(pool, key), Concurrency: r.Concurrency, Now: a.Now}
	if err := r.addClusters(metrics, &options); err != nil {
		return nil, err
	}
	return record.New(options), nil
}
