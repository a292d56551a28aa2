package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// apiDocument is what requests are built from: the service's OpenAPI document.
type apiDocument struct {
	Paths      map[string]map[string]apiOperation
	Components struct{ Schemas map[string]*apiSchema }
}

type apiOperation struct {
	Parameters []struct {
		Name, In string
		Schema   *apiSchema
	}
	RequestBody struct {
		Content map[string]struct{ Schema *apiSchema }
	}
}

type apiSchema struct {
	Ref                  string `json:"$ref"`
	Type                 any    // a name or a list
	Format               string
	Enum                 []any
	Properties           map[string]*apiSchema
	Items                *apiSchema
	AdditionalProperties any
	Required             []string
}

// choices are decisions that the fuzzer makes; 0 when there are no more.
type choices struct{ data []byte }

func (c *choices) next(n int) int {
	if len(c.data) == 0 {
		return 0
	}
	first := int(c.data[0])
	c.data = c.data[1:]
	return first % n
}

// oddTexts are texts that a client should not send.
var oddTexts = []string{
	"",
	" ",
	"0",
	"-1",
	"null",
	"\x00",
	"\u202e",
	"\xff\xfe",
	"é\u0301",
	"😀",
	"../../etc/passwd",
	"%2e%2e%2f",
	"a,b",
	`"`,
	"'; DROP TABLE profiles; --",
	"{{.}}",
	"9223372036854775808",
	"1e999",
	"NaN",
	"2026-13-45T99:99:99Z",
	"0000-00-00T00:00:00Z",
	"9999-12-31T23:59:59Z",
	strings.Repeat("a", 300),
	strings.Repeat("é", 600),
	strings.Repeat("(", 3000),
}

// oddValues are JSON values of every type.
var oddValues = []any{
	nil, true, 0, -1, 1.5, 1e308, []any{}, map[string]any{}, []any{[]any{[]any{nil}}}, map[string]any{"": nil}, json.Number("1e999"),
	json.Number("9223372036854775808"),
}

// requestBuilder builds requests from a document.
type requestBuilder struct {
	*choices
	document *apiDocument
	ids      []string
}

// buildRequest returns the request that the choices describe.
func (b *requestBuilder) buildRequest() *http.Request {
	paths := slices.Sorted(maps.Keys(b.document.Paths))
	path := paths[b.next(len(paths))]
	methods := slices.Sorted(maps.Keys(b.document.Paths[path]))
	method := methods[b.next(len(methods))]
	operation := b.document.Paths[path][method]
	query, header := url.Values{}, http.Header{}
	for _, p := range operation.Parameters {
		if p.In != "path" && b.next(3) == 0 {
			continue
		}
		value := b.buildText(p.Name, p.Schema)
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
		case "query":
			query.Add(p.Name, value)
			if b.next(20) == 1 {
				query.Add(p.Name, value)
			}
		case "header":
			header[http.CanonicalHeaderKey(p.Name)] = []string{value}
		}
	}
	if b.next(20) == 1 {
		query.Add(b.oddText(), b.oddText())
	}
	var body []byte
	for kind, content := range operation.RequestBody.Content {
		header.Set("Content-Type", kind)
		body = b.buildBody(content.Schema)
	}
	if b.next(30) == 1 {
		header.Set("Content-Type", b.oddText())
	}
	u := &url.URL{Path: path, RawQuery: query.Encode()}
	r := &http.Request{
		Method: strings.ToUpper(method), URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Host: "127.0.0.1", RemoteAddr: "127.0.0.1:1",
	}
	r.RequestURI = u.RequestURI()
	return r
}

func (b *requestBuilder) oddText() string { return oddTexts[b.next(len(oddTexts))] }

// buildText returns the text of a parameter, most often of the right shape.
func (b *requestBuilder) buildText(name string, s *apiSchema) string {
	if b.next(3) == 1 {
		return b.oddText()
	}
	if strings.HasSuffix(name, "id") && len(b.ids) > 0 {
		return b.ids[b.next(len(b.ids))]
	}
	if text, ok := b.buildValue(name, s, 0).(string); ok {
		return text
	}
	return fmt.Sprint(b.buildValue(name, s, 0))
}

// buildBody returns a JSON body, sometimes damaged.
func (b *requestBuilder) buildBody(s *apiSchema) []byte {
	data, err := json.Marshal(b.buildValue("", s, 0))
	if err != nil {
		data = []byte(b.oddText())
	}
	switch b.next(12) {
	case 1:
		return data[:len(data)/2]
	case 2:
		return []byte(b.oddText())
	case 3:
		return append(data, data...)
	case 4:
		return bytes.Repeat([]byte("["), 1000)
	}
	return data
}

// deepestValue limits how deep values are built.
const deepestValue = 6

// buildValue returns a value of the schema, or sometimes another one.
func (b *requestBuilder) buildValue(name string, s *apiSchema, depth int) any {
	for s != nil && s.Ref != "" {
		s = b.document.Components.Schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	}
	switch b.next(16) {
	case 1:
		return oddValues[b.next(len(oddValues))]
	case 2:
		return b.oddText()
	}
	if s == nil || depth == deepestValue {
		return nil
	}
	if len(s.Enum) > 0 {
		return s.Enum[b.next(len(s.Enum))]
	}
	kind, _ := s.Type.(string)
	if list, ok := s.Type.([]any); ok && len(list) > 0 {
		kind, _ = list[b.next(len(list))].(string)
	}
	switch kind {
	case "object":
		return b.buildObject(s, depth)
	case "array":
		list := []any{}
		for range b.next(4) {
			list = append(list, b.buildValue(name, s.Items, depth+1))
		}
		return list
	case "integer":
		return []int{1, 0, -1, 20, 501, 1 << 40}[b.next(6)]
	case "number":
		return []float64{1, 0, -1, 0.5, 1e300}[b.next(5)]
	case "boolean":
		return b.next(2) == 0
	case "string":
		return b.buildString(name, s)
	}
	return nil
}

func (b *requestBuilder) buildObject(s *apiSchema, depth int) any {
	value := map[string]any{}
	for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
		// required fields are seldom missing
		if skip := b.next(8); skip == 1 || skip < 6 && !slices.Contains(s.Required, field) {
			continue
		}
		value[field] = b.buildValue(field, s.Properties[field], depth+1)
	}
	if of, ok := s.AdditionalProperties.(map[string]any); ok {
		var more apiSchema
		if data, err := json.Marshal(of); err == nil && json.Unmarshal(data, &more) == nil {
			for range b.next(3) {
				value[b.oddText()] = b.buildValue("", &more, depth+1)
			}
		}
	}
	if b.next(30) == 1 {
		value[b.oddText()] = b.oddText()
	}
	return value
}

func (b *requestBuilder) buildString(name string, s *apiSchema) string {
	switch {
	case s.Format == "date-time":
		return apitest.Start.Add(time.Duration(b.next(8)) * 10 * time.Minute).Format(time.RFC3339)
	case strings.HasSuffix(name, "_id") && strings.HasPrefix(name, "profile"), name == "id":
		return b.ids[b.next(len(b.ids))]
	case strings.Contains(name, "cluster"):
		return "eu"
	}
	return []string{"payments", "starter", "1.31.2", "orders"}[b.next(4)]
}

// requestTarget is a service with two profiles and a baseline, and its document.
type requestTarget struct {
	service  *apitest.Service
	document *apiDocument
	ids      []string
}

func newRequestTarget(t testing.TB) *requestTarget {
	t.Helper()
	r := &requestTarget{service: world.Serve(t, embedded(t)), document: &apiDocument{}}
	r.service.Send(t, http.MethodGet, "/openapi.json", nil).Decode(t, http.StatusOK, r.document)
	if len(r.document.Paths) < 10 {
		t.Fatalf("the document has %d paths", len(r.document.Paths))
	}
	for _, namespace := range []string{"payments", "orders"} {
		var m apitest.Metadata
		r.service.Send(t, http.MethodPost, "/profiles", request(map[string]any{"namespace": namespace})).Decode(t, http.StatusCreated, &m)
		r.ids = append(r.ids, m.ID)
	}
	r.service.Send(t, http.MethodPost, "/profiles/"+r.ids[0]+"/baseline", nil).Decode(t, http.StatusOK, nil)
	r.ids = append(r.ids, "0199a5f2-0000-7000-8000-000000000000")
	return r
}

// checkRequest sends the request that the data describe. No answer is a fault of the service, and every error has the
// shape that the document describes.
func (r *requestTarget) checkRequest(t *testing.T, data []byte) (status int) {
	t.Helper()
	q := (&requestBuilder{choices: &choices{data}, document: r.document, ids: r.ids}).buildRequest()
	sent := fmt.Sprintf("%s %q %q", q.Method, q.URL.Path, q.URL.RawQuery)
	w := httptest.NewRecorder()
	r.service.Server.Handler().ServeHTTP(w, q)
	if strings.Contains(r.service.Log.String(), `"msg":"panic"`) {
		t.Fatalf("%s: a panic: %s", sent, r.service.Log)
	}
	if w.Code < http.StatusBadRequest {
		return w.Code
	}
	var p problem.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" ||
		p.Status != w.Code || p.Title == "" || p.Detail == "" || p.Remedy == "" || p.RequestID == "" ||
		!strings.HasPrefix(p.Type, "urn:temporal-dsql:problem:") {
		t.Errorf("%s: %d without a whole problem, %v: %s", sent, w.Code, err, w.Body)
	}
	if w.Code >= http.StatusInternalServerError {
		t.Errorf("%s: %d: %s", sent, w.Code, w.Body)
	}
	return w.Code
}

// newRequestData returns the same random data each time.
func newRequestData(t testing.TB, n int) (all [][]byte) {
	t.Helper()
	random := rand.NewChaCha8([32]byte{17})
	for range n {
		data := make([]byte, 80)
		if _, err := random.Read(data); err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

// TestRequestsOfDocument sends 500 requests built from the OpenAPI document: with wrong types, missing fields, huge and
// odd texts, and some that are right.
func TestRequestsOfDocument(t *testing.T) {
	r, statuses := newRequestTarget(t), map[int]int{}
	for _, data := range newRequestData(t, 500) {
		statuses[r.checkRequest(t, data)]++
	}
	for _, status := range []int{http.StatusOK, http.StatusCreated, http.StatusBadRequest, http.StatusNotFound} {
		if statuses[status] == 0 {
			t.Errorf("no request was answered by %d: %v", status, statuses)
		}
	}
}

// FuzzRequests does the same with the fuzzer's choices.
func FuzzRequests(f *testing.F) {
	r := newRequestTarget(f)
	for _, data := range newRequestData(f, 30) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { r.checkRequest(t, data) })
}
