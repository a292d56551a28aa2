package java

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

func TestJavaParses_R4a(t *testing.T) {
	tuned, err := product.CompileTuned(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, a := range append(tuned, compiled...) {
		file, err := a.Path("*.java")
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if out, err := parse(files...); err != nil {
		t.Errorf("parse: %v\n%s", err, out)
	}
}

func TestControlSyntaxErrorIsFound(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Broken.java")
	if err := os.WriteFile(file, []byte("class Broken { int slots = ; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := parse(file); err == nil {
		t.Errorf("a syntax error was taken: %s", out)
	}
}

func parse(files ...string) ([]byte, error) {
	return exec.Command("java", append([]string{"Parse.java"}, files...)...).CombinedOutput()
}
