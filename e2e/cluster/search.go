package cluster

import (
	"bufio"
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// SearchStandIn responds to the requests that a Temporal server sends to Elasticsearch or OpenSearch
// when it starts and when it records a workflow. It searches nothing. A request
// that it does not know is kept for the test to report.
type SearchStandIn struct {
	server *http.Server

	mutex     sync.Mutex
	documents map[string]int
	unknown   []string
}

// StartSearch serves on the listener by TLS.
func StartSearch(listener net.Listener, certificate, key []byte) (*SearchStandIn, error) {
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	s := &SearchStandIn{documents: map[string]int{}}
	s.server = &http.Server{Handler: s, TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}}}
	go func() { _ = s.server.ServeTLS(listener, "", "") }()
	return s, nil
}

// Documents returns how many documents each index was given.
func (s *SearchStandIn) Documents() map[string]int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	documents := map[string]int{}
	for index, count := range s.documents {
		documents[index] = count
	}
	return documents
}

// Unknown returns the requests that were not understood.
func (s *SearchStandIn) Unknown() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string{}, s.unknown...)
}

// Stop ends the server.
func (s *SearchStandIn) Stop() { _ = s.server.Close() }

func (s *SearchStandIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	index, action, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case index == "":
		answer(w, map[string]any{"cluster_name": "stand-in", "version": map[string]any{"number": "7.10.2"}})
	case index == "_bulk":
		answer(w, s.takeBulk(r))
	case index == "_cluster" && strings.HasPrefix(action, "health"):
		answer(w, map[string]any{"status": "green", "timed_out": false})
	case r.Method == http.MethodHead && action == "":
		w.WriteHeader(http.StatusOK)
	case strings.HasPrefix(action, "_mapping") && r.Method == http.MethodGet:
		answer(w, map[string]any{index: map[string]any{"mappings": map[string]any{"properties": map[string]any{}}}})
	case strings.HasPrefix(action, "_mapping"):
		answer(w, map[string]any{"acknowledged": true})
	case strings.HasPrefix(action, "_search"):
		answer(w, map[string]any{"hits": map[string]any{"total": map[string]any{"value": 0, "relation": "eq"}, "hits": []any{}}})
	case strings.HasPrefix(action, "_count"):
		answer(w, map[string]any{"count": 0})
	default:
		s.mutex.Lock()
		s.unknown = append(s.unknown, r.Method+" "+r.URL.Path)
		s.mutex.Unlock()
		w.WriteHeader(http.StatusNotFound)
		answer(w, map[string]any{"error": "not known here"})
	}
}

// takeBulk accepts every action of a bulk request.
func (s *SearchStandIn) takeBulk(r *http.Request) map[string]any {
	items := []any{}
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return map[string]any{"errors": true, "items": items}
		}
		body = unzipped
	}
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var action map[string]struct {
			Index string `json:"_index"`
			ID    string `json:"_id"`
		}
		if json.Unmarshal(lines.Bytes(), &action) != nil || len(action) != 1 {
			continue
		}
		for verb, target := range action {
			if verb != "index" && verb != "create" && verb != "delete" {
				continue
			}
			s.mutex.Lock()
			s.documents[target.Index]++
			s.mutex.Unlock()
			items = append(
				items,
				map[string]any{verb: map[string]any{"_index": target.Index, "_id": target.ID, "status": 200, "_version": 1}},
			)
		}
	}
	return map[string]any{"took": 1, "errors": false, "items": items}
}

func answer(w http.ResponseWriter, body any) {
	if err := json.NewEncoder(w).Encode(body); err != nil {
		fmt.Fprintln(w, err)
	}
}
