package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/cli"
)

// checkServeFlags checks that serve knows the flags of an example.
func checkServeFlags(t *testing.T, args []string) {
	t.Helper()
	var out bytes.Buffer
	if code := cli.Run(context.Background(), append(args, "--help"), &out, &out, cli.NoVariables); code != 0 ||
		args[0] != "serve" {
		t.Errorf("%q: exit code %d: %s", args, code, out.String())
	}
}

// TestServiceExamples checks the examples for systemd, Kubernetes and Prometheus.
func TestServiceExamples(t *testing.T) {
	unit, err := os.ReadFile(repository + "/docs/examples/temporal-dsql.service")
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=\S+ (.*)$`).FindSubmatch(unit)
	if start == nil {
		t.Fatal("the unit has no ExecStart")
	}
	checkServeFlags(t, strings.Fields(string(start[1])))

	data, err := os.ReadFile(repository + "/docs/examples/service-kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type probe struct {
		HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
	}
	kinds := map[string]bool{}
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var object struct {
			Kind string
			Spec struct {
				Template struct {
					Spec struct {
						Containers []struct {
							Args  []string
							Ports []struct {
								Name          string
								ContainerPort int `yaml:"containerPort"`
							}
							Ready        probe                   `yaml:"readinessProbe"`
							Live         probe                   `yaml:"livenessProbe"`
							VolumeMounts []struct{ Name string } `yaml:"volumeMounts"`
						}
						Volumes []struct{ Name string }
					}
				}
			}
		}
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kinds[object.Kind] = true
		volumes := map[string]bool{}
		for _, v := range object.Spec.Template.Spec.Volumes {
			volumes[v.Name] = true
		}
		for _, c := range object.Spec.Template.Spec.Containers {
			checkServeFlags(t, c.Args)
			if c.Ready.HTTPGet.Path != "/readyz" || c.Live.HTTPGet.Path != "/livez" || c.Ports[0].ContainerPort != 8686 ||
				c.Ready.HTTPGet.Port != c.Ports[0].Name || c.Live.HTTPGet.Port != c.Ports[0].Name {
				t.Errorf("probes and ports: %+v", c)
			}
			for _, m := range c.VolumeMounts {
				if !volumes[m.Name] {
					t.Errorf("no volume %s", m.Name)
				}
			}
		}
	}
	if !kinds["Deployment"] || !kinds["Service"] {
		t.Errorf("there are %v", kinds)
	}
	promtool := exec.Command("promtool", "check", "rules", "--lint-fatal", repository+"/docs/examples/service-alerts.yaml")
	if out, err := promtool.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestAlertsHaveFirstSteps checks that each alert has first steps, and reads metrics that the operations page lists.
func TestAlertsHaveFirstSteps(t *testing.T) {
	read := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	rules, page, metrics := read(
		repository+"/docs/examples/service-alerts.yaml",
	), read(
		repository+"/docs/deploying-the-service.md",
	), read(
		repository+"/internal/service/monitoring/metrics.go",
	)
	metrics += read(repository + "/grafana/service_metrics.cue")
	alerts := regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(rules, -1)
	if len(alerts) == 0 {
		t.Fatal("there are no alerts")
	}
	for _, a := range alerts {
		if !strings.Contains(page, "| `"+a[1]+"` |") {
			t.Errorf("%s has no first steps", a[1])
		}
	}
	for _, m := range regexp.MustCompile(`temporal_dsql_(?:(http|upstream|store)_)?(\w+)`).FindAllStringSubmatch(rules, -1) {
		if name := strings.TrimSuffix(m[2], "_count"); !strings.Contains(metrics, name) {
			t.Errorf("%s is not a metric of the service", m[0])
		}
	}
}
