package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"golang.org/x/mod/semver"
)

// update adds newer releases of the module proxy to the list, and returns the new list. It
// reports and skips those that it cannot download.
func update(listed []catalogueServer, report io.Writer) ([]catalogueServer, error) {
	var released struct{ Versions []string }
	if err := askGo(&released, "list", "-m", "-versions", "-json", serverModule); err != nil {
		return nil, fmt.Errorf("list the versions of %s: %w", serverModule, err)
	}
	var updated []catalogueServer
	for _, version := range supportedVersions(listed, released.Versions) {
		if i := slices.IndexFunc(listed, func(c catalogueServer) bool { return c.Version == version }); i >= 0 {
			updated = append(updated, listed[i])
			continue
		}
		added, err := obtain(version, updated)
		if err != nil {
			fmt.Fprintf(report, "%s: left out: %v\n", version, err)
			continue
		}
		for _, path := range slices.Sorted(maps.Keys(added.StandIns)) {
			fmt.Fprintf(report, "%s: the required version of %s is not available; using %s\n", version, path, added.StandIns[path])
		}
		fmt.Fprintf(report, "%s: added\n", version)
		updated = append(updated, added)
	}
	return updated, nil
}

// obtain downloads a server and its companions. If the proxy does not serve the required
// version of a companion, it uses that of the line's previous patch.
func obtain(version string, before []catalogueServer) (catalogueServer, error) {
	c := catalogueServer{Version: version}
	server, err := download(serverModule, version)
	if err != nil {
		return c, err
	}
	required, err := companionsOf(server)
	if err != nil {
		return c, err
	}
	for _, req := range required {
		_, err := download(req.Path, req.Version)
		if err == nil {
			continue
		}
		standIn, found := companionBefore(req.Path, version, before)
		if !found {
			return c, err
		}
		if c.StandIns == nil {
			c.StandIns = map[string]string{}
		}
		c.StandIns[req.Path] = standIn
	}
	return c, nil
}

// companionBefore returns the version of a companion that the newest listed patch
// before a version is read with, in the same line.
func companionBefore(path, version string, before []catalogueServer) (string, bool) {
	if len(before) == 0 {
		return "", false
	}
	last := before[len(before)-1]
	if semver.MajorMinor(last.Version) != semver.MajorMinor(version) {
		return "", false
	}
	modules, err := downloadServer(last)
	if err != nil {
		return "", false
	}
	for _, m := range modules {
		if m.path == path {
			return m.version, true
		}
	}
	return "", false
}

// listText spells the list of servers, one a line.
func listText(list []catalogueServer) ([]byte, error) {
	text := []byte("[\n")
	for i, c := range list {
		entry, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		text = append(append(text, '\t'), entry...)
		if i < len(list)-1 {
			text = append(text, ',')
		}
		text = append(text, '\n')
	}
	return append(text, "]\n"...), nil
}

// updateAll brings every generated file up to date with the module proxy.
func updateAll(listed []catalogueServer, out, imports string, report io.Writer) error {
	updated, err := update(listed, report)
	if err != nil {
		return err
	}
	text, err := listText(updated)
	if err != nil {
		return err
	}
	var added []string
	for _, line := range linesOf(updated) {
		if slices.Contains(linesOf(listed), line) {
			continue
		}
		builds, err := addCrosscheck(updated, line, imports)
		if err != nil {
			return err
		}
		if !builds {
			fmt.Fprintf(report, "%s: no patch builds with this Go: not cross-checked\n", line)
			continue
		}
		added = append(added, line)
	}
	servers, err := readServers(updated)
	if err != nil {
		return err
	}
	files, err := generated(servers, out, imports)
	if err != nil {
		return err
	}
	if err := write(files); err != nil {
		return err
	}
	for _, line := range added {
		if err := completeCrosscheck(line, imports); err != nil {
			return err
		}
	}
	// last, so that an update that fails halfway is tried again
	if err := os.WriteFile("catalogue/"+versionsFile, text, 0o644); err != nil {
		return fmt.Errorf("write the list of servers: %w", err)
	}
	return nil
}

// linesOf returns the release lines of the servers, oldest first.
func linesOf(list []catalogueServer) []string {
	var lines []string
	for _, c := range list {
		lines = append(lines, lineOf(c.Version))
	}
	return slices.Compact(lines)
}
