package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// parsed holds the source of each supported version.
var parsed = parseOnce()

func parseOnce() map[string]func() (*source, error) {
	sources := map[string]func() (*source, error){}
	for _, version := range serverVersions {
		sources[version] = sync.OnceValues(func() (*source, error) { return parseServer(version) })
	}
	return sources
}

// eachServer hands out the source of each supported version, which is parsed
// once for all tests.
func eachServer(t *testing.T, check func(t *testing.T, version string, src *source)) {
	t.Helper()
	for _, version := range serverVersions {
		t.Run(version, func(t *testing.T) {
			src, err := parsed[version]()
			if err != nil {
				t.Fatal(err)
			}
			check(t, version, src)
		})
	}
}

// TestCounts holds the scan to numbers that were established by other means:
// the registries of running servers.
func TestCounts(t *testing.T) {
	type count struct{ server, companion, unlinked int }
	want := map[string]count{
		"v1.29.1": {509, 0, 4}, // its server does not link chasm/lib/scheduler
		"v1.30.4": {576, 0, 0},
		"v1.31.2": {616, 10, 0},
		"v1.32.1": {684, 12, 0},
	}
	eachServer(t, func(t *testing.T, version string, src *source) {
		linked, err := scan(src)
		if err != nil {
			t.Fatal(err)
		}
		all, err := registrations(src, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := count{unlinked: len(all) - len(linked)}
		for _, s := range linked {
			if s.module == serverModule {
				got.server++
			} else {
				got.companion++
			}
		}
		if got != want[version] {
			t.Errorf("got %+v, want %+v", got, want[version])
		}
	})
}

// a call of a constructor, but not its declaration
var registrationText = regexp.MustCompile(`\bNew[A-Z][A-Za-z]*(Bool|Int|Float|String|Duration|Map|Typed)Setting(WithConverter|WithConstrainedDefault)?(\[[^\]\n]*\])?\(`)

// TestNoRegistrationIsMissed searches the text of every file, so that a form of
// registration that the parser's user does not know cannot go unnoticed.
func TestNoRegistrationIsMissed(t *testing.T) {
	eachServer(t, func(t *testing.T, version string, src *source) {
		scanned := map[string]int{}
		settings, err := registrations(src, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range settings {
			scanned[s.pkg]++
		}
		modules, err := downloadServer(version)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]int{}
		for _, m := range modules {
			countText(t, m, found)
		}
		for pkg, n := range found {
			if scanned[pkg] != n {
				t.Errorf("%s: %d registrations in the text, %d scanned", pkg, n, scanned[pkg])
			}
		}
		if len(found) != len(scanned) {
			t.Errorf("%d packages register in the text, %d scanned", len(found), len(scanned))
		}
	})
}

func countText(t *testing.T, m module, found map[string]int) {
	t.Helper()
	err := filepath.WalkDir(m.dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		if entry.Name() == "setting_gen.go" {
			return nil // the constructors themselves
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(m.dir, filepath.Dir(name))
		if err != nil {
			return err
		}
		if n := len(registrationText.FindAllIndex(text, -1)); n > 0 {
			found[m.path+"/"+filepath.ToSlash(rel)] += n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
