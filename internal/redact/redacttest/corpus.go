// Package redacttest reads the secrets that must be removed, and the look-alikes that must stay.
package redacttest

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A Case is a variable with its value. Gone is the part of the value that is secret, if it is not all of it.
type Case struct{ Name, Value, Gone string }

// Secrets returns the values that must be removed.
func Secrets(t testing.TB) []Case { return readCases(t, "secrets.yaml", "more_secrets.yaml") }

// Lookalikes returns the values that must stay.
func Lookalikes(t testing.TB) []Case { return readCases(t, "lookalikes.yaml", "more_lookalikes.yaml") }

func readCases(t testing.TB, files ...string) (all []Case) {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(here), "..", "testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		var some []Case
		// (the mark keeps scanners of repositories from taking these for real ones)
		if err := yaml.Unmarshal([]byte(strings.ReplaceAll(string(data), "¦", "")), &some); err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}
