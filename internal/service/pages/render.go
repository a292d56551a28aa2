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
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

//go:embed web/templates
var templateFiles embed.FS

// isCrossSite reports whether a link of another site led here. The browser then withholds
// the session cookie, and sends it when a page of ours leads here.
func isCrossSite(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Site") == "cross-site" }

// pageView is the input of a page's template.
type pageView struct {
	Title string
	// Section is the current entry of the navigation.
	Section string
	Body    any

	// set by renderPage
	Who     string
	Writes  bool
	Signed  bool
	Version string
	Path    string
}

var templateFunctions = template.FuncMap{
	"asset":    assetAddress,
	"ui":       func() string { return api.UIPath },
	"number":   formatNumber,
	"markdown": renderMarkdown,
	"clock":    formatClock,
	"instant":  formatInstant,
	"span":     formatWindow,
	"plain":    formatValue,
	"stated":   formatChange,
	"unit":     func(u string) string { return strings.TrimPrefix(u, "1") }, // 1/s follows a number
	"title":    headingOf,
	"plural":   words.Count,
	"initial":  capitalise,
	"join":     strings.Join,
	"badge":    badgeFor,
	"short":    func(s string) string { return s[:min(8, len(s))] },
	"path":     url.PathEscape,
	"lower":    strings.ToLower,
	"rows":     func(n int) int { return max(3, n+1) },
}

// loadTemplates parses one template set per page: the frame, the shared parts and the
// page's own.
var loadTemplates = sync.OnceValues(func() (map[string]*template.Template, error) {
	const folder = "web/templates"
	shared, err := template.New("frame").Funcs(templateFunctions).ParseFS(templateFiles, folder+"/frame.html", folder+"/parts.html")
	if err != nil {
		return nil, err
	}
	entries, err := templateFiles.ReadDir(folder)
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
		if all[name], err = one.ParseFS(templateFiles, path.Join(folder, e.Name())); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// fragmentHeader names the part of a page that a script requests.
const fragmentHeader = "X-Fragment"

// renderPage writes a page or a fragment of it. It sends nothing before the page is
// complete.
func (p *Pages) renderPage(w http.ResponseWriter, r *http.Request, status int, name string, v pageView) {
	v.Who, v.Writes = api.RequestIdentity(r.Context())
	v.Signed, v.Version, v.Path = v.Who != "", p.config.Version, r.URL.RequestURI()
	part := "frame.html"
	if r.Header.Get(fragmentHeader) != "" {
		part = "fragment"
	}
	var out bytes.Buffer
	if err := executeTemplate(&out, name, part, v); err != nil {
		api.LogProblem(r.Context(), api.InternalProblem(err))
		http.Error(w, "cannot render the page; see the log", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", fragmentHeader)
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the client is gone
}

func executeTemplate(out *bytes.Buffer, name, part string, v any) error {
	all, err := loadTemplates()
	if err != nil {
		return err
	}
	if err := all[name].ExecuteTemplate(out, part, v); err != nil {
		return err
	}
	// names in a store of an earlier release can have characters that reorder the text around them
	page := out.String()
	if visible := words.StripInvisible(page); len(visible) < len(page) {
		out.Reset()
		out.WriteString(visible)
	}
	return nil
}

// problemOf maps an error to the problem that a page shows. An error in an input of the
// engine is a problem of the request.
func problemOf(err error) *api.Problem {
	var problem *api.Problem
	var input *source.Error
	var own *pageError
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &input) && len(input.Problems) > 0:
		first := input.Problems[0]
		return api.InvalidProblem(first.Message, cmp.Or(first.Remedy, "see the parameters page"))
	case errors.As(err, &own):
		return api.InternalProblem(err)
	}
	return api.ProblemOf(err)
}

// pageError marks a fault of the pages, not of the store.
type pageError struct{ err error }

func (e *pageError) Error() string { return e.err.Error() }

func (e *pageError) Unwrap() error { return e.err }

func wrapFault(err error) error {
	if err == nil {
		return nil
	}
	var input *source.Error
	var requestErr *behaviour.RequestError
	if errors.As(err, &input) || errors.As(err, &requestErr) {
		return err
	}
	return &pageError{err}
}

func writeJSON(w http.ResponseWriter, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return wrapFault(err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data) // the client is gone
	return nil
}

// capitalise returns s with a capital letter.
func capitalise(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }

// formatClock formats a time of day in UTC.
func formatClock(t time.Time) string { return t.UTC().Format("15:04") }

func formatInstant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// formatWindow formats a window, with the day once if both ends share it.
func formatWindow(start, end time.Time) string {
	start, end = start.UTC(), end.UTC()
	if start.Truncate(24 * time.Hour).Equal(end.Truncate(24 * time.Hour)) {
		return start.Format("2006-01-02 15:04") + "–" + end.Format("15:04")
	}
	return start.Format("2006-01-02 15:04") + " – " + end.Format("2006-01-02 15:04")
}
