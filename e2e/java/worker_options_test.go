package java

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestJavaParses_R4a(t *testing.T) {
	var files []string
	for _, a := range compiled {
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
