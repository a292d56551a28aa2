package telemetry_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
)

// Asked together, the questions of a window are answered as each is alone.
func TestTogetherAsAlone(t *testing.T) {
	alone := map[string]*telemetry.Result{} // by cluster and namespace
	rapid.Check(t, func(t *rapid.T) {
		cluster := rapid.SampledFrom([]string{"t", "o", "nowhere"}).Draw(t, "cluster")
		namespace := rapid.SampledFrom([]string{"", "other", "payments-eu", "none"}).Draw(t, "namespace")
		collect := func(concurrency int) *telemetry.Result {
			c, err := telemetry.New(telemetry.Config{
				URL: prometheus.URL, Matchers: map[string]string{"cluster": cluster}, Concurrency: concurrency,
			}, catalogue)
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.Collect(t.Context(), telemetry.Query{Start: start, End: end, Filters: map[string]string{"namespace": namespace}})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		at := cluster + " " + namespace
		if alone[at] == nil {
			alone[at] = collect(1 + 2*len(catalogue))
		}
		together := collect(rapid.IntRange(1, 20).Draw(t, "concurrency"))
		if diff := cmp.Diff(alone[at], together); diff != "" {
			t.Fatalf("-alone +together\n%s", diff)
		}
	})
}

// remarking adds to each answer what a newer Prometheus remarks: of each rate, the place of it.
func remarking(t *testing.T) string {
	target, err := url.Parse(prometheus.URL)
	if err != nil {
		t.Fatal(err)
	}
	through := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Error(err)
		}
		r.Header.Del("Accept-Encoding")
		said := httptest.NewRecorder()
		through.ServeHTTP(said, r)
		var answer map[string]any
		if err := json.Unmarshal(said.Body.Bytes(), &answer); err != nil {
			t.Error(err)
		}
		infos := []string{"PromQL info: the whole query is long"}
		for i, line := range strings.Split(form.Get("query"), "\n") {
			if column := strings.Index(line, "rate("); column >= 0 {
				infos = append(infos, "PromQL info: a rate "+remarkPosition(i+1, column+1))
			}
		}
		answer["infos"] = infos
		data, err := json.Marshal(answer)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		if _, err := w.Write(data); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func remarkPosition(line, column int) string { return fmt.Sprintf("(%d:%d)", line, column) }

// A remark is kept with the metric that it is about, at the place that it has in that one's query.
func TestRemarksOfABatch(t *testing.T) {
	upstream := remarking(t)
	said := collect(t, collector(t, "t", func(c *telemetry.Config) { c.URL = upstream }), nil).Collection.Infos
	alone := collect(
		t,
		collector(t, "t", func(c *telemetry.Config) { c.URL, c.Concurrency = upstream, 1+2*len(catalogue) }),
		nil,
	).Collection.Infos
	if diff := cmp.Diff(alone, said); diff != "" {
		t.Errorf("-alone +together\n%s", diff)
	}
	want := "throughput.state_transitions_per_sec: PromQL info: a rate (1:5)"
	if !slices.Contains(said, want) {
		t.Errorf("not %q but %q", want, said)
	}
}
