package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/service/config"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// FuzzRead checks that every file is read or rejected by its name, without repeating a
// password.
func FuzzRead(f *testing.F) {
	example, err := os.ReadFile("../../../docs/service.example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(example), "{}", "", "listen: 1\n", "prometheus: {url: \"http://me:hunter2@h\"}\n", "database: postgres://me:hunter2@h/db\n",
		"clusters: {a: {sources: {files: [{path: x.env}], temporal: {tls: {ca_file: ca.pem}}}, assess: {every: 1m}}}\n",
		"limits: {drain: -1s, body: 1e99}\n",
		`{"$schema": "x", "cors": {"origins": ["https://a.b"]}}`, "oidc: {issuer: &a [*a]}\n", "clusters: {\"..\": {}}\n",
		"a: {b: [1, {c: null}]}\n", "listen: |\r  a\n",
	} {
		f.Add(seed, strings.HasPrefix(seed, "{"))
	}
	dir := f.TempDir()
	engine, read := compile.Embedded(), 0
	f.Fuzz(func(t *testing.T, content string, json bool) {
		// what an engine has evaluated it keeps
		if read++; read%200 == 0 {
			engine = compile.Embedded()
		}
		name := filepath.Join(dir, "service.yaml")
		if json {
			name = filepath.Join(dir, "service.json")
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Read(engine, name)
		var input *source.Error
		if err != nil && (!errors.As(err, &input) || !strings.Contains(err.Error(), name)) {
			t.Fatalf("%q: %v", content, err)
		}
		if err != nil && strings.Contains(content, ":hunter2@") && strings.Contains(err.Error(), "hunter2") {
			t.Fatalf("%q is told: %v", content, err)
		}
		if (c == nil) == (err == nil) {
			t.Fatalf("%q is %+v, and %v", content, c, err)
		}
	})
}
