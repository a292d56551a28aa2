package policy

import (
	"os"
	"path/filepath"
	"testing"

	dsql "github.com/temporal-dsql/temporal-dsql"
)

// A copy of the shared policies has their guard rails, until a file of it changes.
func TestCopiesShareGuardRails(t *testing.T) {
	tree, prepared, survey, modules, digest := sharedTree, shared, sharedSurvey, sharedModules, sharedDigest
	t.Cleanup(func() {
		sharedTree, shared, sharedSurvey, sharedModules, sharedDigest = tree, prepared, survey, modules, digest
	})
	ShareGuardRails(dsql.Files)
	want, err := PrepareGuardRails(t.Context(), dsql.Files)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, dsql.Files); err != nil {
		t.Fatal(err)
	}
	copied, err := PrepareGuardRails(t.Context(), os.DirFS(dir))
	if err != nil || copied.compiler != want.compiler || copied.tree != os.DirFS(dir) {
		t.Errorf("a copy does not share the guard rails: %v", err)
	}
	name := filepath.Join(dir, filepath.FromSlash(fileOf(placesPackage.String())))
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(text, "\n# changed\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	changed, err := PrepareGuardRails(t.Context(), os.DirFS(dir))
	if err != nil || changed.compiler == want.compiler {
		t.Errorf("a changed copy shares the guard rails: %v", err)
	}
}
