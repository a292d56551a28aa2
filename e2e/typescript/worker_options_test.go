package typescript

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

func TestTypeScriptIsTypeCorrect_R4a(t *testing.T) {
	project := install(t)

	t.Run("generated", func(t *testing.T) {
		tuned, err := product.CompileTuned(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		var files []string
		for i, a := range append(tuned, compiled...) {
			text, err := a.Read("*.ts")
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, []byte("@temporalio/worker")) {
				t.Errorf("%s uses no type of @temporalio/worker, so nothing is checked", a.Name())
			}
			files = append(files, write(t, project, fmt.Sprintf("%d-%s.ts", i, a.Name()), text))
		}
		if out, err := check(project, files...); err != nil {
			t.Errorf("check: %v\n%s", err, out)
		}
	})

	t.Run("control: a misspelt option is refused", func(t *testing.T) {
		file := write(t, project, "misspelt.ts", []byte(
			"import type { WorkerOptions } from '@temporalio/worker';\n"+
				"export const options: Partial<WorkerOptions> = { maxCachedWorkflow: 1 };\n"))
		out, err := check(project, file)
		if err == nil || !strings.Contains(string(out), "'maxCachedWorkflow' does not exist in type 'Partial<WorkerOptions>'") {
			t.Errorf("the misspelt option was taken: %v\n%s", err, out)
		}
	})
}

func write(t *testing.T, dir, name string, text []byte) (file string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}
