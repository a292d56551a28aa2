package compose

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

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
		cli.WithName("e2e"), cli.WithWorkingDirectory(filepath.Dir(override)))
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
