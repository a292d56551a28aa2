// Package ecstest simulates the part of Amazon ECS that describes services. It checks that requests are signed with
// the environment's credentials.
package ecstest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/awstest"
)

// Names that the server knows.
const (
	Region  = awstest.Region
	Cluster = "prod"
	account = "arn:aws:ecs:" + Region + ":123456789012:"
)

// Server simulates one cluster.
type Server struct {
	URL string
	// Containers maps services to container definitions, as JSON.
	Containers map[string]string
	// Refuse can return an error code and message, or "". It gets the operation and the number of requests before.
	Refuse func(operation string, before int) (code, message string)

	mu       sync.Mutex
	requests []string
}

// Start starts a Server for the duration of a test.
func Start(t testing.TB, containers map[string]string) *Server {
	s := &Server{Containers: containers}
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	s.URL = listening.URL
	return s
}

// Requests returns the requested operations.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.requests...)
}

// limit of services in one call
const maxServices = 10

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonEC2ContainerServiceV20141113.")
	s.mu.Lock()
	before := len(s.requests)
	s.requests = append(s.requests, operation)
	s.mu.Unlock()
	refuse := func(code, message string) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message}) // the client may be gone
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = awstest.CheckSignature(r, body, "ecs", awstest.EnvironmentKey())
	}
	if err != nil {
		refuse("UnrecognizedClientException", err.Error())
		return
	}
	if s.Refuse != nil {
		if code, message := s.Refuse(operation, before); code != "" {
			refuse(code, message)
			return
		}
	}
	var in struct {
		Cluster, TaskDefinition string
		Services                []string
	}
	if err := json.Unmarshal(body, &in); err != nil {
		refuse("SerializationException", err.Error())
		return
	}
	switch {
	case operation == "DescribeTaskDefinition":
		name := strings.TrimSuffix(strings.TrimPrefix(in.TaskDefinition, account+"task-definition/"), ":7")
		fmt.Fprintf(w, `{"taskDefinition": {"taskDefinitionArn": %q, "containerDefinitions": [%s]}}`, in.TaskDefinition, s.Containers[name])
	case operation != "DescribeServices":
		refuse("UnknownOperationException", operation)
	case in.Cluster != Cluster:
		refuse("ClusterNotFoundException", "Cluster not found.")
	case len(in.Services) > maxServices:
		refuse("InvalidParameterException", fmt.Sprintf("Services may have at most %d items.", maxServices))
	default:
		_ = json.NewEncoder(w).Encode(s.describeServices(in.Services)) // the client may be gone
	}
}

func (s *Server) describeServices(names []string) map[string]any {
	services, failures := []any{}, []any{}
	for _, name := range names {
		if s.Containers[name] == "" {
			failures = append(failures, map[string]any{"arn": account + "service/" + name, "reason": "MISSING"})
			continue
		}
		deployments := []any{map[string]any{"status": "PRIMARY", "runningCount": 3, "desiredCount": 3}}
		if strings.HasSuffix(name, "-matching") {
			deployments = append(deployments, map[string]any{"status": "ACTIVE", "runningCount": 1})
		}
		services = append(services, map[string]any{
			"serviceName": name, "desiredCount": 3, "taskDefinition": account + "task-definition/" + name + ":7",
			"deploymentConfiguration": map[string]any{"maximumPercent": 150, "minimumHealthyPercent": 100}, "deployments": deployments,
		})
	}
	return map[string]any{"services": services, "failures": failures}
}
