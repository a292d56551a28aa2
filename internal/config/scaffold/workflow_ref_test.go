package scaffold

import (
	"testing"
)

func TestReleaseTag(t *testing.T) {
	for version, want := range map[string]string{
		"v0.2.0":                             "v0.2.0",
		"v1.0.0-rc.1":                        "v1.0.0-rc.1",
		"(devel)":                            "main",
		"":                                   "main",
		"v0.2.0+dirty":                       "main",
		"v0.0.0-20261128051745-09bd911aaaaa": "main",
		"v0.2.1-0.20261128051745-09bd911aaaaa+dirty": "main",
	} {
		if got := releaseTag(version); got != want {
			t.Errorf("%q: got %q, want %q", version, got, want)
		}
	}
}
