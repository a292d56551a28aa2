package compose

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
)

// The loader opens no file that the walk has not read before, whatever it makes of the text.
func TestLoaderOpensOnlyReadFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("other.yaml", []byte("services: {a: {environment: {A: b}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"services: {a: {extends: {file: other.yaml, service: a}}}":        "it refers to file other.yaml, which is not available",
		"services: {a: {extends: {file: $PWD/other.yaml, service: a}}}":   "which is not available",
		"include: [other.yaml]\nservices: {a: {environment: {A: other}}}": "",
	} {
		if dir, err := os.Getwd(); err == nil {
			text = strings.ReplaceAll(text, "$PWD", dir)
		}
		file := &configtext.Text{
			Name: "compose.yaml", Budget: budget.NewConfiguration(), Files: configtext.OnDisk, Redactor: redact.New(nil),
		}
		file.SetContent("services: {a: {image: i}}")
		root, err := file.ParseTree()
		if err != nil {
			t.Fatal(err)
		}
		c := newComposer(file, nil, &brokenFiles{})
		d, err := c.readDocument(file, root, ".", nil, []string{file.Name})
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := c.loadProject(context.Background(), d, root, text)
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) ||
			want == "" && (err != nil || *loaded["a"].Environment["A"] != "other") {
			t.Errorf("%s: %v, %v", text, loaded, err)
		}
	}
}
