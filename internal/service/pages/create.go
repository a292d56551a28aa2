package pages

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
)

// creationForm is the form for a new profile.
type creationForm struct {
	Name, Cluster, Namespace, TaskQueue, Label, From, To string
	AllowPartial                                         bool
	Key                                                  string // idempotency key
	Clusters                                             []string
	Ranges                                               []frame.Link
	Longest                                              string
	Problem                                              *problem.Problem
}

// formTime is the layout of times in the form: in UTC, without a zone.
const formTime = "2006-01-02 15:04:05"

// showNewProfile shows the form with the values of the link. Dashboards send their time
// range as RFC 3339 or in milliseconds.
func (p *Pages) showNewProfile(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := creationForm{Name: q.Get("name"), Cluster: q.Get("cluster"), Namespace: q.Get("namespace"), TaskQueue: q.Get("task_queue"),
		Label: q.Get("label"), Key: uuid.NewString()}
	now := p.config.Now().UTC().Truncate(time.Second)
	from, to := now.Add(-time.Hour), now
	for _, t := range []struct {
		name string
		into *time.Time
	}{{"from", &from}, {"to", &to}} {
		text := q.Get(t.name)
		if text == "" {
			continue
		}
		at, err := parseTime(text)
		if err != nil {
			f.Problem = problem.NewInvalid(t.name+": "+text+" is not a valid time",
				"use RFC 3339, such as 2026-03-01T09:00:00Z, or milliseconds since 1970")
			continue
		}
		*t.into = at
	}
	f.From, f.To = from.UTC().Format(formTime), to.UTC().Format(formTime)
	if f.Name == "" {
		f.Name = proposeName(f.Namespace, f.TaskQueue, from, to)
	}
	return p.showForm(w, r, http.StatusOK, f)
}

// proposeName proposes a distinct name.
func proposeName(namespace, queue string, from, to time.Time) string {
	what := "Whole cluster"
	switch {
	case namespace != "" && queue != "":
		what = namespace + " / " + queue
	case namespace != "" || queue != "":
		what = namespace + queue
	}
	return what + ", " + frame.FormatWindow(from, to)
}

func (p *Pages) showForm(w http.ResponseWriter, r *http.Request, status int, f creationForm) error {
	names, err := p.listClusterNames(r.Context())
	if err != nil {
		return err
	}
	f.Clusters, f.Longest = names, frame.FormatDuration(behaviour.MaxWindow)
	if f.Cluster == "" && len(names) > 0 {
		f.Cluster = names[0]
	}
	now := p.config.Now().UTC().Truncate(time.Second)
	for _, d := range []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, behaviour.MaxWindow} {
		q := url.Values{"from": {now.Add(-d).Format(time.RFC3339)}, "to": {now.Format(time.RFC3339)}, "cluster": {f.Cluster},
			"namespace": {f.Namespace}, "task_queue": {f.TaskQueue}, "label": {f.Label}}
		f.Ranges = append(f.Ranges, frame.Link{Name: "Last " + frame.FormatDuration(d), Address: api.UIPath + "profiles/new?" + q.Encode()})
	}
	p.frame.Render(w, r, status, "create", frame.View{Title: "New profile", Section: "profiles", Body: f})
	return nil
}

func (p *Pages) createProfile(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	v := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := creationForm{
		Name: v("name"), Cluster: v("cluster"), Namespace: v("namespace"), TaskQueue: v("task_queue"), Label: v("label"),
		From: v("from"), To: v("to"), AllowPartial: v("allow_partial") != "", Key: v("key"),
	}
	made, err := p.recordProfile(r, f)
	if err != nil {
		f.Problem = frame.ProblemOf(err)
		f.Key = uuid.NewString() // the corrected form is another request
		request.LogProblem(r.Context(), f.Problem)
		return p.showForm(w, r, f.Problem.Status, f)
	}
	http.Redirect(w, r, api.UIPath+"profiles/"+made.ID+"?made", http.StatusSeeOther)
	return nil
}

func (p *Pages) recordProfile(r *http.Request, f creationForm) (behaviour.Metadata, error) {
	q := record.Request{Name: f.Name, ClusterID: f.Cluster, Namespace: f.Namespace, TaskQueue: f.TaskQueue, Label: f.Label,
		AllowPartial: f.AllowPartial, Key: f.Key}
	for _, t := range []struct {
		name, text string
		into       *time.Time
	}{{"start", f.From, &q.WindowStart}, {"end", f.To, &q.WindowEnd}} {
		at, err := parseTime(t.text)
		if err != nil {
			return behaviour.Metadata{}, problem.NewInvalid("the "+t.name+" of the window is not a valid time: "+t.text,
				"use a time such as 2026-03-01 09:00, in UTC")
		}
		*t.into = at
	}
	return p.config.Recorder.Create(r.Context(), q)
}

// showProgress returns the progress of a creation; it is zero before the start and after
// the end.
func (p *Pages) showProgress(w http.ResponseWriter, r *http.Request) error {
	at, _ := p.config.Recorder.Progress(r.PathValue("key"))
	return frame.WriteJSON(w, at)
}

// parseTime parses RFC 3339, milliseconds since 1970, or the time of a form field in UTC.
func parseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), nil
	}
	var err error
	for _, layout := range []string{time.RFC3339Nano, formTime, "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		var at time.Time
		if at, err = time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, err
}
