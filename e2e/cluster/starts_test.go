package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// A pool that some workflows fill, so that its limit shows. One of 4 connections also limits an instance of 256 shards to
// 1.2 times the calls that it needs, and sixty workflows take two minutes instead of twenty seconds.
var smallPool = []string{"--override", "persistence.maxConns=8"}

// unlikeServices is a deployment whose services have pools of their own.
const unlikeServices = `
name: starter
preset: starter
services:
  matching: {overrides: {persistence.maxConns: 12}}
  worker: {overrides: {persistence.maxConns: 2}}
`

func TestComposeFileStarts_R4c(t *testing.T) {
	w := openWorld(t)
	out := w.compile(t, w.writeDeployment(t, unlikeServices), append(smallPool, "--platform", "compose")...)
	containers, err := ReadCompose(t.Context(), filepath.Join(out, "compose.override.yaml"), environment(), w.folder)
	check(t, err)
	c := w.checkStarts(t, out, containers)
	c.eventually(t, "workflows are in the search index", func(context.Context) error {
		if documents := w.search.Documents(); documents["temporal_visibility_v1"] == 0 {
			return fmt.Errorf("documents by index: %v", documents)
		}
		return nil
	})
	if unknown := w.search.Unknown(); len(unknown) > 0 {
		t.Errorf("the search stand-in did not understand %v", unknown)
	}
}

func TestTaskDefinitionsStart_R4c(t *testing.T) {
	w := openWorld(t)
	out := w.compile(
		t,
		w.writeDeployment(t, unlikeServices),
		append(smallPool, "--platform", "ecs", "--override", "visibility.store=postgres")...)
	var containers []Container
	for _, service := range []string{"frontend", "history", "matching", "worker"} {
		tasks, err := ReadECS(
			filepath.Join(out, "ecs-task-definition-"+service+".json"),
			filepath.Join(out, "ecs-service-"+service+".json"),
			placeholders,
			placeholders,
			w.folder,
		)
		check(t, err)
		containers = append(containers, tasks...)
	}
	c := w.checkStarts(t, out, containers)
	c.eventually(t, "workflows are visible in PostgreSQL", w.findVisible)
}

// checkStarts starts the containers, runs workflows and compares what runs with the profile.
func (w *world) checkStarts(t *testing.T, out string, containers []Container) *cluster {
	t.Helper()
	profile, err := product.ReadProfile(out)
	check(t, err)
	c := w.start(t, containers)
	c.checkCluster(t, profile)
	most := c.runWorkflows(t, 60)
	c.checkPool(t, profile, most)
	c.checkDynamicConfig(t, profile)
	return c
}

// findVisible looks for a workflow in the visibility store.
func (w *world) findVisible(ctx context.Context) error {
	db, err := w.database.Open("temporal_visibility")
	if err != nil {
		return err
	}
	defer db.Close()
	var rows int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM executions_visibility").Scan(&rows); err != nil {
		return err
	}
	if rows == 0 {
		return errors.New("no row in executions_visibility")
	}
	return nil
}
