package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/profileview"
)

func TestReport(t *testing.T) {
	s := serve(t, nil)
	var profiles []*behaviour.Profile
	for _, name := range []string{"before | <b>", "after"} {
		form := window()
		form.Set("key", name)
		form.Set("name", name)
		at := strings.TrimSuffix(send(t, s, "/ui/profiles/new", form).Header.Get("Location"), "?made")
		p := &behaviour.Profile{}
		s.Send(t, http.MethodGet, strings.TrimPrefix(at, "/ui"), nil).Decode(t, http.StatusOK, p)
		profiles = append(profiles, p)
	}
	one, two := profileview.Report{
		A:      profiles[0],
		Module: t.TempDir(),
	}, profileview.Report{
		A:      profiles[0],
		B:      profiles[1],
		Module: t.TempDir(),
	}
	for _, r := range []profileview.Report{one, two} {
		text, err := r.HTML(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		page := string(text)
		contains(t, page, "before | &lt;b&gt;", "<style>", `class="line a"`, "Configuration")
		for _, no := range []string{"/ui/", "<script", "<link", "http://", "https://", "src="} {
			if strings.Contains(page, no) {
				t.Errorf("a report that needs no other file has %q in it", no)
			}
		}
	}
	text, err := two.Markdown(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	contains(t, string(text), `## before \| &lt;b&gt; → after`, "<details><summary>", "| verdict | metric | before | after | change |",
		"= unchanged")
	if text, err = one.Markdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	contains(t, string(text), "### Throughput", "no data: ", "high-throughput", "| metric | unit | min | p50 | p95 | p99 | max |")
}
