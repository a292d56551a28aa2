package api_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkCreate prints how long making a profile takes, through the API and
// into a folder and SQLite, as a multiple of its slowest query, with 50 ms for
// each.
func BenchmarkCreate(b *testing.B) {
	var mu sync.Mutex
	var slowest time.Duration
	url := world.InterceptPrometheus(b, func(w http.ResponseWriter, r *http.Request) bool {
		began := time.Now()
		time.Sleep(50 * time.Millisecond)
		again, err := http.NewRequest(r.Method, world.Prometheus+r.URL.RequestURI(), r.Body)
		if err != nil {
			b.Error(err)
			return true
		}
		again.Header = r.Header.Clone()
		answer, err := http.DefaultTransport.RoundTrip(again)
		if err != nil {
			b.Error(err)
			return true
		}
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		if err := copyAll(w, answer); err != nil {
			b.Error(err)
		}
		if strings.HasSuffix(r.URL.Path, "/query_range") {
			mu.Lock()
			slowest = max(slowest, time.Since(began))
			mu.Unlock()
		}
		return true
	})
	s := world.Serve(b, embedded(b), upstream(url))
	var ratios []float64
	for b.Loop() {
		slowest = 0
		began := time.Now()
		s.Send(b, post, "/profiles", request(nil)).Decode(b, 201, nil)
		ratios = append(ratios, float64(time.Since(began))/float64(slowest))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "create/slowest")
}

func copyAll(w http.ResponseWriter, answer *http.Response) error {
	_, err := io.Copy(w, answer.Body)
	return errors.Join(err, answer.Body.Close())
}
