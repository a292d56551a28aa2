package compose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// siteEnvironment is what the override demands of the shell where a site says nothing.
var siteEnvironment = []string{
	"TEMPORAL_IMAGE=temporal-dsql",
	"CLUSTER_ENDPOINT=abc.dsql.eu-west-1.on.aws",
	"AWS_REGION=eu-west-1",
	"TEMPORAL_ELASTICSEARCH_HOST=search.internal",
}

// Compose refuses to load the override where a variable is missing, and says what it is.
func TestComposeNamesWhatIsMissing_R4c(t *testing.T) {
	override, err := compiled[0].Path("compose.override.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i, missing := range siteEnvironment {
		given := append(append([]string{}, siteEnvironment[:i]...), siteEnvironment[i+1:]...)
		options, err := cli.NewProjectOptions([]string{override}, cli.WithName("e2e"), cli.WithEnv(given))
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(missing, "=")
		if _, err := options.LoadProject(
			t.Context(),
		); err == nil ||
			!strings.Contains(err.Error(), "required variable "+name+" is missing a value: ") {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// load loads a user's compose file with the override on top of it, as
// `docker compose` does in the folder where both stand.
func load(t *testing.T, a product.Artefacts) *types.Project {
	t.Helper()
	override, err := a.Path("compose.override.yaml")
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(filepath.Dir(override), "compose.yaml")
	if err := os.WriteFile(base, baseFor(t, override), 0o644); err != nil {
		t.Fatal(err)
	}
	options, err := cli.NewProjectOptions([]string{base, override},
		cli.WithName("e2e"), cli.WithWorkingDirectory(filepath.Dir(override)), cli.WithEnv(siteEnvironment))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// baseFor is the least that a user's own compose file says: an image for each
// service. An override has none, and Compose refuses a service without one.
func baseFor(t *testing.T, override string) []byte {
	t.Helper()
	text, err := os.ReadFile(override)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Services map[string]any }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	services := map[string]any{}
	for name := range file.Services {
		services[name] = map[string]string{"image": "temporal-dsql"}
	}
	base, err := yaml.Marshal(map[string]any{"services": services})
	if err != nil {
		t.Fatal(err)
	}
	return base
}
