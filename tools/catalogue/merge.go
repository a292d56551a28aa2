package main

import (
	"slices"
	"sort"
	"strings"
)

// server is what one supported version registers.
type server struct {
	release  string // "1.32"
	version  string // "v1.32.1"
	settings []setting
}

// row is a key over all supported servers: the newest version's setting and, by
// release, what older ones have differently.
type row struct {
	setting
	releases []string
	was      []difference
}

type difference struct {
	release string
	setting setting
}

// merge turns the servers, oldest first, into rows ordered by lower-cased key.
func merge(servers []server) []row {
	rows := map[string]*row{}
	for _, srv := range slices.Backward(servers) {
		for _, s := range srv.settings {
			id := strings.ToLower(s.key)
			r := rows[id]
			if r == nil {
				r = &row{setting: s}
				rows[id] = r
			} else {
				r.was = append(r.was, difference{srv.release, s})
			}
			r.releases = append(r.releases, srv.release)
		}
	}
	var merged []row
	for _, r := range rows {
		slices.Reverse(r.releases)
		slices.Reverse(r.was)
		merged = append(merged, *r)
	}
	sort.Slice(merged, func(i, j int) bool {
		return strings.ToLower(merged[i].key) < strings.ToLower(merged[j].key)
	})
	return merged
}
