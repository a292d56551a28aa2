package pages

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

//go:embed web/templates
var templatesIn embed.FS

// crossSite reports whether a link of another site led here: the browser keeps the
// cookie of a session back then, and sends it from a page of ours.
func crossSite(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Site") == "cross-site" }

// A view is what a page is rendered from.
type view struct {
	Title string
	// Section is the entry of the navigation that the page belongs to.
	Section string
	Body    any

	// filled in when it is rendered
	Who     string
	Writes  bool
	Signed  bool
	Version string
	Path    string
}

var functions = template.FuncMap{
	"asset":    link,
	"number":   number,
	"markdown": markdown,
	"clock":    clock,
	"instant":  instant,
	"span":     span,
	"plain":    plain,
	"stated":   stated,
	"unit":     func(u string) string { return strings.TrimPrefix(u, "1") }, // 1/s stands behind a number
	"title":    humane,
	"plural":   plural,
	"initial":  sentence,
	"join":     strings.Join,
	"badge":    badgeOf,
	"short":    func(s string) string { return s[:min(8, len(s))] },
	"path":     url.PathEscape,
	"lower":    strings.ToLower,
	"rows":     func(n int) int { return max(3, n+1) },
}

// templates are one set a page: the frame, the parts that pages share, and the
// page's own.
var templates = sync.OnceValues(func() (map[string]*template.Template, error) {
	const folder = "web/templates"
	shared, err := template.New("frame").Funcs(functions).ParseFS(templatesIn, folder+"/frame.html", folder+"/parts.html")
	if err != nil {
		return nil, err
	}
	entries, err := templatesIn.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	all := map[string]*template.Template{}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".html")
		if name == "frame" || name == "parts" {
			continue
		}
		one, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if all[name], err = one.ParseFS(templatesIn, path.Join(folder, e.Name())); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// fragmentHeader names the part of a page that a script asks for.
const fragmentHeader = "X-Fragment"

// render writes a page, or the part of it that was asked for. Nothing is sent
// before all of it is there.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	v.Who, v.Writes = api.Who(r.Context())
	v.Signed, v.Version, v.Path = v.Who != "", p.config.Version, r.URL.RequestURI()
	part := "frame.html"
	if r.Header.Get(fragmentHeader) != "" {
		part = "fragment"
	}
	var out bytes.Buffer
	if err := execute(&out, name, part, v); err != nil {
		api.Note(r.Context(), api.Failed(err))
		http.Error(w, "the page cannot be rendered; the log tells why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", fragmentHeader)
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // nobody listens any more
}

func execute(out *bytes.Buffer, name, part string, v any) error {
	all, err := templates()
	if err != nil {
		return err
	}
	return all[name].ExecuteTemplate(out, part, v)
}

// problemOf tells what an error means to who looks at a page. What the engine
// finds wrong with an input is the asker's.
func problemOf(err error) *api.Problem {
	var problem *api.Problem
	var input *source.Error
	var own *ownError
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &input) && len(input.Problems) > 0:
		first := input.Problems[0]
		return api.Invalid(first.Message, cmp.Or(first.Hint, "see the parameters page for what there is"))
	case errors.As(err, &own):
		return api.Failed(err)
	}
	return api.ProblemOf(err)
}

// An ownError is a fault of the pages, and not of the store beneath.
type ownError struct{ err error }

func (e *ownError) Error() string { return e.err.Error() }

func (e *ownError) Unwrap() error { return e.err }

func fault(err error) error {
	if err == nil {
		return nil
	}
	var input *source.Error
	var asked *behaviour.RequestError
	if errors.As(err, &input) || errors.As(err, &asked) {
		return err
	}
	return &ownError{err}
}

func writeJSON(w http.ResponseWriter, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fault(err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data) // nobody listens any more
	return nil
}

// sentence starts with a capital.
func sentence(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }

// clock is a time of day, instant the day and the time; both in UTC.
func clock(t time.Time) string { return t.UTC().Format("15:04") }

func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// span tells a window: the day once where it is the same.
func span(start, end time.Time) string {
	start, end = start.UTC(), end.UTC()
	if start.Truncate(24 * time.Hour).Equal(end.Truncate(24 * time.Hour)) {
		return start.Format("2006-01-02 15:04") + "–" + end.Format("15:04")
	}
	return start.Format("2006-01-02 15:04") + " – " + end.Format("2006-01-02 15:04")
}
