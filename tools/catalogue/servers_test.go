package main

import (
	"path"
	"regexp"
	"slices"
	"sync"
	"testing"
)

// listedServers are the servers of the committed list.
var listedServers = func() []catalogueServer {
	list, err := parseVersions(versionsText)
	if err != nil {
		panic(err)
	}
	return list
}()

// parsed holds the source of each listed server.
var parsed = parseOnce()

func parseOnce() map[string]func() (*source, error) {
	sources := map[string]func() (*source, error){}
	for _, c := range listedServers {
		sources[c.Version] = sync.OnceValues(func() (*source, error) { return parseServer(c) })
	}
	return sources
}

// newestPatches are the newest servers of each line.
func newestPatches() []catalogueServer {
	var newest []catalogueServer
	for i, c := range listedServers {
		if i == len(listedServers)-1 || lineOf(listedServers[i+1].Version) != lineOf(c.Version) {
			newest = append(newest, c)
		}
	}
	return newest
}

// eachServer hands out the source of each server, which is parsed once for all
// tests.
func eachServer(t *testing.T, servers []catalogueServer, check func(t *testing.T, c catalogueServer, src *source)) {
	t.Helper()
	for _, c := range servers {
		t.Run(c.Version, func(t *testing.T) {
			src, err := parsed[c.Version]()
			if err != nil {
				t.Fatal(err)
			}
			check(t, c, src)
		})
	}
}

// TestCounts compares the scan with numbers that were established by other means: the
// registries of running servers. Newer servers are covered by the cross-check.
func TestCounts(t *testing.T) {
	type count struct{ server, companion, unlinked int }
	want := map[string]count{
		"v1.29.1": {509, 0, 4}, // its server does not link chasm/lib/scheduler
		"v1.30.4": {576, 0, 0},
		"v1.31.2": {616, 10, 0},
		"v1.32.1": {684, 12, 0},
	}
	counted := slices.DeleteFunc(slices.Clone(listedServers), func(c catalogueServer) bool { return want[c.Version] == count{} })
	if len(counted) != len(want) {
		t.Errorf("%d of %d counted servers are listed", len(counted), len(want))
	}
	eachServer(t, counted, func(t *testing.T, c catalogueServer, src *source) {
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
		if got != want[c.Version] {
			t.Errorf("got %+v, want %+v", got, want[c.Version])
		}
	})
}

// a call of a constructor, but not its declaration
var registrationText = regexp.MustCompile(
	`\bNew[A-Z][A-Za-z]*(Bool|Int|Float|String|Duration|Map|Typed)Setting(WithConverter|WithConstrainedDefault)?(\[[^\]\n]*\])?\(`,
)

// TestNoRegistrationIsMissed searches the text of every file, so that a form of
// registration that the parser's user does not know cannot go unnoticed.
func TestNoRegistrationIsMissed(t *testing.T) {
	eachServer(t, newestPatches(), func(t *testing.T, c catalogueServer, src *source) {
		scanned := map[string]int{}
		settings, err := registrations(src, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range settings {
			scanned[s.pkg]++
		}
		modules, err := downloadServer(c)
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
	err := m.eachGoFile(func(folder, base string, text []byte) error {
		if base == "setting_gen.go" {
			return nil // the constructors themselves
		}
		if n := len(registrationText.FindAllIndex(text, -1)); n > 0 {
			found[path.Join(m.path, folder)] += n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
