package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot/ecstest"
)

// The env files of ECS containers are read from S3: as Amazon does, quotes and
// all, the container's own environment wins over them, and the first file over
// the second. What cannot be read is unknown, in the words of S3.
func TestEnvFilesOfECS(t *testing.T) {
	buckets, _ := startS3(t)
	bucket := filepath.Join(buckets, "config")
	if err := os.Mkdir(bucket, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"history.env": "# of the team storage\nTEMPORAL_SQL_MAX_CONNS=50\r\nDSQL_RESERVOIR_ENABLED=true\n\nno assignment\n" +
			"MOTTO=\"50 $each\" # of us\nTEMPORAL_SQL_PASSWORD=hunter2hunter2\nSHARED=history\n",
		"common.env": "SHARED=common\nTEMPORAL_LOG_LEVEL=debug\nGREETING=say hunter2hunter2\n",
		"large.env":  "A=" + strings.Repeat("x", int(budget.ConfigFile.Most)),
	} {
		if err := os.WriteFile(filepath.Join(bucket, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	container := func(name string, files ...string) string {
		var all []string
		for _, f := range files {
			all = append(all, fmt.Sprintf(`{"type": "s3", "value": "arn:aws:s3:::%s"}`, f))
		}
		return fmt.Sprintf(`{"name": %q, "environment": [{"name": "TEMPORAL_LOG_LEVEL", "value": "info"}],
			"secrets": [{"name": "API_KEY", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/key"}], "environmentFiles": [%s]}`, name, strings.Join(all, ", "))
	}
	ecs := ecstest.Start(t, map[string]string{
		"history":  container("history", "config/history.env", "config/common.env"),
		"matching": container("matching", "config/common.env", "config/gone.env", "elsewhere/x.env", "config/large.env", "config"),
	})
	taken, err := snapshot.New(compile.Embedded(), []byte("a key for tests")).Take(context.Background(), snapshot.Sources{
		ECS: []snapshot.ECS{
			{Cluster: ecstest.Cluster, Services: []string{"history", "matching"}, Region: ecstest.Region, Endpoint: ecs.URL},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := taken.Config
	for name, want := range map[string]string{
		"TEMPORAL_SQL_MAX_CONNS": "50", "MOTTO": `"50 $each" # of us`, "SHARED": "history",
		"TEMPORAL_LOG_LEVEL": "info",
	} {
		if got := c.Environment["history"][name]; got != want {
			t.Errorf("%s of history is %q, not %q", name, got, want)
		}
	}
	if got := c.Environment["matching"]["SHARED"]; got != "common" {
		t.Errorf("SHARED of matching is %q", got)
	}
	if got := c.Parameters["persistence.maxConns"][""]; got != 50.0 {
		t.Errorf("persistence.maxConns is %v", got)
	}
	for _, path := range []string{
		"server_environment.history.TEMPORAL_SQL_PASSWORD", "server_environment.history.GREETING",
		"server_environment.matching.GREETING",
	} {
		if !slices.Contains(c.Redacted, path) {
			t.Errorf("%s is not redacted: %q", path, c.Redacted)
		}
	}
	if text := fmt.Sprint(taken); strings.Contains(text, "hunter2") {
		t.Errorf("a secret is left in %s", text)
	}
	unknown := strings.Join(c.Unknown, "\n")
	for _, want := range []string{
		"server_environment.history.API_KEY is set elsewhere",
		"server_environment.matching: cannot read file arn:aws:s3:::config/gone.env: NoSuchKey: ",
		"server_environment.matching: cannot read file arn:aws:s3:::elsewhere/x.env: NoSuchBucket: ",
		"server_environment.matching: cannot read file arn:aws:s3:::config/large.env: " +
			(&budget.ExceededError{Limit: budget.ConfigFile}).Error(),
		"server_environment.matching: cannot read file arn:aws:s3:::config: not a valid ARN of a file in S3",
	} {
		if !strings.Contains(unknown, want) {
			t.Errorf("there is no %q in\n%s", want, unknown)
		}
	}
	if !slices.Contains(c.Sources, "env file arn:aws:s3:::config/history.env (of container history)") {
		t.Errorf("sources: %q", c.Sources)
	}
}

// Who may not read an env file is told so, and the rest of the service is read.
func TestEnvFilesThatAreForbidden(t *testing.T) {
	buckets, _ := startS3(t)
	if err := os.MkdirAll(filepath.Join(buckets, "config"), 0o700); err != nil {
		t.Fatal(err)
	}
	// S3 knows the key, and has another secret for it
	t.Setenv("AWS_SECRET_ACCESS_KEY", "of somebody else")
	ecs := ecstest.Start(
		t,
		map[string]string{"history": `{"name": "history", "environment": [{"name": "TEMPORAL_SQL_MAX_CONNS", "value": "50"}],
		"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::config/history.env"}]}`},
	)
	taken, err := snapshot.New(compile.Embedded(), nil).Take(context.Background(), snapshot.Sources{
		ECS: []snapshot.ECS{{Cluster: ecstest.Cluster, Services: []string{"history"}, Region: ecstest.Region, Endpoint: ecs.URL}},
	})
	if err != nil {
		t.Fatal(err)
	}
	unknown := strings.Join(taken.Config.Unknown, "\n")
	if !strings.Contains(unknown, "history.env: SignatureDoesNotMatch: ") || !strings.Contains(unknown, "grant the role s3:GetObject") {
		t.Error(unknown)
	}
	if taken.Config.Environment["history"]["TEMPORAL_SQL_MAX_CONNS"] != "50" {
		t.Errorf("%v", taken.Config.Environment)
	}
}
