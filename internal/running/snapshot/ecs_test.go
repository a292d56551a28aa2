package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/awstest"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot/ecstest"
)

// startECS starts an ECS whose services have these containers.
func startECS(t *testing.T, containers map[string]string) *ecstest.Server {
	t.Helper()
	awstest.SetCredentials(t)
	return ecstest.Start(t, containers)
}

func TestECSServicesAreRead(t *testing.T) {
	ecs := startECS(t, map[string]string{
		"payments-history": `{"name": "temporal-history", "environment": [
			{"name": "TEMPORAL_SQL_MAX_CONNS", "value": "50"}, {"name": "DSQL_DISTRIBUTED_CONN_LIMIT", "value": "9000"},
			{"name": "DYNAMIC_CONFIG", "value": "frontend.rps:\n  - value: 2400\n"}],
			"secrets": [{"name": "TEMPORAL_SQL_PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/db"}]}`,
		"payments-matching": `{"name": "temporal-matching", "environment": [{"name": "TEMPORAL_SQL_MAX_CONNS", "value": "50"}]}`,
		"payments-worker": `{"name": "app", "environment": [{"name": "GIT_COMMIT", "value": "abc123"}, {"name": ` +
			`"API_TOKEN", "value": "s3cr3t-t0ken"}]}`,
	})
	got := take(t, snapshot.Sources{ECS: []snapshot.ECS{
		{
			Cluster:  "prod",
			Services: []string{"payments-history", "payments-matching", "payments-worker"},
			Region:   "eu-west-1",
			Endpoint: ecs.URL,
		},
	}})
	c := got.Config
	if got.Versions.DSQLPlugin != "1" || got.Versions.WorkerCodeSHA != "abc123" {
		t.Errorf("versions: %+v", got.Versions)
	}
	for parameter, want := range map[string]any{
		"history.replicas": 3.0, "matching.replicas": 3.0, "worker.replicas": 3.0, "persistence.maxConns": 50.0,
		"deployment.rolling_surge": 50.0,
	} {
		if v := c.Parameters[parameter]; len(v) != 1 || v[""] != want {
			t.Errorf("%s is %v, want %v", parameter, v, want)
		}
	}
	if c.DynamicConfig["frontend.rps"] == nil || c.Environment["app"]["GIT_COMMIT"] != "abc123" {
		t.Errorf("%s", written(t, c))
	}
	contains(t, strings.Join(c.Unknown, "\n"),
		"server_environment.temporal-history.TEMPORAL_SQL_PASSWORD is set elsewhere, according to ECS cluster prod",
		"a deployment of ECS service payments-matching is in progress")
	if text := written(t, got); strings.Contains(text, "s3cr3t") {
		t.Errorf("a secret is left in %s", text)
	}
	asked := ecs.Requests()
	for _, call := range asked {
		if !strings.HasPrefix(call, "Describe") {
			t.Errorf("%s is more than collection", call)
		}
	}
	if n := len(asked); n != 4 {
		t.Errorf("%d calls: %q", n, asked)
	}
}

func TestECSFailuresAreErrors(t *testing.T) {
	ecs := startECS(t, map[string]string{"history": `{"name": "history", "environment": [{"name": "A", "value": "b"}]}`})
	for name, x := range map[string]struct {
		from snapshot.ECS
		want string
	}{
		"no such cluster": {snapshot.ECS{
			Cluster: "test", Services: []string{"history"}, Region: "eu-west-1",
		}, "read ECS cluster test: ClusterNotFoundException: Cluster not found."},
		"no such service": {snapshot.ECS{
			Cluster: "prod", Services: []string{"history", "gone"}, Region: "eu-west-1",
		}, "read ECS cluster prod: service arn:aws:ecs:eu-west-1:123456789012:service/gone: MISSING"},
		"refused": {snapshot.ECS{
			Cluster: "prod", Services: []string{"history"}, Region: "us-east-1",
		}, "UnrecognizedClientException: the signature is not that of this request, service and region"},
	} {
		t.Run(name, func(t *testing.T) {
			x.from.Endpoint = ecs.URL
			_, err := snapshot.New(engine, key).Take(context.Background(), snapshot.Sources{ECS: []snapshot.ECS{x.from}})
			var at *snapshot.SourceError
			if !errors.As(err, &at) || at.Fault != snapshot.OfUpstream {
				t.Fatalf("%v", err)
			}
			contains(t, err.Error(), x.want)
		})
	}
}

// More services than one call may name are described in several.
func TestECSServicesByTens(t *testing.T) {
	containers, names := map[string]string{}, []string{}
	for i := range 23 {
		name := fmt.Sprintf("app-%02d", i)
		containers[name], names = fmt.Sprintf(
			`{"name": %q, "environment": [{"name": "GIT_SHA", "value": "abc123"}]}`,
			name,
		), append(
			names,
			name,
		)
	}
	ecs := startECS(t, containers)
	got := take(t, snapshot.Sources{ECS: []snapshot.ECS{{Cluster: "prod", Services: names, Region: "eu-west-1", Endpoint: ecs.URL}}})
	if n := len(got.Config.Environment); n != 23 || got.Versions.WorkerCodeSHA != "abc123" {
		t.Errorf("%d services are read: %v", n, got.Config.Environment)
	}
	calls := map[string]int{}
	for _, call := range ecs.Requests() {
		calls[call]++
	}
	if calls["DescribeServices"] != 3 || calls["DescribeTaskDefinition"] != 23 {
		t.Errorf("%v", calls)
	}
}

// A temporary refusal of AWS is retried; a permanent one is reported with its message
// and the missing permission.
func TestECSRefuses(t *testing.T) {
	containers := map[string]string{"history": `{"name": "history", "environment": [{"name": "A", "value": "b"}]}`}
	from := snapshot.ECS{Cluster: "prod", Services: []string{"history"}, Region: "eu-west-1"}
	t.Run("throttled", func(t *testing.T) {
		ecs := startECS(t, containers)
		ecs.Refuse = func(_ string, before int) (string, string) {
			if before == 0 || before == 2 {
				return "ThrottlingException", "Rate exceeded"
			}
			return "", ""
		}
		from.Endpoint = ecs.URL
		if got := take(
			t,
			snapshot.Sources{ECS: []snapshot.ECS{from}},
		); got.Config.Environment["history"]["A"] != "b" ||
			len(ecs.Requests()) != 4 {
			t.Errorf("%v after %v", got.Config.Environment, ecs.Requests())
		}
	})
	for operation, code := range map[string]string{
		"DescribeServices": "ThrottlingException", "DescribeTaskDefinition": "AccessDeniedException",
	} {
		t.Run(code, func(t *testing.T) {
			ecs := startECS(t, containers)
			ecs.Refuse = func(asked string, _ int) (string, string) {
				if asked == operation {
					return code, "the user is not let " + operation
				}
				return "", ""
			}
			from.Endpoint = ecs.URL
			_, err := snapshot.New(engine, key).Take(context.Background(), snapshot.Sources{ECS: []snapshot.ECS{from}})
			var at *snapshot.SourceError
			if !errors.As(err, &at) || at.Fault != snapshot.OfUpstream {
				t.Fatalf("%v", err)
			}
			contains(t, err.Error(), "read ECS cluster prod: "+code+": the user is not let "+operation)
			contains(t, at.Remedy, "ecs:"+operation)
		})
	}
}
