package profileview

import (
	"net/http/httptest"
	"testing"
)

// The filter keeps the rest of the address, so that the link shows the same profiles.
func TestFilterKeepsTheAddress(t *testing.T) {
	f := NewFilter(httptest.NewRequest("GET", "/ui/compare?a=1&b=2&show=outside", nil), "Only what regressed")
	if !f.Only || f.Open || len(f.Links) != 3 || f.Links[0].Address != "/ui/compare?a=1&b=2" || !f.Links[1].Chosen ||
		f.Links[2].Address != "/ui/compare?a=1&b=2&show=all" {
		t.Errorf("the filter is %+v", f)
	}
}
