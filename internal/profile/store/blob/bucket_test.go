package blob_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/blob"
)

// A list whose pages never end, with the same object or with none, is an error, and one of many pages is read.
func TestEndlessListsEnd(t *testing.T) {
	for what, k := range map[string]struct {
		object  func(page int) string
		pages   int // after which the list ends; 0 means never
		problem string
	}{
		"the same object": {func(int) string { return "a" }, 0, "does not end"},
		"no object":       {func(int) string { return "" }, 0, "does not end"},
		"many pages":      {func(page int) string { return fmt.Sprint(page) }, 200, ""},
		"an empty page":   {func(page int) string { return strings.Repeat("a", page%3) }, 1, ""},
	} {
		page := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			page++
			contents := ""
			if key := k.object(page); key != "" {
				contents = "<Contents><Key>" + key + "</Key></Contents>"
			}
			_, _ = fmt.Fprintf(w, `<?xml version="1.0"?><ListBucketResult><Name>b</Name><IsTruncated>%t</IsTruncated>`+
				`<NextContinuationToken>%d</NextContinuationToken>%s</ListBucketResult>`, page != k.pages, page, contents)
		}))
		for name, value := range map[string]string{
			"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1",
		} {
			t.Setenv(name, value)
		}
		bucket, err := blob.OpenBucket(t.Context(), "s3://b")
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		err = nil
		for _, listed := range bucket.List(t.Context(), "") {
			if err = listed; err != nil {
				break
			}
			if found++; found > 1000 {
				t.Fatalf("%s: the list goes on", what)
			}
		}
		server.Close()
		isFound := k.problem == "" && err == nil && found == k.pages
		isRefused := k.problem != "" && err != nil && strings.Contains(err.Error(), k.problem)
		if !isFound && !isRefused {
			t.Errorf("%s: %d objects, %v", what, found, err)
		}
	}
}
