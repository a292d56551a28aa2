package snapshot_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

var engine = compile.Embedded()

var key = []byte("a key for tests")

// TestMain checks fewer cases of the property, each of which has a secret in four files.
func TestMain(m *testing.M) { os.Exit(rapidtest.RunFewer(m, 4)) }

func take(t testing.TB, from snapshot.Sources) *snapshot.Snapshot {
	t.Helper()
	taken, err := snapshot.New(engine, key).Take(context.Background(), from)
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

// file writes a file for a test and gives its path.
func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// written is JSON as people read it.
func written(t testing.TB, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}
