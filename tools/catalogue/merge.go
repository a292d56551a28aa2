package main

import (
	"slices"
	"sort"
	"strings"
)

// server is what one server version registers.
type server struct {
	line     string // "1.32"
	version  string // "v1.32.1"
	patch    int
	settings []serverSetting
}

// row is a key over all servers: the newest version's setting, the lines that
// have the key, and what older versions have differently.
type row struct {
	serverSetting
	lines []string
	since []patchOf // lines whose oldest patch read does not have the key yet
	until []patchOf // lines whose newest patch read does not have the key any more
	was   []difference
}

// patchOf is a patch of a line.
type patchOf struct {
	line  string
	patch int
}

// difference is the setting of a line's newest patch, by the name of the line, or
// of an older patch that has another one, by its version.
type difference struct {
	name string
	serverSetting
}

// merge turns the servers, oldest first, into rows ordered by lower-cased key.
func merge(servers []server) []row {
	rows := map[string]*row{}
	for _, line := range slices.Backward(byLine(servers)) {
		mergeLine(rows, line)
	}
	var merged []row
	for _, r := range rows {
		slices.Reverse(r.lines)
		slices.Reverse(r.since)
		slices.Reverse(r.until)
		slices.Reverse(r.was)
		merged = append(merged, *r)
	}
	sort.Slice(merged, func(i, j int) bool {
		return strings.ToLower(merged[i].key) < strings.ToLower(merged[j].key)
	})
	return merged
}

// byLine groups the servers, oldest first, by their line.
func byLine(servers []server) [][]server {
	var lines [][]server
	for i, srv := range servers {
		if i == 0 || srv.line != servers[i-1].line {
			lines = append(lines, nil)
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], srv)
	}
	return lines
}

// mergeLine adds the patches of one line to the rows of newer lines.
func mergeLine(rows map[string]*row, patches []server) {
	newest, oldest := patches[len(patches)-1], patches[0]
	inLine := map[string]serverSetting{} // as the newest patch that has the key has it
	first := map[string]int{}
	for _, srv := range slices.Backward(patches) {
		for _, s := range srv.settings {
			id := strings.ToLower(s.key)
			r := rows[id]
			if r == nil {
				r = &row{serverSetting: s}
				rows[id] = r
			}
			first[id] = srv.patch
			if latest, ok := inLine[id]; ok {
				if !slices.Equal(render(s).list(), render(latest).list()) {
					r.was = append(r.was, difference{strings.TrimPrefix(srv.version, "v"), s})
				}
				continue
			}
			inLine[id] = s
			r.lines = append(r.lines, srv.line)
			r.was = append(r.was, difference{srv.line, s})
			if srv.patch != newest.patch {
				r.until = append(r.until, patchOf{srv.line, srv.patch})
			}
		}
	}
	for id, patch := range first {
		if patch != oldest.patch {
			rows[id].since = append(rows[id].since, patchOf{oldest.line, patch})
		}
	}
}
