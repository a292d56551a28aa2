package report_test

import (
	"bytes"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

func TestDocumentsStartWithTheirSchemaVersion(t *testing.T) {
	for _, x := range []struct {
		format, want string
		document     any
	}{
		{"json", "{\n  \"schema_version\": 1,\n  \"a\": 1\n}\n", map[string]int{"a": 1}},
		{"json", "{\n  \"schema_version\": 1\n}\n", struct{}{}},
		{"json", "[]\n", []string{}},
		{"yaml", "schema_version: 1\na: 1\n", map[string]int{"a": 1}},
		{"yaml", "schema_version: 1\n", struct{}{}},
	} {
		var out bytes.Buffer
		if err := report.Encode(&out, x.format, x.document); err != nil || out.String() != x.want {
			t.Errorf("%s of %v is %q, want %q: %v", x.format, x.document, out.String(), x.want, err)
		}
	}
}
