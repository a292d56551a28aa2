package telemetry_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
)

// An answer has room for what was asked, and no more of it is read.
func TestAnswersAreBoundedByWhatWasAsked(t *testing.T) {
	var elsewhere bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere = true }))
	defer other.Close()
	endless := func(w io.Writer) {
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"]`)
		for more := strings.Repeat(`,[1,"1"]`, 10_000); ; {
			if _, err := io.WriteString(w, more); err != nil {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"endless": {func(w http.ResponseWriter, _ *http.Request) { endless(w) }, "the answer has more than the limit of "},
		"a refusal": {
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest); endless(w) },
			"the answer has more than the limit of ",
		},
		"gzip": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			endless(gzip.NewWriter(w))
		}, "the answer has more than the limit of "},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}, "no redirect to another host is followed"},
	} {
		server := httptest.NewServer(c.answer)
		one := collector(t, "t", func(o *telemetry.Config) { o.URL, o.Tries, o.Concurrency = server.URL, 1, 1 })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := one.Collect(t.Context(), telemetry.Query{Start: start, End: end})
		runtime.ReadMemStats(&after)
		server.Close()
		var up *telemetry.UpstreamError
		if !errors.As(err, &up) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 256 {
			t.Errorf("%s: %d MiB allocated", name, n)
		}
	}
	if elsewhere {
		t.Error("another host was asked")
	}
}
