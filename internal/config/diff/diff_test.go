package diff_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/diff"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

func formatJSON(t interface{ Fatal(...any) }, v any) string {
	data, err := json.Marshal(v)
	rapidtest.FailOnError(t, err)
	return string(data)
}

// Whatever the two sides, the difference is all that differs and no more, the
// hardest change first, and the way back is its mirror.
func TestDifferenceIsAllThatDiffers(t *testing.T) {
	e, err := compile.New(t.TempDir())
	rapidtest.FailOnError(t, err)
	e.ExpectMany()
	var ref diff.Reference
	ref.Registry, err = e.Parameters()
	rapidtest.FailOnError(t, err)
	ref.Keys, err = e.Keys("")
	rapidtest.FailOnError(t, err)
	ref.Versions, err = e.Versions()
	rapidtest.FailOnError(t, err)
	change := map[string]string{}
	for _, p := range ref.Registry {
		change[p.Key] = p.Change
	}
	given := []string{
		"history.shards=2048", "history.replicas=9", "persistence.maxConns=40", "frontend.rps=3333", "visibility.store=postgres",
		"frontend.keepAliveMinTime=30s", "dsql.reservoir_enabled=true", "limit.blobSize.error=500000",
	}
	draw := func(t *rapid.T, side string) diff.Side {
		req := compile.Request{
			Preset:          rapid.SampledFrom([]string{"starter", "mid-scale", "high-throughput"}).Draw(t, side+" preset"),
			Modifier:        rapid.SampledFrom([]string{"", "orchestrator", "batch-processor"}).Draw(t, side+" modifier"),
			TemporalVersion: rapid.SampledFrom([]string{"1.29", "1.32"}).Draw(t, side+" server"),
			PluginVersion:   rapid.SampledFrom([]string{"1", "2"}).Draw(t, side+" plugin"),
		}
		for _, o := range rapid.SliceOfNDistinct(rapid.SampledFrom(given), 0, 3, rapid.ID).Draw(t, side+" overrides") {
			x, err := e.ParseOverride(o)
			rapidtest.FailOnError(t, err)
			req.Overrides = append(req.Overrides, x)
		}
		out, err := e.Resolve(req)
		rapidtest.FailOnError(t, err)
		return diff.Side{Profile: out.Profile, Files: map[string]string{"profile.json": string(out.JSON)}}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		d, back := diff.New("a", "b", a, b, ref), diff.New("b", "a", b, a, ref)
		if same := diff.New("a", "a", a, a, ref); !same.IsEmpty() {
			t.Fatalf("one side differs from itself: %+v", same)
		}
		was, is := a.Profile.Values(), b.Profile.Values()
		shown := map[string]diff.Parameter{}
		for _, p := range d.Parameters {
			shown[p.Key] = p
			if formatJSON(t, p.Before) != formatJSON(t, was[p.Key]) || formatJSON(t, p.After) != formatJSON(t, is[p.Key]) {
				t.Fatalf("%s goes from %v to %v, not %+v", p.Key, was[p.Key], is[p.Key], p)
			}
			if want := map[string]string{
				"immutable": diff.Impossible, "": diff.Unknown, "reload": diff.Reload, "restart": diff.Restart,
			}[change[p.Key]]; p.Needs != want {
				t.Fatalf("%s needs %s, not %s", p.Key, want, p.Needs)
			}
		}
		for _, values := range []map[string]any{was, is} {
			for k := range values {
				if _, ok := shown[k]; ok != (formatJSON(t, was[k]) != formatJSON(t, is[k])) {
					t.Fatalf("whether %s changes: %v, %v", k, was[k], is[k])
				}
			}
		}
		order := []string{diff.Impossible, diff.Restart, diff.Unknown, diff.Reload}
		if !slices.IsSortedFunc(d.Parameters, func(x, y diff.Parameter) int {
			return slices.Index(order, x.Needs) - slices.Index(order, y.Needs)
		}) {
			t.Fatalf("not the hardest first: %+v", d.Parameters)
		}
		// there and back
		if len(back.Parameters) != len(d.Parameters) || len(back.Reads) != len(d.Reads) || len(back.Defaults) != len(d.Defaults) ||
			back.IsEmpty() != d.IsEmpty() {
			t.Fatalf("the way back is another:\n%+v\n%+v", d, back)
		}
		for i, p := range back.Parameters {
			p.Before, p.After, p.SourceBefore, p.SourceAfter = p.After, p.Before, p.SourceAfter, p.SourceBefore
			if !reflect.DeepEqual(p, d.Parameters[i]) {
				t.Fatalf("the way back is another: %+v, %+v", p, d.Parameters[i])
			}
		}
		// the text has every change
		var text bytes.Buffer
		d.Text(&text, report.Style{}, true)
		for _, p := range d.Parameters {
			if !strings.Contains(text.String(), " "+p.Key+" ") {
				t.Fatalf("the text lacks %s:\n%s", p.Key, text.String())
			}
		}
		for _, r := range d.Reads {
			if !strings.Contains(text.String(), r.Change+" "+r.Kind+" "+r.Name+" = ") {
				t.Fatalf("the text lacks %s:\n%s", r.Name, text.String())
			}
		}
		if strings.Contains(text.String(), "no difference") != d.IsEmpty() {
			t.Fatalf("whether there is a difference:\n%s", text.String())
		}
	})
}

func TestUnifiedDifference(t *testing.T) {
	got := diff.Unified("x.env", "a=1\nb=2\nc=3\n", "a=1\nb=4\nc=3\n")
	want := "--- a/x.env\n+++ b/x.env\n@@ -1,3 +1,3 @@\n a=1\n-b=2\n+b=4\n c=3\n"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
