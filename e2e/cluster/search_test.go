package cluster

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestSearchStandInTakesBulks(t *testing.T) {
	s := &SearchStandIn{documents: map[string]int{}}
	body := `{"index":{"_index":"visibility","_id":"a~b","version":7,"version_type":"external"}}` + "\n" +
		`{"WorkflowId":"x","CloseTime":"2026"}` + "\n" +
		`{"delete":{"_index":"visibility","_id":"c~d","version":8,"version_type":"external"}}` + "\n"
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/_bulk", strings.NewReader(body)))
	if got := s.Documents()["visibility"]; got != 2 {
		t.Errorf("%d documents, expected 2", got)
	}
	if !strings.Contains(answer.Body.String(), `"_id":"a~b"`) || !strings.Contains(answer.Body.String(), `"_id":"c~d"`) {
		t.Errorf("the answer lacks a document: %s", answer.Body)
	}
}
