// Package ecstest is an Amazon ECS for tests: its JSON protocol, as far as
// describing services goes. It takes only requests that are signed as the
// credentials of the environment sign them.
package ecstest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Where and what there is.
const (
	Region  = "eu-west-1"
	Cluster = "prod"
	account = "arn:aws:ecs:" + Region + ":123456789012:"
)

// A Server has services in one cluster.
type Server struct {
	URL string
	// Containers are the container definitions, as JSON, by service.
	Containers map[string]string
	// Refuse may answer in its place: an error's code and message, or "". It is
	// told the operation, and how many were asked for before.
	Refuse func(operation string, before int) (code, message string)

	mu    sync.Mutex
	asked []string
}

// Start starts one for the time of a test.
func Start(t testing.TB, containers map[string]string) *Server {
	s := &Server{Containers: containers}
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	s.URL = listening.URL
	return s
}

// Asked are the operations that were asked for.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.asked...)
}

// most services that one call may name.
const most = 10

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonEC2ContainerServiceV20141113.")
	s.mu.Lock()
	before := len(s.asked)
	s.asked = append(s.asked, operation)
	s.mu.Unlock()
	refuse := func(code, message string) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message}) // nobody listens any more
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = signed(r, body)
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
	case len(in.Services) > most:
		refuse("InvalidParameterException", fmt.Sprintf("Services may have at most %d items.", most))
	default:
		_ = json.NewEncoder(w).Encode(s.described(in.Services)) // nobody listens any more
	}
}

func (s *Server) described(names []string) map[string]any {
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

// signed signs a request once more, with the headers that are said to be signed:
// that gives the same signature.
func signed(r *http.Request, body []byte) error {
	given := r.Header.Get("Authorization")
	_, rest, _ := strings.Cut(given, "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return fmt.Errorf("the request is not signed: %w", err)
	}
	again, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+r.Host+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(names, ";") {
		if values := r.Header.Values(name); len(values) > 0 {
			again.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	key := aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}
	if err := signer.NewSigner().SignHTTP(r.Context(), key, again, fmt.Sprintf("%x", sha256.Sum256(body)), "ecs", Region, at); err != nil {
		return err
	}
	if again.Header.Get("Authorization") != given {
		return fmt.Errorf("the signature is not that of this request, service and region")
	}
	return nil
}
