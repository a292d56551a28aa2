package budget_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/measure"
)

// small is a limit for tests.
func small(most int64) budget.Limit {
	return budget.Limit{Name: "bytes of a test", Most: most, Why: "it is a test", Remedy: "send less"}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// A reader gives every byte up to the limit, whatever pieces they come in, and fails
// past it instead of ending there.
func TestReaderStopsAtTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data")
		limit := small(int64(rapid.IntRange(0, 300).Draw(t, "limit")))
		from := io.Reader(bytes.NewReader(data))
		if rapid.Bool().Draw(t, "in pieces") {
			from = iotest.OneByteReader(from)
		}
		got, err := limit.Read(from)
		fits := int64(len(data)) <= limit.Most
		if fits && (err != nil || !bytes.Equal(got, data)) {
			t.Fatalf("%d bytes of %d within the limit of %d: %v", len(got), len(data), limit.Most, err)
		}
		if !fits && (budget.IsExceeded(err) == nil || int64(len(got)) > limit.Most) {
			t.Fatalf("%d bytes of %d past the limit of %d: %v", len(got), len(data), limit.Most, err)
		}
	})
}

func TestEndlessInputEnds(t *testing.T) {
	limit := small(1 << 20)
	var err error
	if n := measure.Allocated(func() { _, err = limit.Read(endless{}) }); n > 3<<20 || budget.IsExceeded(err) == nil {
		t.Errorf("%d bytes allocated: %v", n, err)
	}
	if want := "more than the limit of 1048576 bytes of a test"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

// A response in several pieces is joined, and one that breaks off is an error.
func TestPiecesAreJoined(t *testing.T) {
	data := make([]byte, 3<<20)
	for i := range data {
		data[i] = byte(i % 251)
	}
	for _, n := range []int{0, 1, 4095, 4096, 4097, 12 << 10, 1 << 20, 3 << 20} {
		got, err := small(3 << 20).Read(bytes.NewReader(data[:n]))
		if err != nil || !bytes.Equal(got, data[:n]) {
			t.Errorf("%d bytes: %d read, %v", n, len(got), err)
		}
		broken := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(io.ErrUnexpectedEOF))
		if _, err := small(3 << 20).Read(broken); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("broken off after %d bytes: %v", n, err)
		}
	}
}

// A large file is refused by its size, before memory is taken for it.
func TestLargeFilesAreRefusedUnread(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large")
	if err := errors.Join(os.WriteFile(large, nil, 0o600), os.Truncate(large, 2<<20)); err != nil {
		t.Fatal(err)
	}
	for what, read := range map[string]func() error{
		"by name":     func() error { _, err := small(1 << 20).ReadFile(large); return err },
		"from a tree": func() error { _, err := small(1<<20).ReadFS(os.DirFS(filepath.Dir(large)), "large"); return err },
	} {
		var err error
		if n := measure.Allocated(func() { err = read() }); n > 64<<10 || budget.IsExceeded(err) == nil {
			t.Errorf("%s: %d bytes allocated: %v", what, n, err)
		}
	}
}

func TestFilesAreRegularWhereTheyHaveToBe(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/dev/zero", pipe, dir} {
		if _, err := small(1 << 20).ReadRegular(name); !errors.Is(err, budget.ErrIrregular) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := small(1 << 20).ReadFile("/dev/zero"); budget.IsExceeded(err) == nil || !strings.Contains(err.Error(), "/dev/zero") {
		t.Error(err)
	}
	name := filepath.Join(dir, "file")
	if err := os.WriteFile(name, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := small(4).ReadRegular(name); err != nil || string(data) != "text" {
		t.Errorf("%q, %v", data, err)
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := small(4).ReadFS(os.DirFS(dir), "link"); !errors.Is(err, budget.ErrIrregular) {
		t.Error(err)
	}
	if data, err := small(4).ReadFS(os.DirFS(dir), "file"); err != nil || string(data) != "text" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestJSONIsCountedWhileItIsRead(t *testing.T) {
	most := int(budget.JSONValues.Most)
	for name, c := range map[string]struct {
		text string
		fits bool
	}{
		"values within":  {"[" + strings.Repeat("1,", most-2) + "1]", true},
		"values past":    {"[" + strings.Repeat("1,", most) + "1]", false},
		"text":           {`["` + strings.Repeat(`,[{\"`, most) + `"]`, true},
		"a quoted slash": {`["\\",` + strings.Repeat("1,", most) + "1]", false},
		"deep within":    {strings.Repeat("[", 64) + strings.Repeat("]", 64), true},
		"deep past":      {strings.Repeat("[", 65) + strings.Repeat("]", 65), false},
		"wide":           {"[" + strings.Repeat("[[]],", 1000) + "1]", true},
	} {
		got, err := io.ReadAll(budget.JSON(iotest.HalfReader(strings.NewReader(c.text))))
		if c.fits && (err != nil || string(got) != c.text) || !c.fits && budget.IsExceeded(err) == nil {
			t.Errorf("%s: %d of %d bytes, %v", name, len(got), len(c.text), err)
		}
	}
}

// A field's limit holds however its name is written and however often it occurs, and leaves other fields alone.
func TestPartsOfJSONAreLimited(t *testing.T) {
	parts := []budget.JSONPart{
		{Limit: small(5), Field: "config"},
		{Limit: small(2), Field: "metrics", Depth: 3},
		{Limit: small(60)},
	}
	for text, problem := range map[string]string{
		`{"config": [1, 2, 3, 4, 5], "other": [1, 2, 3, 4, 5, 6, 7]}`:   "",
		`{"other": {"config": [1, 2, 3, 4, 5, 6]}}`:                     "",
		`{"config": {"metrics": {"a": {"b": 1}}}}`:                      "",
		`{"config": [1, 2, 3, 4, 5, 6]}`:                                "config: more than the limit of 5",
		`{"other": ["config", {"config": 1}], "config": [[[[[[]]]]]]}`:  "config: more than the limit of 5",
		`{"CONFIG": [1, 2, 3, 4, 5, 6]}`:                                "config: more than the limit of 5",
		`{"c\u006fnfig": [1, 2, 3, 4, 5, 6]}`:                           "config: more than the limit of 5",
		`{"config": [1, 2, 3], "x": 0, "config": [1, 2, 3]}`:            "config: more than the limit of 5",
		`{"metrics": {"a": {"x": [1, 2, 3], "y": {"z": 1, "zz": 2}}}}`:  "",
		`{"metrics": {"a": {"x": {}, "y": {}}, "b": {"z": [1, 2, 3]}}}`: "metrics: more than the limit of 2",
		`{"metrics": {"a": {}, "b": {}, "c": {}}}`:                      "metrics: more than the limit of 2",
		`{"n": "` + strings.Repeat("x", 59) + `"}`:                      "",
		`{"n": "` + strings.Repeat("x", 58) + `\""}`:                    "more than the limit of 60",
		`{"` + strings.Repeat("x", 61) + `": 0}`:                        "more than the limit of 60",
	} {
		got, err := io.ReadAll(budget.JSON(iotest.OneByteReader(strings.NewReader(text)), parts...))
		switch {
		case problem == "" && (err != nil || string(got) != text):
			t.Errorf("%s: %q, %v", text, got, err)
		case problem != "" && (budget.IsExceeded(err) == nil || !strings.Contains(err.Error(), problem)):
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What is counted is what the answer takes in memory, not over the wire.
func TestAnswersAreBoundedAfterDecompression(t *testing.T) {
	bomb := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for {
			if _, err := z.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}))
	defer bomb.Close()
	own := small(2 << 20)
	for name, want := range map[string]budget.Limit{"the client's": small(1 << 20), "the request's": own} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, bomb.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want == own {
			r = r.WithContext(budget.WithAnswerLimit(t.Context(), own))
		}
		n := measure.Allocated(func() {
			answer, err := budget.Client(small(1<<20), nil).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if exceeded := budget.IsExceeded(err); exceeded == nil || exceeded.Limit != want || int64(len(data)) != want.Most {
				t.Errorf("%s: %d bytes, %v", name, len(data), err)
			}
		})
		if n > 256<<20 {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
}

// Headers without end are refused, of a server of any kind and of one of AWS.
func TestHeadersAreBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 * int(budget.AnswerHeaders.Most) >> 10 {
			w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1<<10))
		}
	}))
	defer server.Close()
	for what, client := range map[string]aws.HTTPClient{
		"any": budget.Client(small(1<<20), nil),
		"AWS": budget.CloudClient(awshttp.NewBuildableClient()),
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(r)
		if err == nil {
			_ = answer.Body.Close()
			t.Errorf("%s: %d header fields", what, len(answer.Header))
		}
	}
}

// readFromAWS reads a response as a client of AWS does, and returns the error.
func readFromAWS(t *testing.T, url string) error {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := budget.CloudClient(awshttp.NewBuildableClient()).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return err
}

// XML of AWS is nested as far as a decoder can bear, whatever hides the end of an element.
func TestNestingOfXMLIsBounded(t *testing.T) {
	most := int(budget.XMLDepth.Most)
	const list = `<?xml version="1.0"?><ListBucketResult a='>' b="</a>"><Contents><Key>a/&gt;b</Key><Owner/></Contents></ListBucketResult>`
	for what, k := range map[string]struct {
		text    string
		refused bool
	}{
		"a list":         {strings.Repeat(list, most), false},
		"plain text":     {strings.Repeat("a < b, ", 100), false},
		"a page":         {"<!DOCTYPE html>" + strings.Repeat("<p>a</p>\n", 1000), false},
		"elements":       {strings.Repeat("<a>", 2*most), true},
		"self-closed":    {strings.Repeat("<a>/>", 2*most), true},
		"in values":      {strings.Repeat(`<a b="/>" c='</a>'>`, 2*most), true},
		"CDATA":          {strings.Repeat("<a><![CDATA[></a>]]>", 2*most), true},
		"comments":       {strings.Repeat("<a><!-- > </a> -->", 2*most), true},
		"an instruction": {strings.Repeat("<a><?x </a>?>", 2*most), true},
	} {
		for _, status := range []int{http.StatusOK, http.StatusInternalServerError} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, k.text) // the client can have had enough
			}))
			err := readFromAWS(t, server.URL)
			server.Close()
			refused := k.refused || status != http.StatusOK && len(k.text) > int(budget.CloudError.Most)
			if exceeded := budget.IsExceeded(err) != nil; exceeded != refused {
				t.Errorf("%s with status %d: %v", what, status, err)
			}
		}
	}
}

// The SDK decodes what S3 answers as XML, whatever type the answer states and whatever comes before the elements.
func TestXMLUnderOtherTypesIsBounded(t *testing.T) {
	for _, kind := range []string{"application/json", "application/cbor", "text/plain"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, "{ "+strings.Repeat("<a>", 2*int(budget.XMLDepth.Most))) // the client can have had enough
		}))
		err := readFromAWS(t, server.URL+"/bucket?list-type=2")
		server.Close()
		if budget.IsExceeded(err) == nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// Only XML has elements: what looks like them in JSON and CBOR is text. What the SDK decodes depends on what it asked.
func TestOtherAnswersHaveNoElements(t *testing.T) {
	elements := strings.Repeat("<a>", 2*int(budget.XMLDepth.Most))
	for _, k := range []struct {
		kind, text string
		refused    bool
	}{
		{"application/x-amz-json-1.1", `{"a": "` + elements + `"}`, false},
		{"application/json; charset=utf-8", `{"a": "` + elements + `"}`, false},
		{"application/cbor", "\xa1\x61a\x79" + elements, false},
		{"application/xml", "a" + elements, true},
		{"text/xml; charset=utf-8", elements, true},
		{"application/soap+xml", elements, true},
		{"", elements, true},
		{"", "a" + elements, true},
		{"application/json", elements, true}, // whatever it is called
		{"application/json", "\r\n\t " + elements, true},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			if k.kind != "" {
				w.Header().Set("Content-Type", k.kind)
			}
			_, _ = io.WriteString(w, k.text) // the client can have had enough
		}))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.DescribeServices")
		answer, err := budget.CloudClient(awshttp.NewBuildableClient()).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		server.Close()
		if refused := budget.IsExceeded(err) != nil; refused != k.refused || !refused && string(data) != k.text {
			t.Errorf("%s %.10q: %v, %d bytes", k.kind, k.text, err, len(data))
		}
	}
}

func TestNoRedirectLeadsToAnotherHost(t *testing.T) {
	var reached bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	same := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		}
	}))
	defer same.Close()
	type doer interface {
		Do(*http.Request) (*http.Response, error)
	}
	for name, client := range map[string]doer{
		"plain": budget.Client(small(100), nil), "AWS": budget.CloudClient(awshttp.NewBuildableClient()),
		"AWS, another": budget.CloudClient(aws.HTTPClient(http.DefaultClient)),
	} {
		for to, allowed := range map[string]bool{"/elsewhere": true, other.URL: false} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, same.URL+"?to="+url.QueryEscape(to), strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := client.Do(r)
			if err == nil {
				_ = answer.Body.Close()
			}
			if allowed && err != nil ||
				!allowed && (err == nil || !strings.Contains(err.Error(), "no redirect to another host is followed")) ||
				reached {
				t.Errorf("%s to %s: %v", name, to, err)
			}
		}
	}
}
