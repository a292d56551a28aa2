package settings_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
)

// A misspelt key gets a suggestion, however the server's version is stated.
func TestSuggestedKeyForEachFormOfVersion(t *testing.T) {
	t.Parallel()
	given := []settings.RunningSetting{
		{Kind: "dynamic_config", Key: "matching.numTaskqueueReadPartition", Value: 8, Known: true, Constraints: []settings.Condition{}},
	}
	for _, version := range []string{"", "1.30", "1.30.4", "v1.31.2", "1.31.999", "1.32.0-rc.1", "1.999"} {
		found, err := settings.Lint(t.Context(), compile.Embedded().Module, given, version, "")
		if err != nil {
			t.Fatal(err)
		}
		want := "did you mean matching.numTaskqueueReadPartitions? "
		if len(found.Problems) != 1 || !strings.HasPrefix(found.Problems[0].Remedy, want) {
			t.Errorf("Temporal %q: got %+v, want one problem whose remedy starts with %q", version, found.Problems, want)
		}
	}
}

// Of the variables that are set, those of other programs are left out.
func TestOwnVariables(t *testing.T) {
	t.Parallel()
	m := compile.Embedded().Module
	known, err := settings.OwnVariables(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	misspelt := []string{"DSQL_RESERVOR_ENABLED", "DSQL_SURPLUS", "TEMPORAL_SQL_MAX_CONN", "TEMPORAL_SQL_NO_SUCH"}
	foreign := []string{"PATH", "HOME", "AWS_PAGER", "AWS_DEFAULT_OUTPUT", "AWS_ROLE_SESSION", "TEMPORAL_API_KEY"}
	all, err := settings.OwnVariables(m, slices.Concat(foreign, misspelt, known[:1]))
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(name string) bool { return slices.Contains(known, name) })
	if diff := cmp.Diff(misspelt, all); diff != "" {
		t.Errorf("variables besides the known ones (-want +got):\n%s", diff)
	}
}
