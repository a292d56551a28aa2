package compile_test

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

var update = flag.Bool("update", false, "write the golden files")

// goldenDeployments are deployments whose artefacts are kept under testdata/golden. They
// cover each visibility store, both plugin generations, both ways of starting a server, a
// site that states everything and a site that states nothing.
func goldenDeployments() map[string]compile.Request {
	return map[string]compile.Request{
		"starter-opensearch": {Preset: "starter", TemporalVersion: "1.30"},
		"mid-scale-postgres": {
			Preset: "mid-scale", Modifier: "simple-crud", TemporalVersion: "1.29", PluginVersion: "1",
			SDKs: []string{},
			Site: map[string]any{
				"endpoint": "abcdefghij.dsql.eu-west-1.on.aws", "region": "eu-west-1", "image": "registry.example/temporal-dsql:1.29.1",
				"postgres": map[string]any{"host": "visibility.internal", "user": "temporal", "ca_file": "/etc/ssl/rds.pem"},
				"ecs": map[string]any{
					"cluster": "temporal", "launch_type": "EC2", "architecture": "ARM64", "cpu": 2048, "memory": 8192,
					"execution_role": "arn:aws:iam::111122223333:role/start", "task_role": "arn:aws:iam::111122223333:role/temporal",
					"subnets": []any{"subnet-1", "subnet-2"}, "security_groups": []any{"sg-1"}, "namespace": "internal",
					"password_secret": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:visibility",
					"setup_image":     "public.ecr.aws/docker/library/busybox:1.37",
				},
			},
		},
		"high-throughput-mysql": {
			Preset: "high-throughput", TemporalVersion: "1.32", SDKs: []string{},
			Site: map[string]any{"mysql": map[string]any{"tls": false}, "health_check": ""},
		},
		"starter-elasticsearch": {
			Preset: "starter", TemporalVersion: "1.31", SDKs: []string{}, Platforms: []string{"compose", "helm", "ecs"},
			Site: map[string]any{
				"endpoint": "${ID}.dsql.${REGION:-eu-west-1}.on.aws",
				"elasticsearch": map[string]any{
					"host":     "search.internal",
					"port":     9200,
					"scheme":   "http",
					"version":  "v7",
					"username": "temporal",
					"password": "${SEARCH_PASSWORD}",
				},
			},
		},
	}
}

var goldenStores = map[string]string{
	"starter-opensearch":    "opensearch",
	"mid-scale-postgres":    "postgres",
	"high-throughput-mysql": "mysql",
	"starter-elasticsearch": "elasticsearch",
}

// goldenResults are the golden deployments that were compiled, by name.
var goldenResults = map[string]*artefact.Result{}

// compileGolden compiles a golden deployment with the sources on disk, once.
func compileGolden(t *testing.T, name string) *artefact.Result {
	t.Helper()
	if result, ok := goldenResults[name]; ok {
		return result
	}
	e, err := compile.New("../../..")
	if err != nil {
		t.Fatal(err)
	}
	r := goldenDeployments()[name]
	store, err := e.ParseOverride("visibility.store=" + goldenStores[name])
	if err != nil {
		t.Fatal(err)
	}
	r.Name, r.Overrides = name, []compile.Override{store}
	result, err := e.Compile(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Violations) > 0 {
		t.Fatal(result.Violations)
	}
	goldenResults[name] = result
	return result
}

// Each artefact is the reviewed one. A change is reviewed as a diff of testdata/golden,
// which go test ./internal/config/compile -run TestGoldenArtefacts -update writes.
func TestGoldenArtefacts(t *testing.T) {
	// what explains a deployment, and repeats every value
	prose := []string{"profile.json", "profile.yaml", "trace.json", "why.md", "dsql_plugin.json"}
	for name := range goldenDeployments() {
		t.Run(name, func(t *testing.T) {
			result := compileGolden(t, name)
			dir := filepath.Join("testdata", "golden", name)
			if *update {
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
				if err := os.MkdirAll(dir, 0o750); err != nil {
					t.Fatal(err)
				}
			}
			want := map[string]bool{}
			for file, text := range result.Files {
				if slices.Contains(prose, file) {
					continue
				}
				want[file] = true
				path := filepath.Join(dir, file)
				if *update {
					if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				golden, err := os.ReadFile(path)
				if err != nil {
					t.Error(err)
				} else if string(golden) != text {
					t.Errorf("%s differs from its golden file at line %d", file, firstDifference(string(golden), text))
				}
			}
			kept, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range kept {
				if !want[k.Name()] {
					t.Errorf("%s is no longer written", k.Name())
				}
			}
		})
	}
}

func firstDifference(a, b string) int {
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(left), len(right)) {
		if left[i] != right[i] {
			return i + 1
		}
	}
	return min(len(left), len(right)) + 1
}

// The AWS SDK knows every field of the inputs of RegisterTaskDefinition and
// CreateService, and sends to ECS exactly what the file says.
func TestECSInputsAreTheSDKs(t *testing.T) {
	var sent []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	client := ecs.New(ecs.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), HTTPClient: server.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
	for name := range goldenDeployments() {
		result := compileGolden(t, name)
		checked := 0
		for file, text := range result.Files {
			var err error
			switch {
			case strings.HasPrefix(file, "ecs-task-definition-"):
				var input ecs.RegisterTaskDefinitionInput
				decodeStrictly(t, file, text, &input)
				knownEnums(t, file, reflect.ValueOf(input))
				_, err = client.RegisterTaskDefinition(context.Background(), &input)
			case strings.HasPrefix(file, "ecs-service-"):
				var input ecs.CreateServiceInput
				decodeStrictly(t, file, text, &input)
				knownEnums(t, file, reflect.ValueOf(input))
				_, err = client.CreateService(context.Background(), &input)
			default:
				continue
			}
			checked++
			if err != nil {
				t.Errorf("%s of %s: %v", file, name, err)
				continue
			}
			var want, got any
			if err := json.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(sent, &got); err != nil {
				t.Fatal(err)
			}
			if m, ok := got.(map[string]any); ok {
				delete(m, "clientToken")
			}
			if !reflect.DeepEqual(want, got) {
				t.Errorf("%s of %s: the SDK sends %s", file, name, sent)
			}
		}
		if checked != 8 {
			t.Errorf("%s has %d inputs of ECS", name, checked)
		}
	}
}

func decodeStrictly(t *testing.T, file, text string, into any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Errorf("%s: %v", file, err)
	}
}

// knownEnums reports a value that an enumeration of the SDK does not have.
func knownEnums(t *testing.T, file string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			knownEnums(t, file, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				knownEnums(t, file, v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			knownEnums(t, file, v.Index(i))
		}
	case reflect.String:
		values := v.MethodByName("Values")
		if !values.IsValid() || v.String() == "" {
			return
		}
		all := values.Call(nil)[0]
		for i := range all.Len() {
			if all.Index(i).String() == v.String() {
				return
			}
		}
		t.Errorf("%s: %q is not one of %v", file, v.String(), all.Interface())
	default:
	}
}

// Every placeholder of a platform's files is listed, with its purpose.
func TestPlaceholdersAreListed(t *testing.T) {
	for name := range goldenDeployments() {
		result := compileGolden(t, name)
		listed := map[string]bool{}
		for _, p := range result.Placeholders {
			listed[p.Name] = true
			if p.Purpose == "" {
				t.Errorf("%s: nothing says what %s is", name, p.Name)
			}
			for _, file := range p.Files {
				if !strings.Contains(result.Files[file], "${"+p.Name) {
					t.Errorf("%s: %s is not in %s", name, p.Name, file)
				}
			}
		}
		for _, s := range result.Snippets {
			if s.Kind != "platform" {
				continue
			}
			for _, rest := range strings.Split(s.Content, "${")[1:] {
				end := strings.IndexFunc(rest, func(r rune) bool { return r == '}' || r == ':' || r == '-' })
				if found := rest[:end]; !listed[found] && !strings.HasPrefix(rest[end:], ":-") {
					t.Errorf("%s: %s of %s is not listed", name, found, s.Filename)
				}
			}
		}
	}
	stated := slices.Collect(maps.Keys(goldenDeployments()))
	slices.Sort(stated)
	if len(stated) != len(goldenStores) {
		t.Error("a golden deployment has no visibility store")
	}
}

// A placeholder can have any of Compose's forms in a site. The files of ECS and Helm know
// ${NAME} alone: what fills them in would pass over any other form without an error.
func TestPlaceholdersHaveOneForm(t *testing.T) {
	e, err := compile.New("../../..")
	if err != nil {
		t.Fatal(err)
	}
	result, err := e.Compile(compile.Request{
		Preset: "starter", Platforms: []string{"compose", "ecs", "helm"}, SDKs: []string{},
		Site: map[string]any{
			"endpoint": "$ENDPOINT", "region": "${REGION:?no region}", "image": "$REGISTRY/temporal:${TAG:-1.30}",
			"elasticsearch": map[string]any{"host": "${PREFIX?none}-search.internal", "index": "${INDEX:-temporal}"},
			"ecs": map[string]any{
				"cluster": "$ECS", "namespace": "${terraform.namespace}", "log_group": "/ecs/${STAGE-test}",
				"subnets": []any{"$SUBNET_A", "${SUBNET_B:-subnet-1}"},
			},
		},
	})
	if err != nil || len(result.Violations) > 0 {
		t.Fatal(err, result.Violations)
	}
	purposes := map[string]string{}
	for _, p := range result.Placeholders {
		purposes[p.Name] = p.Purpose
	}
	for name, want := range map[string]string{
		"ENDPOINT": "host name of the DSQL cluster", "REGION": "AWS region of the DSQL cluster",
		"REGISTRY": "container image of the server with the DSQL plugin", "TAG": "container image of the server with the DSQL plugin",
		"PREFIX": "host name of the visibility store", "INDEX": "name of the visibility index",
		"ECS": "name of the ECS cluster", "STAGE": "CloudWatch log group",
		"terraform.namespace": "Cloud Map namespace of Service Connect",
		"SUBNET_A":            "subnet of the tasks", "SUBNET_B": "subnet of the tasks",
	} {
		if purposes[name] != want {
			t.Errorf("%s is %q in the list, not %q", name, purposes[name], want)
		}
	}
	form := regexp.MustCompile(`[$][{]([A-Z_]+|terraform[.]namespace)[}]`)
	for name, text := range result.Files {
		switch {
		case name == "compose.override.yaml":
			for _, want := range []string{"${ENDPOINT:?host name", "${REGION:?no region}", "}/temporal:${TAG:-1.30}"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s has no %s", name, want)
				}
			}
		case strings.HasPrefix(name, "ecs-"), name == "helm-values.yaml":
			if rest := form.ReplaceAllString(text, ""); strings.Contains(rest, "$") {
				t.Errorf("%s has a placeholder of another form:\n%s", name, rest)
			}
		default:
		}
	}
	// which only Compose knows
	result, err = e.Compile(compile.Request{Preset: "starter", Site: map[string]any{"endpoint": "${ENDPOINT:+other}"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Violations) != 1 || result.Violations[0].RuleName != "invalid_site" {
		t.Errorf("a placeholder that is filled in if its variable is set: %v", result.Violations)
	}
}

// An image of several placeholders keeps its text in the values of the chart.
func TestImageOfSeveralPlaceholders(t *testing.T) {
	e, err := compile.New("../../..")
	if err != nil {
		t.Fatal(err)
	}
	result, err := e.Compile(compile.Request{
		Preset: "starter", Platforms: []string{"helm"}, SDKs: []string{}, Site: map[string]any{"image": "$REGISTRY/temporal:${TAG:-1.30}"},
	})
	if err != nil || len(result.Violations) > 0 {
		t.Fatal(err, result.Violations)
	}
	if !strings.Contains(result.Files["helm-values.yaml"], "repository: ${REGISTRY}/temporal\n    tag: ${TAG}\n") {
		t.Errorf("helm-values.yaml does not have the image:\n%.800s", result.Files["helm-values.yaml"])
	}
}
