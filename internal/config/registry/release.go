package registry

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Release is the catalogued server that a stated version is checked against,
// as #Release of the schema finds it.
type Release struct {
	Stated string // as the user states it
	Name   string // MAJOR.MINOR.PATCH of the catalogued server
	Line   string // MAJOR.MINOR of it
	Patch  int
	// IsNewer reports whether the stated version is newer than the catalogue.
	IsNewer bool
}

// versionPattern is a version: three numbers at most, and the suffix of a
// prerelease or a build.
var versionPattern = regexp.MustCompile(`^v?([0-9]{1,3})[.]([0-9]{1,3})(?:[.]([0-9]{1,6}))?(?:[-+][0-9A-Za-z.+-]*)?$`)

// Release finds the catalogued server of a stated version; ok is false where the
// catalogue has none that is as old.
func (v Versions) Release(stated string) (r Release, ok bool) {
	m := versionPattern.FindStringSubmatch(stated)
	if m == nil {
		return Release{}, false
	}
	r = Release{Stated: stated}
	for _, line := range v.TemporalServers {
		if rankOf(line) <= rankOf(m[1]+"."+m[2]) {
			r.Line = line
		}
	}
	patches := v.TemporalPatches[r.Line]
	if r.Line == "" || len(patches) == 0 {
		return Release{}, false
	}
	r.Name = patches[0]
	isLine := r.Line == m[1]+"."+m[2]
	for _, name := range patches {
		if !isLine || m[3] == "" || patchOf(name) <= versionNumber(m[3]) {
			r.Name = name
		}
	}
	r.Patch = patchOf(r.Name)
	newest := patchOf(patches[len(patches)-1])
	r.IsNewer = !isLine || m[3] != "" && versionNumber(m[3]) > newest
	return r, true
}

func versionNumber(digits string) int {
	n, _ := strconv.Atoi(digits) // the pattern allows nothing else
	return n
}

// rankOf orders lines by their numbers.
func rankOf(line string) int {
	major, minor, _ := strings.Cut(line, ".")
	return versionNumber(major)*1000 + versionNumber(minor)
}

func patchOf(name string) int { return versionNumber(name[strings.LastIndex(name, ".")+1:]) }

// Has reports whether the server has a key.
func (r Release) Has(k Key) bool {
	last, ended := k.Until[r.Line]
	return slices.Contains(k.Versions, r.Line) && k.Since[r.Line] <= r.Patch && (!ended || last >= r.Patch)
}

// Warning returns that of the release of a stated version; "" means none.
func (v Versions) Warning(stated string) string {
	release, _ := v.Release(stated)
	return release.Warning()
}

// Warning says that the catalogue does not reach the stated version; "" means
// that it does.
func (r Release) Warning() string {
	if !r.IsNewer {
		return ""
	}
	return fmt.Sprintf("Temporal %s is newer than the catalogue: keys are checked against %s", r.Stated, r.Name)
}

// SkippedLines returns the minor versions between two stated versions, in the order in which a
// cluster has to run them. It is empty if one of the versions is unknown.
func SkippedLines(from, to string) []string {
	old, next := versionPattern.FindStringSubmatch(from), versionPattern.FindStringSubmatch(to)
	if old == nil || next == nil || old[1] != next[1] {
		return nil
	}
	var lines []string
	minor, last := versionNumber(old[2]), versionNumber(next[2])
	step := cmp.Compare(last, minor)
	for minor += step; step != 0 && minor != last; minor += step {
		lines = append(lines, fmt.Sprintf("%s.%d", old[1], minor))
	}
	return lines
}

// SkipNote says which minor versions a change of the server skips; "" means none.
// [Temporal documentation, Upgrade the Temporal Server: sequential upgrades]
func SkipNote(from, to string) string {
	lines := SkippedLines(from, to)
	if len(lines) == 0 {
		return ""
	}
	return fmt.Sprintf("Temporal %s to %s skips %s: Temporal guarantees compatibility only between consecutive minor versions",
		from, to, strings.Join(lines, ", "))
}

// SkipRemedy is what to do about a SkipNote.
const SkipRemedy = "deploy each of them in turn, with its schema update"

// Servers names the lines that have the key, each with the patch since which it
// has it, where that is not the first.
func (k Key) Servers() []string {
	var names []string
	for _, line := range k.Versions {
		name := line
		if patch, ok := k.Since[line]; ok {
			name = fmt.Sprintf("%s.%d+", line, patch)
		}
		if patch, ok := k.Until[line]; ok {
			name += fmt.Sprintf("..%s.%d", line, patch)
		}
		names = append(names, name)
	}
	return names
}
