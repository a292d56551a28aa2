// Package frame writes pages: templates and assets, the values that templates format, and problems as pages.
package frame

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/plot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

//go:embed web/templates
var templateFiles embed.FS

// View is the input of a page's template.
type View struct {
	Title string
	// Section is the current entry of the navigation.
	Section string
	Body    any

	// set by Render
	Who     string
	Writes  bool
	Signed  bool
	Version string
	Path    string
}

var templateFunctions = template.FuncMap{
	"asset":    assetAddress,
	"ui":       func() string { return api.UIPath },
	"number":   plot.FormatNumber,
	"markdown": renderMarkdown,
	"clock":    FormatClock,
	"instant":  formatInstant,
	"span":     FormatWindow,
	"plain":    FormatValue,
	"stated":   FormatChange,
	"unit":     func(u string) string { return strings.TrimPrefix(u, "1") }, // 1/s follows a number
	"title":    FormatHeading,
	"plural":   words.Count,
	"initial":  Capitalise,
	"join":     strings.Join,
	"badge":    NewBadge,
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

// Frame holds what all pages show.
type Frame struct{ Version string }

// Handler serves a page, or returns the error to show as a page.
type Handler func(http.ResponseWriter, *http.Request) error

// fragmentHeader names the part of a page that a script requests.
const fragmentHeader = "X-Fragment"

// Render writes a page or a fragment of it. It sends nothing before the page is
// complete.
func (f Frame) Render(w http.ResponseWriter, r *http.Request, status int, name string, v View) {
	v.Who, v.Writes = access.RequestIdentity(r.Context())
	v.Signed, v.Version, v.Path = v.Who != "", f.Version, r.URL.RequestURI()
	part := "frame.html"
	if r.Header.Get(fragmentHeader) != "" {
		part = "fragment"
	}
	var out bytes.Buffer
	if err := Execute(&out, name, part, v); err != nil {
		request.LogProblem(r.Context(), problem.NewInternal(err))
		http.Error(w, "cannot render the page; see the log", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", fragmentHeader)
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the client is gone
}

// Execute writes a part of a template.
func Execute(out *bytes.Buffer, name, part string, v any) error {
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

// WriteJSON writes a value as JSON.
func WriteJSON(w http.ResponseWriter, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return WrapFault(err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data) // the client is gone
	return nil
}

// Capitalise returns s with a capital letter.
func Capitalise(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }

// FormatClock formats a time of day in UTC.
func FormatClock(t time.Time) string { return t.UTC().Format("15:04") }

func formatInstant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// FormatWindow formats a window, with the day once if both ends share it.
func FormatWindow(start, end time.Time) string {
	start, end = start.UTC(), end.UTC()
	if start.Truncate(24 * time.Hour).Equal(end.Truncate(24 * time.Hour)) {
		return start.Format("2006-01-02 15:04") + "–" + end.Format("15:04")
	}
	return start.Format("2006-01-02 15:04") + " – " + end.Format("2006-01-02 15:04")
}

// Link links to the same page with another choice.
type Link struct {
	Name, Address string
	Chosen        bool
}
