package main

import (
	"slices"
	"strings"
	"testing"
)

func TestSupportedVersions(t *testing.T) {
	listed := []catalogueServer{{Version: "v1.29.1"}, {Version: "v1.30.4"}}
	released := []string{
		"v1.28.9",
		"v1.29.0",
		"v1.29.1",
		"v1.30.10",
		"v1.30.9",
		"v1.31.0-rc.1",
		"v1.31.0",
		"v2.0.0",
		"v1.30.4+incompatible",
	}
	want := []string{"v1.29.0", "v1.29.1", "v1.30.4", "v1.30.9", "v1.30.10", "v1.31.0", "v2.0.0"}
	if got := supportedVersions(listed, released); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// the proxy may no longer list what it still serves
	if got := supportedVersions(listed, nil); !slices.Equal(got, []string{"v1.29.1", "v1.30.4"}) {
		t.Errorf("without a proxy: got %v", got)
	}
}

// TestListRoundTrips writes the committed list as an update does.
func TestListRoundTrips(t *testing.T) {
	text, err := listText(listedServers)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(versionsText) {
		t.Errorf("got %s, want %s", text, versionsText)
	}
}

func TestListIsInOrder(t *testing.T) {
	for name, text := range map[string]string{
		"empty":      `[]`,
		"prerelease": `[{"version": "v1.32.0-rc.1"}]`,
		"line":       `[{"version": "v1.32"}]`,
		"order":      `[{"version": "v1.32.1"}, {"version": "v1.32.0"}]`,
		"twice":      `[{"version": "v1.32.1"}, {"version": "v1.32.1"}]`,
		"misspelt":   `[{"version": "v1.32.1", "standins": {}}]`,
	} {
		if _, err := parseVersions([]byte(text)); err == nil || !strings.Contains(err.Error(), versionsFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDownloadNeedsNoNewerGo reads a server that the Go at hand may refuse to
// build.
func TestDownloadNeedsNoNewerGo(t *testing.T) {
	newest := listedServers[len(listedServers)-1]
	m, err := download(serverModule, newest.Version)
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	if err := m.eachGoFile(func(string, string, []byte) error { files++; return nil }); err != nil || files < 1000 {
		t.Errorf("%d files, %v", files, err)
	}
	if _, err := download(serverModule, "v1.32.999"); err == nil {
		t.Error("a version that does not exist is downloaded")
	}
}
