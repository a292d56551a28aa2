package snapshot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/snapshot"
)

// An ECS answers as Amazon's does: the JSON protocol, signed requests, and what
// it does not know among its failures.
func startECS(t *testing.T, definitions map[string]string) (url string, asked *[]string) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIA"+"IOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		call := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonEC2ContainerServiceV20141113.")
		*asked = append(*asked, call)
		refuse := func(code, message string) {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
		}
		if !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/ecs/aws4_request") {
			refuse("UnrecognizedClientException", "the request is not signed for this service and region")
			return
		}
		var in struct {
			Cluster, TaskDefinition string
			Services                []string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			refuse("SerializationException", err.Error())
			return
		}
		switch call {
		case "DescribeServices":
			if in.Cluster != "prod" {
				refuse("ClusterNotFoundException", "Cluster not found.")
				return
			}
			if len(in.Services) > 10 {
				refuse("InvalidParameterException", "Services may have at most 10 items.")
				return
			}
			services, failures := []any{}, []any{}
			for _, name := range in.Services {
				if definitions[name] == "" {
					failures = append(failures, map[string]any{"arn": "arn:aws:ecs:eu-west-1:123456789012:service/" + name, "reason": "MISSING"})
					continue
				}
				deployments := []any{map[string]any{"status": "PRIMARY", "runningCount": 3, "desiredCount": 3}}
				if name == "payments-matching" {
					deployments = append(deployments, map[string]any{"status": "ACTIVE", "runningCount": 1})
				}
				services = append(services, map[string]any{
					"serviceName": name, "desiredCount": 3, "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/" + name + ":7",
					"deploymentConfiguration": map[string]any{"maximumPercent": 150, "minimumHealthyPercent": 100}, "deployments": deployments,
				})
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"services": services, "failures": failures})
		case "DescribeTaskDefinition":
			name := strings.TrimSuffix(strings.TrimPrefix(in.TaskDefinition, "arn:aws:ecs:eu-west-1:123456789012:task-definition/"), ":7")
			fmt.Fprintf(w, `{"taskDefinition": {"taskDefinitionArn": %q, "containerDefinitions": [%s]}}`, in.TaskDefinition, definitions[name])
		default:
			refuse("UnknownOperationException", call)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestECSServicesAreRead(t *testing.T) {
	url, asked := startECS(t, map[string]string{
		"payments-history": `{"name": "temporal-history", "environment": [
			{"name": "TEMPORAL_SQL_MAX_CONNS", "value": "50"}, {"name": "DSQL_RESERVOIR_LOW_WATERMARK", "value": "10"},
			{"name": "DYNAMIC_CONFIG", "value": "frontend.rps:\n  - value: 2400\n"}],
			"secrets": [{"name": "TEMPORAL_SQL_PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/db"}]}`,
		"payments-matching": `{"name": "temporal-matching", "environment": [{"name": "TEMPORAL_SQL_MAX_CONNS", "value": "50"}],
			"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/matching.env"}]}`,
		"payments-worker": `{"name": "app", "environment": [{"name": "GIT_COMMIT", "value": "abc123"}, {"name": "API_TOKEN", "value": "s3cr3t-t0ken"}]}`,
	})
	got := take(t, snapshot.Sources{ECS: []snapshot.ECS{{
		Cluster: "prod", Services: []string{"payments-history", "payments-matching", "payments-worker"}, Region: "eu-west-1", Endpoint: url,
	}}})
	c := got.Config
	if got.Versions.DSQLPlugin != "1" || got.Versions.WorkerCodeSHA != "abc123" {
		t.Errorf("versions: %+v", got.Versions)
	}
	for parameter, want := range map[string]any{"history.replicas": 3.0, "matching.replicas": 3.0, "worker.replicas": 3.0, "persistence.maxConns": 50.0, "deployment.rolling_surge": 50.0} {
		if v := c.Parameters[parameter]; len(v) != 1 || v[""] != want {
			t.Errorf("%s is %v, want %v", parameter, v, want)
		}
	}
	if c.DynamicConfig["frontend.rps"] == nil || c.Environment["app"]["GIT_COMMIT"] != "abc123" {
		t.Errorf("%s", written(t, c))
	}
	contains(t, strings.Join(c.Unknown, "\n"),
		"server_environment.temporal-history.TEMPORAL_SQL_PASSWORD is set elsewhere, says ECS cluster prod",
		"server_environment.temporal-matching: the file arn:aws:s3:::b/matching.env is not read",
		"a deployment of ECS service payments-matching is under way")
	if text := written(t, got); strings.Contains(text, "s3cr3t") {
		t.Errorf("a secret is left in %s", text)
	}
	for _, call := range *asked {
		if !strings.HasPrefix(call, "Describe") {
			t.Errorf("%s is more than reading", call)
		}
	}
	if n := len(*asked); n != 4 {
		t.Errorf("%d calls: %q", n, *asked)
	}
}

func TestECSFailuresAreErrors(t *testing.T) {
	url, _ := startECS(t, map[string]string{"history": `{"name": "history", "environment": [{"name": "A", "value": "b"}]}`})
	for name, x := range map[string]struct {
		from snapshot.ECS
		want string
	}{
		"no such cluster": {snapshot.ECS{Cluster: "test", Services: []string{"history"}, Region: "eu-west-1"}, "read ECS cluster test: ClusterNotFoundException: Cluster not found."},
		"no such service": {snapshot.ECS{Cluster: "prod", Services: []string{"history", "gone"}, Region: "eu-west-1"}, "read ECS cluster prod: service arn:aws:ecs:eu-west-1:123456789012:service/gone: MISSING"},
		"refused":         {snapshot.ECS{Cluster: "prod", Services: []string{"history"}, Region: "us-east-1"}, "UnrecognizedClientException"},
		"twice":           {snapshot.ECS{Cluster: "prod", Services: slices.Repeat([]string{"history"}, 11), Region: "eu-west-1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			x.from.Endpoint = url
			_, err := snapshot.New(engine, key).Take(context.Background(), snapshot.Sources{ECS: []snapshot.ECS{x.from}})
			if x.want == "" {
				if err != nil {
					t.Error(err) // in two calls, as one may name ten
				}
				return
			}
			var at *snapshot.SourceError
			if !errors.As(err, &at) || at.Fault != snapshot.OfUpstream {
				t.Fatalf("%v", err)
			}
			contains(t, err.Error(), x.want)
		})
	}
}
