package suggest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

func TestNearestPath(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"profiles/payments/deployment.yaml", "profiles/orders/deployment.yaml", "server.env", "dynamic_config.yaml", "config/prod.yaml",
		"config/prod.json", ".hidden/x.yaml", "two/values-a.yaml", "two/values-b.yaml", "bad/\x1b[31mred.yaml", "file", "ab",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for typed, want := range map[string]string{
		"./profiles/payment":               "./profiles/payments",
		"profiles/payment/":                "profiles/payments",
		"profiles/payment/...":             "profiles/payments/...",
		"./profile/...":                    "./profiles/...",
		"profiles/paymnts/deploymnt.yaml":  "profiles/payments/deployment.yaml",
		"profiles/payments/depl.yml":       "profiles/payments/deployment.yaml", // the only one that it abbreviates
		"profiles/paymnts/other.yaml":      "",
		"Server.env":                       "server.env",
		"dynamic-config.yml":               "dynamic_config.yaml",
		"config/prd.yaml":                  "config/prod.yaml",
		"config/production-eu-west-1.yaml": "",
		"two/values.yaml":                  "two/values-a.yaml", // as near as the other
		"two/val.yaml":                     "",                  // abbreviates both
		"hidden/x.yaml":                    "",
		".hiden/x.yaml":                    ".hidden/x.yaml",
		"bad/red.yaml":                     "",
		"file/x.yaml":                      "", // not a folder
		"filee/x.yaml":                     "",
		"nowhere":                          "",
		"x":                                "", // no letter of it is in a name here
		"server.env":                       "", // exists
		"":                                 "",
		"/":                                "",
		"...":                              "",
		"/no-such-root-" + strings.Repeat("x", 3000): "",
	} {
		if got := suggest.NearestPath(typed); got != want {
			t.Errorf("NearestPath(%q) = %q, want %q", typed, got, want)
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := suggest.NearestPath(filepath.Join(dir, "servr.env")), filepath.Join(dir, "server.env"); got != want {
		t.Errorf("an absolute path: %q, want %q", got, want)
	}
}
