package pages

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A browser is Chromium, and what it has complained of.
type browser struct {
	t   testing.TB
	ctx context.Context
	url string
	// begun is whether the browser runs: the first step starts it
	begun bool

	mu    sync.Mutex
	wrong []string
}

// patience is how long one step may take, on a machine that does other things.
const patience = 40 * time.Second

// start opens a tab of a Chromium of its own.
func start(t testing.TB, at string) *browser {
	t.Helper()
	found, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: apt-get install --no-install-recommends chromium", err)
	}
	options := append(
		slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(found),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
	)
	for _, flag := range []string{
		"disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync",
		"disable-dev-shm-usage", "hide-scrollbars",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	b := &browser{t: t, url: at}
	process, end := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, closed := chromedp.NewContext(process, chromedp.WithListener(b.listen))
	t.Cleanup(func() { closed(); end() })
	b.ctx = ctx
	// what a policy forbids is told to the document, and from it to the console
	do(b, call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener("securitypolicyviolation", (e) => console.error("policy: " + e.violatedDirective + " " + e.blockedURI))`,
	}))
	b.size(1280, 900)
	return b
}

// listen notes what a page should not say.
func (b *browser) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.complain(fmt.Sprintf("exception: %+v", e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			var said []string
			for _, a := range e.Args {
				said = append(said, string(a.Value))
			}
			b.complain("console: " + strings.Join(said, " "))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Source == "security" {
			b.complain(fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	}
}

// call is a command of the protocol as a step.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[R] {
	return func(ctx context.Context, t *chromedp.Target) (R, error) { return cdp.Call(ctx, t, command, params) }
}

func (b *browser) complain(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = append(b.wrong, what)
}

// quiet fails if the browser has complained since it was asked last.
func (b *browser) quiet(at string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.wrong {
		b.t.Errorf("%s: %s", at, w)
	}
	b.wrong = nil
}

// expected takes away the complaints that a status of the service itself makes.
func (b *browser) expected(status string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = slices.DeleteFunc(b.wrong, func(w string) bool { return strings.Contains(w, "status of "+status) })
}

// do takes one step, which has a limit; the tab lives as long as the test.
func do[T any](b *browser, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx := b.ctx
	if b.begun {
		limited, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		ctx = limited
	}
	b.begun = true
	value, err := chromedp.Run(ctx, step)
	if err != nil {
		short, cancel := context.WithTimeout(b.ctx, 5*time.Second)
		defer cancel()
		at, _ := chromedp.Run(short, chromedp.Location())
		text, _ := chromedp.Run(short, chromedp.Text(chromedp.CSS("main")))
		b.t.Fatalf("%v, at %s: %.600s", err, at, text)
	}
	return value
}

func (b *browser) open(path string) {
	b.t.Helper()
	do(b, chromedp.Navigate(b.url+path))
	do(b, chromedp.WaitReady(chromedp.CSS("main")))
}

func (b *browser) click(selector string) {
	b.t.Helper()
	do(b, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// text is what a part of the page says.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return do(b, chromedp.Text(chromedp.CSS(selector), chromedp.NodeReady))
}

// says waits until a part of the page has a text in it.
func (b *browser) says(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("[...document.querySelectorAll(%q)].some((e) => e.textContent.includes(%q))", selector, text))
}

// until waits until an expression is true.
func (b *browser) until(expression string) {
	b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		limited, cancel := context.WithTimeout(b.ctx, patience)
		// while one page takes the place of another there is nothing to ask
		is, err := chromedp.Run(limited, chromedp.Evaluate[bool](expression))
		cancel()
		if err == nil && is {
			return
		}
	}
	b.t.Fatalf("it does not become true in %s: %s; at %s: %.900s", patience, expression, do(b, chromedp.Location()), b.text("main"))
}

func evaluate[T any](b *browser, expression string) T {
	b.t.Helper()
	return do(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// path is where the browser is.
func (b *browser) path() string {
	b.t.Helper()
	u, err := url.Parse(do(b, chromedp.Location()))
	if err != nil {
		b.t.Fatal(err)
	}
	return u.Path
}

func (b *browser) size(width, height int64) {
	b.t.Helper()
	do(
		b,
		call(
			emulation.SetDeviceMetricsOverride,
			emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600},
		),
	)
}

func (b *browser) scheme(name string) {
	b.t.Helper()
	do(
		b,
		call(
			emulation.SetEmulatedMedia,
			emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}},
		),
	)
}

// keys presses keys, one after the other, wherever the focus is.
func (b *browser) keys(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		do(b, chromedp.KeyEvent(k))
	}
}

// tabTo moves the focus forward until it is on what a selector names.
func (b *browser) tabTo(selector string) {
	b.t.Helper()
	for range 200 {
		b.keys("\t")
		if evaluate[bool](b, fmt.Sprintf("!!document.activeElement && document.activeElement.matches(%q)", selector)) {
			if !evaluate[bool](b, "document.activeElement.matches(':focus-visible')") {
				b.t.Errorf("the focus on %s is not visible", selector)
			}
			return
		}
	}
	b.t.Fatalf("no key leads to %s", selector)
}

// shots is where screenshots are kept.
func shots(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PAGES_SHOTS")
	if dir == "" {
		dir = filepath.Join("..", "..", "build", "pages")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// mostScreens is how long a page may be on a phone, as it opens.
const mostScreens = 10

// look keeps a picture of the page in light and dark, wide and narrow, and holds
// each to what a page promises.
func (b *browser) look(name string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1280, 360} {
			b.size(width, 900)
			at := fmt.Sprintf("%s-%s-%d", name, scheme, width)
			do(b, chromedp.Sleep(150*time.Millisecond))
			if over := evaluate[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
				b.t.Errorf("%s: %d pixels wider than the screen", at, over)
			}
			if height := evaluate[int](b, "document.documentElement.scrollHeight"); width < 600 && height > mostScreens*900 {
				b.t.Errorf("%s: %d pixels, more than %d screens of a phone", at, height, mostScreens)
			}
			b.sound(at)
			picture := do(b, chromedp.FullScreenshot(100))
			if err := os.WriteFile(filepath.Join(shots(b.t), at+".png"), picture, 0o644); err != nil {
				b.t.Fatal(err)
			}
			b.quiet(at)
		}
	}
	b.scheme("light")
	b.size(1280, 900)
}

// axe is the rules of accessibility, as a script.
var axe = sync.OnceValues(func() (string, error) {
	data, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return "", fmt.Errorf("%w: npm ci, in e2e/pages", err)
	}
	return string(data), nil
})

// sound fails on each finding of axe.
func (b *browser) sound(at string) {
	b.t.Helper()
	script, err := axe()
	if err != nil {
		b.t.Fatal(err)
	}
	// the debugger is not bound by the page's policy
	evaluate[bool](b, script+"; true")
	var found []struct {
		ID, Impact, Help string
		Nodes            []string
	}
	data := evaluate[string](
		b,
		`axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations.map((v) => ({ID: v.id, `+
			`Impact: v.impact, Help: v.help, Nodes: v.nodes.map((n) => n.html + " | " + n.failureSummary)}))))`,
	)
	if err := json.Unmarshal([]byte(data), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, f := range found {
		b.t.Errorf("%s: axe, %s: %s (%s), %d times, such as %.700s", at, f.Impact, f.Help, f.ID, len(f.Nodes), f.Nodes[0])
	}
}

// focused is for tests that fail: what has the focus.
func (b *browser) focused() string {
	return evaluate[string](b, "document.activeElement ? document.activeElement.outerHTML.slice(0, 200) : ''")
}
