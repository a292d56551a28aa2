package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The two profiles that most pages are about.
func before(t testing.TB, s *service) string {
	return s.make(t, "Before the upgrade", "release 41", morning, map[string]any{"config": settings(t), "preset_name": "mid-scale"})
}

func after(t testing.TB, s *service) string {
	return s.make(t, "After the upgrade", "release 42", afternoon, map[string]any{
		"config": settings(
			t,
			"persistence.maxConns=40",
			"persistence.maxIdleConns=40",
		),
		"preset_name":             "mid-scale",
		"temporal_server_version": "1.32.1",
	})
}

// assessed is a cluster whose assessments tell the day: a morning of which not all is known, hours that
// nobody looked at, and the afternoon.
func assessed(t testing.TB, s *service) (latest string) {
	t.Helper()
	good := s.make(
		t,
		"A good start",
		"",
		[2]time.Time{morning[0], morning[0].Add(20 * time.Minute)},
		map[string]any{"cluster_id": "us-east-1"},
	)
	s.post(t, "/profiles/"+good+"/baseline", nil, nil)
	for _, end := range []time.Time{
		morning[0].Add(40 * time.Minute), morning[0].Add(50 * time.Minute), morning[1],
		afternoon[0].Add(20 * time.Minute), afternoon[0].Add(30 * time.Minute), afternoon[0].Add(40 * time.Minute), afternoon[1],
	} {
		var made struct {
			ProfileID string `json:"profile_id"`
		}
		s.post(t, "/assessments", map[string]any{
			"cluster_id":        "us-east-1",
			"namespace":         "payments",
			"preset_name":       "mid-scale",
			"time_window_start": end.Add(-20 * time.Minute),
			"time_window_end":   end,
		}, &made)
		latest = made.ProfileID
	}
	return latest
}

// What assessments found is a way from the cluster's page to the profile of a
// window, and to what drifted in it.
func TestAssessments(t *testing.T) {
	s := serve(t)
	latest := assessed(t, s)
	b := start(t, s.URL)
	b.open("/ui/clusters?cluster=us-east-1&namespace=payments")
	b.says("#health .badge", "critical")
	b.says("#health .badge", "degraded")
	b.says("#drift th", "matching.backlog_count")
	b.tabTo("#health tbody th a")
	b.keys("\r")
	b.says("h1", "assessment")
	if at := b.path(); at != "/ui/profiles/"+latest {
		t.Errorf("the newest assessment leads to %s, and its profile is %s", at, latest)
	}
	b.open("/ui/clusters?cluster=us-east-1&namespace=payments")
	b.click("#drift td a")
	b.says("h1", "A good start → assessment")
	b.quiet("assessments")
}

// Every page in light and dark, wide and narrow.
func TestLook(t *testing.T) {
	s := serve(t)
	good := before(t, s)
	s.post(t, "/profiles/"+good+"/baseline", nil, nil)
	bad := after(t, s)
	s.make(t, "Charges only", "", morning, map[string]any{"task_queue": "charges"})
	assessed(t, s)
	b := start(t, s.URL)
	for _, p := range []struct{ name, path string }{
		{"profiles", "/ui/profiles"},
		{"profile", "/ui/profiles/" + bad},
		{"compare", "/ui/compare?a=" + good + "&b=" + bad},
		{"choose", "/ui/compare"},
		{"clusters", "/ui/clusters?cluster=eu-west-1&namespace=payments"},
		{"assessed", "/ui/clusters?cluster=us-east-1&namespace=payments"},
		{"create", "/ui/profiles/new"},
		{"baseline", "/ui/profiles/" + bad + "/baseline"},
		{"compile", "/ui/compile?preset=mid-scale&modifier=orchestrator&set.history.replicas=8&sdk=go&platform=helm"},
		{"refused", "/ui/compile?preset=mid-scale&set.history.replicas=900"},
		{"places", "/ui/compile?preset=mid-scale&platform=helm&places=service+matching%3A+persistence.maxConns%3D10"},
		{"parameters", "/ui/parameters?q=partitions"},
		{"parameter", "/ui/parameters/dsql.connection_rate_limit?preset=mid-scale"},
	} {
		b.open(p.path)
		b.look(p.name)
	}
	b.open("/ui/profiles/nothing")
	b.expected("404")
	b.look("problem")
}

// The address that a dashboard links to, then the form, by click.
func TestMakeByClick(t *testing.T) {
	s := serve(t)
	b := start(t, s.URL)
	b.open("/")
	b.says("main", "No profiles yet")
	b.click("main .actions a.primary")
	b.says("h1", "New profile")
	q := url.Values{
		"from":       {morning[0].Format(time.RFC3339)},
		"to":         {fmt.Sprint(morning[1].UnixMilli())},
		"cluster":    {"eu-west-1"},
		"namespace":  {"payments"},
		"task_queue": {""},
		"label":      {"release 41"},
	}
	b.open("/ui/profiles/new?" + q.Encode())
	b.click("form button.primary")
	b.says("main", "Profile created.")
	b.says("h1", "payments, 2026-03-02 09:00–10:00")
	b.says("#telemetry", "State transitions per second")
	b.says("#telemetry", "No data")

	// a window in the future is refused, and the form keeps what was written
	q.Set("to", "2999-01-01T00:00:00Z")
	b.open("/ui/profiles/new?" + q.Encode())
	b.click("form button.primary")
	b.says("[role=alert]", "in the future")
	b.expected("400")
	if label := evaluate[string](b, "document.getElementById('label').value"); label != "release 41" {
		t.Errorf("the label is %q", label)
	}
	b.quiet("making a profile")
}

// Making a profile, finding it and making it the baseline, by keyboard alone.
func TestMakeByKeyboard(t *testing.T) {
	s := serve(t)
	b := start(t, s.URL)
	b.open("/ui/profiles")
	b.keys("\t")
	if on := b.focused(); !strings.Contains(on, "skip") {
		t.Errorf("the first key leads to %s", on)
	}
	b.keys("\r")
	b.until("document.activeElement.id === 'main'")
	b.tabTo("main .actions a.primary")
	b.keys("\r")
	b.says("h1", "New profile")
	b.open("/ui/profiles/new?from=" + morning[0].Format(time.RFC3339) + "&to=" + morning[1].Format(time.RFC3339) + "&namespace=payments")
	b.tabTo("#cluster")
	b.keys("e", "u")
	b.tabTo("#label")
	b.keys("r", "4", "1", "\r")
	b.says("main", "Profile created.")

	b.open("/ui/profiles")
	b.tabTo("#label")
	b.keys("r", "4", "1", "\r")
	b.says("main tbody th", "payments")
	b.tabTo("main tbody th a")
	b.keys("\r")
	b.says("h1", "payments")
	b.tabTo(".head .actions a.primary")
	b.keys("\r")
	b.says("h1", "Set as baseline?")
	b.tabTo("main form button.primary")
	b.keys("\r")
	b.says(".head .badge", "baseline")
	b.quiet("the keyboard")
}

// A plot tells the value under the pointer and the arrow keys.
func TestPlot(t *testing.T) {
	s := serve(t)
	id := before(t, s)
	b := start(t, s.URL)
	b.open("/ui/profiles/" + id + "?show=all")
	const plot = "#throughput\\\\.state_transitions_per_sec"
	still := evaluate[string](b, "document.querySelector('"+plot+" .readout').textContent")
	b.until("!!document.querySelector('" + plot + " .plot.live canvas')")
	b.tabTo(".plot.live")
	b.keys(kb.ArrowRight)
	b.until("document.activeElement.closest('.metric').querySelector('.readout').textContent.startsWith('+')")
	do(b, chromedp.KeyEvent(kb.Escape))
	do(b, chromedp.ScrollIntoView(chromedp.CSS("[id='throughput.state_transitions_per_sec']")))
	at := evaluate[[]float64](
		b,
		"(() => { const r = document.querySelector('"+plot+" .plot').getBoundingClientRect(); return [r.left + r.width / "+
			"2, r.top + r.height / 2] })()",
	)
	do(b, chromedp.MouseEvent("mouseMoved", at[0], at[1]))
	b.until("document.querySelector('" + plot + " .readout').textContent.startsWith('+30:')")
	do(b, chromedp.MouseEvent("mouseMoved", 5, 5))
	b.until(fmt.Sprintf("document.querySelector('%s .readout').textContent === %q", plot, still))
	b.quiet("a plot")
}

// Two profiles are chosen by keyboard, and what is worst comes first.
func TestCompare(t *testing.T) {
	s := serve(t)
	good, bad := before(t, s), after(t, s)
	s.post(t, "/profiles/"+good+"/baseline", nil, nil)
	b := start(t, s.URL)
	b.open("/ui/compare")
	if a := evaluate[string](b, "document.getElementById('a').value"); a != good {
		t.Errorf("%s is proposed, not the baseline", a)
	}
	b.tabTo("form button.primary")
	b.keys("\r")
	b.says("h1", "→")
	b.open("/ui/profiles/" + bad)
	b.click(".head .actions a[href*=compare]")
	b.says("h1", "Before the upgrade → After the upgrade")
	b.says("#candidates", "reservoir_target_ready")
	b.says("#configuration", "persistence.maxConns")
	b.says("#versions", "1.32.1")
	first := b.text("#metrics article .badge")
	if !strings.Contains(first, "regressed") {
		t.Errorf("the first metric is %q", first)
	}
	do(b, chromedp.ScrollIntoView(chromedp.CSS("#metrics article")))
	b.until("document.querySelectorAll('#metrics .plot.live canvas').length > 0")
	b.click("header nav a[href='/ui/clusters']")
	b.says("h1", "eu-west-1")
	b.says("main", "critical")
	b.quiet("comparing")
}

// The compile page follows its form, by click and by key, and its address says all.
func TestCompile(t *testing.T) {
	s := serve(t)
	b := start(t, s.URL)
	b.open("/ui/compile")
	b.says("#results b", "starter")
	evaluate[bool](b, "window.stays = true")
	b.click("input[value=mid-scale]")
	b.says("#results b", "mid-scale")
	do(b, chromedp.Focus(chromedp.CSS("[id='set.history.replicas']")))
	b.keys("8")
	b.says("#results table", "history.replicas")
	b.says("#results", "guard rails passed")
	b.keys("0", "0")
	b.says("#results h2", "Findings")
	if evaluate[bool](b, "!!document.querySelector(\"a[href*='/archive']\")") {
		t.Error("what is refused can be downloaded")
	}
	b.keys("\b", "\b", "\b", "9")
	b.says("#results", "guard rails passed")
	b.tabTo("input[name=platform][value=helm]")
	b.keys(" ")
	b.says("#results summary", "helm-values.yaml")
	if !evaluate[bool](b, "window.stays === true") {
		t.Error("the page was loaded anew")
	}
	b.until("location.search.includes('set.history.replicas=9')")
	sum := evaluate[string](
		b,
		`fetch(document.querySelector("a[href*='/archive']").href).then((r) => r.headers.get("content-disposition"))`,
	)
	if !strings.Contains(sum, "mid-scale.zip") {
		t.Errorf("the archive is %q", sum)
	}
	do(b, chromedp.Reload())
	b.says("#results b", "mid-scale")
	b.says("#results table", "history.replicas")
	b.quiet("compiling")
}

// Keys are searched as one types, and explained.
func TestParameters(t *testing.T) {
	s := serve(t)
	b := start(t, s.URL)
	b.open("/ui/parameters")
	b.tabTo("#q")
	b.keys("o", "p", "e", "n", " ", "r", "a", "t", "e")
	b.until("!document.querySelector('#results').textContent.includes('history.shards')")
	b.says("#results", "dsql.connection_rate_limit")
	b.click("a[href='/ui/parameters/dsql.connection_rate_limit']")
	b.says("h1", "dsql.connection_rate_limit")
	b.click("a[href*='preset=high-throughput']")
	b.says("main", "floor(")
	b.quiet("parameters")
}

// Without JavaScript every page reads, and forms work.
func TestWithoutScript(t *testing.T) {
	s := serve(t)
	good, bad := before(t, s), after(t, s)
	b := start(t, s.URL)
	do(b, call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	html := func(path string) string {
		do(b, chromedp.Navigate(s.URL+path))
		return do(b, chromedp.OuterHTML(chromedp.CSS("main")))
	}
	if page := html("/ui/profiles/" + bad); strings.Count(page, `class="line a"`) < 40 || strings.Contains(page, "<canvas") {
		t.Errorf("%d plots are drawn", strings.Count(page, `class="line a"`))
	}
	if page := html("/ui/compare?a=" + good + "&b=" + bad); !strings.Contains(page, `class="line b"`) {
		t.Error("nothing is laid over the other")
	}
	html("/ui/compile?preset=mid-scale")
	b.click("form button.primary")
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		// scripts are off, the debugger's too: look at the text until the page is there
		page, err := chromedp.Run(b.ctx, chromedp.OuterHTML(chromedp.CSS("html")))
		if err == nil && strings.Contains(page, "guard rails passed") && strings.Contains(page, "</footer>") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%v: %.500s", err, page)
		}
	}
	b.quiet("without a script")
}

// Where tokens are asked for, one signs in by keyboard, comes back to where the
// link led, and signs out.
func TestSignIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	sum := sha256.Sum256([]byte("only-of-this-test"))
	if err := os.WriteFile(file, []byte("ann read,write sha256:"+hex.EncodeToString(sum[:])+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, "--tokens", file)
	b := start(t, s.URL)
	b.open("/ui/profiles?label=x")
	b.says("h1", "Sign in")
	b.look("signin")
	do(b, chromedp.Focus(chromedp.CSS("#token")))
	do(b, chromedp.KeyEvent("wrong\r"))
	b.says("[role=alert]", "The token is not valid")
	b.expected("401")
	do(b, chromedp.Focus(chromedp.CSS("#token")))
	do(b, chromedp.KeyEvent("only-of-this-test\r"))
	b.says("h1", "Behaviour profiles")
	if at := evaluate[string](b, "location.search"); at != "?label=x" {
		t.Errorf("one comes back to %s", at)
	}
	if seen := evaluate[string](b, "document.cookie"); seen != "" {
		t.Errorf("a script reads the cookie: %s", seen)
	}
	b.click("header form button")
	b.says("h1", "Sign in")
	b.open("/ui/profiles")
	b.says("h1", "Sign in")
	b.quiet("signing in")
}

// The table has pages, and filters stay from one to the next.
func TestPaging(t *testing.T) {
	s := serve(t)
	for i := range 27 {
		from := morning[0].Add(time.Duration(i) * time.Minute)
		s.make(t, fmt.Sprintf("window %02d", i), "many", [2]time.Time{from, from.Add(5 * time.Minute)}, nil)
	}
	b := start(t, s.URL)
	b.open("/ui/profiles?label=many")
	b.says("main tbody th", "window 26")
	b.tabTo("a[rel=next]")
	b.keys("\r")
	b.says("main tbody th", "window 00")
	if n := evaluate[int](b, "document.querySelectorAll('main tbody tr').length"); n != 2 {
		t.Errorf("the second page has %d profiles", n)
	}
	b.click("nav[aria-label=Pages] a")
	b.says("main tbody th", "window 26")
	b.quiet("paging")
}

// A report is one file, which opens without a service.
func TestReport(t *testing.T) {
	s := serve(t)
	good, bad := before(t, s), after(t, s)
	dir := t.TempDir()
	var files []string
	for _, id := range []string{good, bad} {
		text, _, _ := s.fetch(t, "/profiles/"+id)
		file := filepath.Join(dir, id+".json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	b := start(t, "file://"+dir)
	for name, of := range map[string][]string{"report": files[1:], "report-of-two": files} {
		cmd := exec.Command(binary(t), append([]string{"profile", "report", "--out", filepath.Join(dir, name+".html")}, of...)...)
		cmd.Dir = dir
		var notes strings.Builder
		cmd.Stderr = &notes
		if out, err := cmd.Output(); err != nil || len(out) > 0 || !strings.Contains(notes.String(), name+".html") {
			t.Fatalf("%v, on stdout %q, on stderr %q", err, out, notes.String())
		}
		b.open("/" + name + ".html")
		b.says("h1", "After the upgrade")
		b.look(name)
	}
	cmd := exec.Command(binary(t), append([]string{"profile", "report", "--format", "markdown"}, files...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{
		"## Before the upgrade → After the upgrade", "▼ regressed", "### Candidates, not causes",
		"| `persistence.maxConns` | 50 | 40 |",
	} {
		if !strings.Contains(string(out), said) {
			t.Errorf("there is no %q in %s", said, out)
		}
	}
	if err := os.WriteFile(filepath.Join(shots(t), "report.md"), out, 0o644); err != nil {
		t.Fatal(err)
	}
}
