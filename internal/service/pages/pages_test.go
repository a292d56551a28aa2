package pages_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages"
)

// serve starts a service with pages.
func serve(t *testing.T, control access.Control) *apitest.Service {
	t.Helper()
	return world.Serve(t, store.Options{DataDir: t.TempDir()}, func(s *apitest.Setup) {
		s.Server.Access = control
		s.Pages = func(c api.Config) api.Pages {
			pool := evaluator.New(t.TempDir(), time.Now)
			t.Cleanup(pool.Close)
			shown, err := pages.New(
				pages.Config{
					Store:    c.Store,
					Recorder: c.Recorder,
					Watcher:  c.Watcher,
					Access:   control,
					Engines:  pool,
					Version:  c.Version,
				},
			)
			if err != nil {
				t.Fatal(err)
			}
			return shown
		}
	})
}

// show gives what a page says, as text; it fails on another status.
func show(t *testing.T, s *apitest.Service, status int, path string, headers ...string) string {
	t.Helper()
	answer := s.Send(t, http.MethodGet, path, nil, headers...)
	if answer.StatusCode != status {
		t.Fatalf("GET %s: %s, not %d: %s", path, answer.Status, status, answer.Data)
	}
	return string(answer.Data)
}

// send posts a form as a browser does from a page of the service itself.
func send(t *testing.T, s *apitest.Service, path string, form url.Values, headers ...string) *apitest.Response {
	t.Helper()
	return s.Send(t, http.MethodPost, path, form.Encode(),
		append([]string{"Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin"}, headers...)...)
}

func window() url.Values {
	return url.Values{
		"name": {"a <script>alert(1)</script>"}, "cluster": {"eu"}, "namespace": {"payments"}, "key": {"one"},
		"from": {apitest.Start.Format("2006-01-02T15:04:05")}, "to": {apitest.End.Format("2006-01-02T15:04:05")},
	}
}

func contains(t *testing.T, page string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(page, w) {
			t.Errorf("there is no %q in %.6000s", w, page)
		}
	}
}

func TestPages(t *testing.T) {
	s := serve(t, nil)

	t.Run("the table says that there is nothing yet", func(t *testing.T) {
		contains(t, show(t, s, http.StatusOK, "/ui/profiles"), "No profiles yet", `href="/ui/profiles/new"`)
	})
	t.Run("what links here fills in the form", func(t *testing.T) {
		for _, times := range []string{"from=2026-03-01T09:00:00.000Z&to=2026-03-01T10:00:00.000Z", "from=1772355600000&to=1772359200000"} {
			page := show(t, s, http.StatusOK, "/ui/profiles/new?"+times+"&cluster=eu&namespace=payments&task_queue=&label=release+42")
			contains(
				t,
				page,
				`value="2026-03-01 09:00:00"`,
				`value="2026-03-01 10:00:00"`,
				`value="eu"`,
				`value="payments"`,
				`value="release 42"`,
				"payments, 2026-03-01 09:00–10:00",
			)
		}
		contains(t, show(t, s, http.StatusOK, "/ui/profiles/new?from=yesterday"), "yesterday is not a valid time")
	})
	t.Run("what is wrong is said above the form, which keeps what was written", func(t *testing.T) {
		form := window()
		form.Set("to", form.Get("from"))
		answer := send(t, s, "/ui/profiles/new", form)
		if answer.StatusCode != http.StatusBadRequest {
			t.Fatal(answer.Status)
		}
		contains(
			t,
			string(answer.Data),
			"he window ends at",
			"et an end after the start",
			html.EscapeString(form.Get("name")),
			`role="alert"`,
		)
	})

	made := send(t, s, "/ui/profiles/new", window())
	if made.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %s", made.Status, made.Data)
	}
	at := strings.TrimSuffix(made.Header.Get("Location"), "?made")
	t.Run("the same form makes the same profile", func(t *testing.T) {
		if again := send(t, s, "/ui/profiles/new", window()); again.Header.Get("Location") != made.Header.Get("Location") {
			t.Errorf("%s, not %s", again.Header.Get("Location"), made.Header.Get("Location"))
		}
	})
	t.Run("a profile shows every metric, and why one is missing", func(t *testing.T) {
		page := show(t, s, http.StatusOK, at+"?made")
		contains(
			t,
			page,
			"Profile created",
			"a &lt;script&gt;alert(1)&lt;/script&gt;",
			"Workflows started per second",
			"No data",
			"unknown",
			"<path class=\"line a\"",
		)
		for _, m := range world.Metrics {
			if !m.CountsStarts() {
				contains(t, page, `id="`+m.Name)
			}
		}
		if strings.Contains(page, "<script>alert") || strings.Contains(page, " style=") || strings.Contains(page, "<style") {
			t.Error("something inline got into the page")
		}
	})
	t.Run("a baseline is confirmed, and takes the place of the one that was shown", func(t *testing.T) {
		page := show(t, s, http.StatusOK, at+"/baseline")
		contains(t, page, "Set as baseline?", "There is no baseline yet")
		if moved := send(
			t,
			s,
			at+"/baseline",
			url.Values{"expected": {"0199a5f2-0000-7000-8000-000000000000"}},
		); moved.StatusCode != http.StatusPreconditionFailed {
			t.Errorf("%s: %s", moved.Status, moved.Data)
		}
		if set := send(t, s, at+"/baseline", url.Values{"expected": {""}}); set.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", set.Status, set.Data)
		}
		contains(t, show(t, s, http.StatusOK, "/ui/profiles?baseline=1&cluster=eu"), "★", at)
		contains(t, show(t, s, http.StatusOK, "/ui/profiles?cluster=elsewhere"), "No matching profiles")
		contains(t, show(t, s, http.StatusOK, at+"/baseline"), "It is already the baseline")
	})
	t.Run("two profiles are compared, and a cluster is held against its baseline", func(t *testing.T) {
		form := window()
		form.Set("key", "two")
		form.Set("name", "later")
		form.Set("from", apitest.Start.Add(30*time.Minute).Format("2006-01-02T15:04:05"))
		later := strings.TrimSuffix(send(t, s, "/ui/profiles/new", form).Header.Get("Location"), "?made")
		contains(t, show(t, s, http.StatusOK, later), "Compare with the baseline", "Conformance", "inconclusive", "high-throughput")
		a, b := strings.TrimPrefix(at, "/ui/profiles/"), strings.TrimPrefix(later, "/ui/profiles/")
		contains(t, show(t, s, http.StatusOK, "/ui/compare"), `value="`+a+`" selected`, `value="`+b+`"`)
		page := show(t, s, http.StatusOK, "/ui/compare?a="+a+"&b="+b)
		contains(
			t,
			page,
			"later",
			"unchanged",
			"Without data",
			"No metric regressed.",
			`class="line a"`,
			`class="line b"`,
			"No differences",
		)
		contains(t, show(t, s, http.StatusOK, "/ui/clusters?cluster=eu&namespace=payments"), "Latest profile, compared with the baseline",
			"No assessments yet.", "POST /assessments", "compared with the current baseline", a, b)
		contains(t, show(t, s, http.StatusNotFound, "/ui/compare?a="+a+"&b=nothing"), "rofile nothing not found")
		contains(t, show(t, s, http.StatusBadRequest, "/ui/compare?a="+a+"&b="+a), "same profile, "+a, "two different windows")
	})
	t.Run("a cluster's page tells what assessments found", func(t *testing.T) {
		type assessment struct {
			ProfileID  string `json:"profile_id"`
			BaselineID string `json:"baseline_profile_id"`
		}
		var found []assessment
		for i := range 50 {
			start := apitest.Start.Add(time.Duration(i) * time.Minute)
			var one assessment
			s.Send(t, http.MethodPost, "/assessments", map[string]any{
				"cluster_id": "eu", "namespace": "payments", "time_window_start": start, "time_window_end": start.Add(10 * time.Minute),
			}).Decode(t, http.StatusCreated, &one)
			found = append(found, one)
		}
		oldest, newest := found[0], found[len(found)-1]
		page := show(t, s, http.StatusOK, "/ui/clusters?cluster=eu&namespace=payments")
		contains(t, page, "Latest assessment", "Notes", "process starts within its window are unknown",
			"Other profiles, compared with the baseline", "/ui/profiles/"+newest.ProfileID,
			"/ui/compare?a="+newest.BaselineID+"&amp;b="+newest.ProfileID,
			"Drift history", "No metric left the baseline in these windows.", "48 assessments on this page",
			`aria-label="Health in 48 windows from 2026-03-01 09:02 to 2026-03-01 09:59: `)
		if strings.Contains(page, oldest.ProfileID) || strings.Contains(page, "No assessments yet") {
			t.Error("the first page shows the oldest of 50")
		}
		older := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(page)
		if older == nil {
			t.Fatal("there is no page of older ones")
		}
		page = show(t, s, http.StatusOK, html.UnescapeString(older[1]))
		contains(t, page, "/ui/profiles/"+oldest.ProfileID, "2 assessments on this page", "Newest")
		if strings.Contains(page, "Latest assessment") {
			t.Error("a page of older ones shows the latest")
		}
		contains(t, show(t, s, http.StatusOK, "/ui/clusters?cluster=eu&namespace=orders"), "No assessments yet.")
	})
	t.Run("a page of another site changes nothing", func(t *testing.T) {
		for _, headers := range [][]string{{"Sec-Fetch-Site: cross-site"}, {"Origin: https://evil.example"}} {
			for _, path := range []string{"/ui/profiles/new", at + "/baseline", "/ui/sign-in", "/ui/sign-out"} {
				answer := s.Send(
					t,
					http.MethodPost,
					path,
					window().Encode(),
					append(headers, "Content-Type: application/x-www-form-urlencoded")...)
				if answer.StatusCode != http.StatusForbidden {
					t.Errorf("POST %s with %v: %s", path, headers, answer.Status)
				}
			}
		}
	})
	t.Run("what is not there is a page, too", func(t *testing.T) {
		contains(
			t,
			show(t, s, http.StatusNotFound, "/ui/profiles/0199a5f2-0000-7000-8000-000000000000"),
			"The profile does not exist",
			"Request ",
		)
		contains(t, show(t, s, http.StatusNotFound, "/ui/nowhere"), "Unknown page /ui/nowhere")
	})
	t.Run("every page forbids what is not its own", func(t *testing.T) {
		for _, path := range []string{"/ui/profiles", at, "/ui/compare", "/ui/clusters", "/ui/compile", "/ui/parameters", "/ui/nowhere",
			"/ui/static/pages.js"} {
			answer := s.Send(t, http.MethodGet, path, nil)
			policy := answer.Header.Get("Content-Security-Policy")
			if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") ||
				answer.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %q", path, policy)
			}
			for _, address := range regexp.MustCompile(`(?:src|href|action)="([^"]*)"`).FindAllSubmatch(answer.Data, -1) {
				if a := string(address[1]); !strings.HasPrefix(a, "/") && !strings.HasPrefix(a, "#") {
					t.Errorf("%s leads to %s", path, a)
				}
			}
		}
	})
}

func TestCompile(t *testing.T) {
	s := serve(t, nil)
	const asked = "preset=mid-scale&modifier=orchestrator&set.history.replicas=8&overrides=matching.outstandingTaskAppendsThreshold%3D5000&sdk=go&platform=helm"

	t.Run("the page says what changes and why", func(t *testing.T) {
		page := show(t, s, http.StatusOK, "/ui/compile?"+asked)
		contains(t, page, "guard rails passed", "Changes from the preset", "dsql.connection_rate_limit", "helm-values.yaml",
			"dynamic_config.yaml", "why.md", "--override history.replicas=8")
		// what the page offers is what it shows
		link := regexp.MustCompile(`href="(/ui/compile/archive[^"]*)"`).FindStringSubmatch(page)
		if link == nil {
			t.Fatal("it offers no archive")
		}
		if name := s.Send(t, http.MethodGet, html.UnescapeString(link[1]), nil).Header.Get("Content-Disposition"); !strings.Contains(name,
			"mid-scale.zip") {
			t.Errorf("%s is %s", link[1], name)
		}
	})
	t.Run("another server than the public plugin's is noted", func(t *testing.T) {
		const note = "Note: the public DSQL plugin is built for Temporal 1.30"
		contains(t, show(t, s, http.StatusOK, "/ui/compile?preset=starter&temporal=1.31"), note)
		if page := show(t, s, http.StatusOK, "/ui/compile?preset=starter"); strings.Contains(page, note) {
			t.Error("it is noted for the plugin's own server")
		}
	})
	t.Run("a script asks for the results alone", func(t *testing.T) {
		part := show(t, s, http.StatusOK, "/ui/compile?"+asked, "X-Fragment: 1")
		if strings.Contains(part, "<html") || strings.Contains(part, "<form") {
			t.Errorf("%.500s", part)
		}
		contains(t, part, "guard rails passed")
	})
	t.Run("the archive is what the command line writes", func(t *testing.T) {
		answer := s.Send(t, http.MethodGet, "/ui/compile/archive?"+asked, nil)
		z, err := zip.NewReader(bytes.NewReader(answer.Data), int64(len(answer.Data)))
		if err != nil {
			t.Fatalf("%v: %s", err, answer.Data)
		}
		engine := compile.Embedded()
		request := compile.Request{Preset: "mid-scale", Modifier: "orchestrator", SDKs: []string{"go"}, Platforms: []string{"helm"}}
		for _, text := range []string{"history.replicas=8", "matching.outstandingTaskAppendsThreshold=5000"} {
			o, err := engine.ParseOverride(text)
			if err != nil {
				t.Fatal(err)
			}
			request.Overrides = append(request.Overrides, o)
		}
		result, err := engine.Compile(request)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if _, err := result.WriteFolder(dir, time.Now()); err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, f := range z.File {
			if f.Name == "manifest.json" {
				continue // it has the time in it
			}
			in, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			if wanted, err := os.ReadFile(filepath.Join(dir, f.Name)); err != nil || !bytes.Equal(got, wanted) {
				t.Errorf("%s is not what the command line writes: %v", f.Name, err)
			}
			found++
		}
		if found != len(result.Files) {
			t.Errorf("%d files, not %d", found, len(result.Files))
		}
	})
	t.Run("the deployment compiles to the same", func(t *testing.T) {
		text := show(t, s, http.StatusOK, "/ui/compile/deployment?"+asked)
		contains(t, text, "schema.#Deployment", `"matching.outstandingTaskAppendsThreshold":`, `"history.replicas":`, "orchestrator")
	})
	t.Run("values of single services, namespaces and task queues are those of a deployment", func(t *testing.T) {
		query := "preset=mid-scale&platform=compose&" + url.Values{"places": {"service matching: persistence.maxConns=10\r\n" +
			"# a comment\n namespace payments: frontend.namespaceRPS=900\n" +
			"queue orders namespace payments type workflow: matching.numTaskqueueReadPartitions=16\n"}}.Encode()
		page := show(t, s, http.StatusOK, "/ui/compile?"+query)
		contains(t, page, "service matching, safety", "namespace payments, ", "task queue orders, workflow tasks, in namespace payments, ",
			"dsql.matching.env", "temporal-dsql compile ./profiles/mid-scale --out build", "persistence.maxConns=10")
		text := show(t, s, http.StatusOK, "/ui/compile/deployment?"+query)
		contains(t, text, `"matching": {`, `"persistence.maxConns": 10`, `"orders/payments/workflow": {`, `task_type: "workflow"`)
		contains(t, show(t, s, http.StatusOK, "/ui/compile?preset=mid-scale&places=service+worker%3A+persistence.maxConns%3D9000"),
			"service worker", "cluster_connection_limit")
		for _, wrong := range []string{
			"matching: persistence.maxConns=10", "service matching persistence.maxConns=10", "service matching: persistence.maxConns",
			"service matching namespace x: persistence.maxConns=1", "queue a queue b: persistence.maxConns=1", "service: a.b=1",
		} {
			contains(t, show(t, s, http.StatusBadRequest, "/ui/compile?preset=mid-scale&"+url.Values{"places": {wrong}}.Encode()),
				"is not PLACE: KEY=VALUE", `name="places"`)
		}
		contains(t, show(t, s, http.StatusBadRequest, "/ui/compile?preset=mid-scale&places=service+histroy%3A+persistence.maxConns%3D9"),
			"histroy")
	})
	t.Run("what is refused has findings and no files", func(t *testing.T) {
		const refused = "preset=mid-scale&set.history.replicas=900"
		page := show(t, s, http.StatusOK, "/ui/compile?"+refused)
		contains(t, page, "error", "Findings")
		if strings.Contains(page, "/ui/compile/archive") {
			t.Error("it offers an archive")
		}
		contains(t, show(t, s, http.StatusBadRequest, "/ui/compile/archive?"+refused), "uard rails failed")
	})
	t.Run("what cannot be read is said beside the form", func(t *testing.T) {
		contains(
			t,
			show(t, s, http.StatusBadRequest, "/ui/compile?preset=mid-scale&overrides=nonsense"),
			"is not KEY=VALUE",
			`name="preset"`,
		)
		contains(t, show(t, s, http.StatusBadRequest, "/ui/compile?preset=none-such"), "none-such")
		contains(t, show(t, s, http.StatusBadRequest, "/ui/compile?preset=starter&sdk=executable"), "nknown adapter executable")
	})
	t.Run("keys are found and explained", func(t *testing.T) {
		contains(t, show(t, s, http.StatusOK, "/ui/parameters?q=matching.*partitions"), "matching.numTaskqueueReadPartitions")
		contains(t, show(t, s, http.StatusOK, "/ui/parameters/dsql.connection_rate_limit?preset=mid-scale"), "Formula", "floor(",
			"open_rate_budget")
		contains(
			t,
			show(t, s, http.StatusOK, "/ui/parameters/matching.outstandingTaskAppendsThreshold"),
			"In the Temporal server",
			"not curated",
		)
		contains(t, show(t, s, http.StatusNotFound, "/ui/parameters/no.such.key"), "nknown key")
	})
}

func TestSignIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	line := func(name, scope, secret string) string {
		sum := sha256.Sum256([]byte(secret))
		return name + " " + scope + " sha256:" + hex.EncodeToString(sum[:]) + "\n"
	}
	if err := os.WriteFile(
		path,
		[]byte(line("ann", "read,write", "secret-of-ann")+line("bob", "read", "secret-of-bob")),
		0o600,
	); err != nil {
		t.Fatal(err)
	}
	tokens, err := access.OpenTokens(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, access.Control{tokens})
	in := func(t *testing.T, secret, next string) *apitest.Response {
		return send(t, s, "/ui/sign-in", url.Values{"token": {secret}, "next": {next}})
	}
	cookie := func(t *testing.T, secret string) string {
		t.Helper()
		all := in(t, secret, "").Cookies()
		if len(all) != 1 {
			t.Fatalf("there are %d cookies", len(all))
		}
		c := all[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/ui/" || c.Secure {
			t.Errorf("%+v", c)
		}
		return "Cookie: " + c.Name + "=" + c.Value
	}
	t.Run("who has no token is asked for it, and comes back", func(t *testing.T) {
		answer := s.Send(t, http.MethodGet, "/ui/profiles?label=x", nil)
		to := answer.Header.Get("Location")
		if answer.StatusCode != http.StatusSeeOther || to != "/ui/sign-in?next=%2Fui%2Fprofiles%3Flabel%3Dx" {
			t.Fatalf("%s to %s", answer.Status, to)
		}
		contains(t, show(t, s, http.StatusOK, to), `value="/ui/profiles?label=x"`, `type="password"`)
		if back := in(t, "secret-of-ann", "/ui/profiles?label=x"); back.Header.Get("Location") != "/ui/profiles?label=x" {
			t.Errorf("%s to %s", back.Status, back.Header.Get("Location"))
		}
	})
	t.Run("nobody is sent to another site", func(t *testing.T) {
		for _, next := range []string{"https://evil.example/ui/", "//evil.example/ui/", `/\evil.example`, "/ui/\\..//evil",
			"javascript:alert(1)", "/profiles"} {
			if to := in(t, "secret-of-ann", next).Header.Get("Location"); to != "/ui/profiles" {
				t.Errorf("%q leads to %q", next, to)
			}
		}
	})
	t.Run("a wrong token is refused", func(t *testing.T) {
		answer := in(t, "guessed", "")
		if answer.StatusCode != http.StatusUnauthorized || len(answer.Cookies()) > 0 {
			t.Errorf("%s: %v", answer.Status, answer.Cookies())
		}
		contains(t, string(answer.Data), "The token is not valid")
	})
	t.Run("the cookie opens pages, and nothing of the API", func(t *testing.T) {
		ann := cookie(t, "secret-of-ann")
		contains(t, show(t, s, http.StatusOK, "/ui/profiles", ann), "ann", "New profile", "Sign out")
		s.Send(t, http.MethodGet, "/profiles", nil, ann).DecodeProblem(t, http.StatusUnauthorized, "unauthenticated")
	})
	t.Run("who may read only is offered nothing else", func(t *testing.T) {
		bob := cookie(t, "secret-of-bob")
		if page := show(
			t,
			s,
			http.StatusOK,
			"/ui/profiles",
			bob,
		); strings.Contains(page, "New profile") ||
			!strings.Contains(page, "read-only") {
			t.Errorf("%.2000s", page)
		}
		if answer := send(t, s, "/ui/profiles/new", window(), bob); answer.StatusCode != http.StatusForbidden {
			t.Error(answer.Status)
		}
	})
	t.Run("it is kept from plain connections behind a proxy that ends TLS", func(t *testing.T) {
		answer := send(t, s, "/ui/sign-in", url.Values{"token": {"secret-of-ann"}}, "X-Forwarded-Proto: https")
		if c := answer.Cookies(); len(c) != 1 || !c[0].Secure {
			t.Errorf("%v", c)
		}
	})
	t.Run("a link of another site leads on by a page of ours", func(t *testing.T) {
		answer := s.Send(t, http.MethodGet, "/ui/profiles/new?label=x", nil, "Sec-Fetch-Site: cross-site")
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Refresh") != "0; url=/ui/profiles/new?label=x" {
			t.Errorf("%s, %q", answer.Status, answer.Header.Get("Refresh"))
		}
	})
}

func TestCompilePageShowsWhatItCarries(t *testing.T) {
	s := serve(t, nil)
	page := show(t, s, http.StatusOK, "/ui/compile?preset=mid-scale&set.target_state_transitions_per_sec=480")
	contains(t, page, "Sized for 480 st/s, carries ", "First bottleneck, at ", "Utilisation of the first 5 resources against the load",
		"connections in use by the busiest history instance", "does not grow with the load")
}
