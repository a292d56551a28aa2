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
)

// A creationForm asks for a profile.
type creationForm struct {
	Name, Cluster, Namespace, TaskQueue, Label, From, To string
	AllowPartial                                         bool
	Key                                                  string // makes it once, however often it is sent
	Clusters                                             []string
	Ranges                                               []choice
	Longest                                              string
	Problem                                              *api.Problem
}

// A choice is a link to the same page with something else chosen.
type choice struct {
	Name, Address string
	Chosen        bool
}

// field is how times stand in the form: without a zone, in UTC.
const field = "2006-01-02T15:04:05"

// newProfile shows the form, filled in by who links here: a dashboard gives its
// time range as RFC 3339 or as milliseconds.
func (p *Pages) newProfile(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := creationForm{Name: q.Get("name"), Cluster: q.Get("cluster"), Namespace: q.Get("namespace"), TaskQueue: q.Get("task_queue"), Label: q.Get("label"), Key: uuid.NewString()}
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
		at, err := readTime(text)
		if err != nil {
			f.Problem = api.Invalid(t.name+" is "+text+", which is no time", "RFC 3339, such as 2026-03-01T09:00:00Z, or milliseconds since 1970")
			continue
		}
		*t.into = at
	}
	f.From, f.To = from.UTC().Format(field), to.UTC().Format(field)
	if f.Name == "" {
		f.Name = nameFor(f.Namespace, f.TaskQueue, from, to)
	}
	return p.showForm(w, r, http.StatusOK, f)
}

// nameFor proposes a name that tells profiles apart.
func nameFor(namespace, queue string, from, to time.Time) string {
	what := "Whole cluster"
	switch {
	case namespace != "" && queue != "":
		what = namespace + " / " + queue
	case namespace != "" || queue != "":
		what = namespace + queue
	}
	return what + ", " + span(from, to)
}

func (p *Pages) showForm(w http.ResponseWriter, r *http.Request, status int, f creationForm) error {
	names, err := p.clusterNames(r.Context())
	if err != nil {
		return err
	}
	f.Clusters, f.Longest = names, length(behaviour.MaxWindow)
	if f.Cluster == "" && len(names) > 0 {
		f.Cluster = names[0]
	}
	now := p.config.Now().UTC().Truncate(time.Second)
	for _, d := range []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, behaviour.MaxWindow} {
		q := url.Values{"from": {now.Add(-d).Format(time.RFC3339)}, "to": {now.Format(time.RFC3339)}, "cluster": {f.Cluster}, "namespace": {f.Namespace}, "task_queue": {f.TaskQueue}, "label": {f.Label}}
		f.Ranges = append(f.Ranges, choice{Name: "Last " + length(d), Address: "/ui/profiles/new?" + q.Encode()})
	}
	p.render(w, r, status, "create", view{Title: "New profile", Section: "profiles", Body: f})
	return nil
}

func (p *Pages) createProfile(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	v := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := creationForm{
		Name: v("name"), Cluster: v("cluster"), Namespace: v("namespace"), TaskQueue: v("task_queue"), Label: v("label"),
		From: v("from"), To: v("to"), AllowPartial: v("allow_partial") != "", Key: v("key"),
	}
	made, err := p.create(r, f)
	if err != nil {
		f.Problem = problemOf(err)
		f.Key = uuid.NewString() // another request, once it is corrected
		api.Note(r.Context(), f.Problem)
		return p.showForm(w, r, f.Problem.Status, f)
	}
	http.Redirect(w, r, "/ui/profiles/"+made.ID+"?made", http.StatusSeeOther)
	return nil
}

func (p *Pages) create(r *http.Request, f creationForm) (behaviour.Metadata, error) {
	q := record.Request{Name: f.Name, ClusterID: f.Cluster, Namespace: f.Namespace, TaskQueue: f.TaskQueue, Label: f.Label, AllowPartial: f.AllowPartial, Key: f.Key}
	for _, t := range []struct {
		name, text string
		into       *time.Time
	}{{"start", f.From, &q.WindowStart}, {"end", f.To, &q.WindowEnd}} {
		at, err := readTime(t.text)
		if err != nil {
			return behaviour.Metadata{}, api.Invalid("the "+t.name+" of the window is no time: "+t.text, "write it as 2026-03-01T09:00:00, in UTC")
		}
		*t.into = at
	}
	return p.config.Recorder.Create(r.Context(), q)
}

// creation tells how far a profile is that is being made; nothing of nothing before
// and after.
func (p *Pages) creation(w http.ResponseWriter, r *http.Request) error {
	at, _ := p.config.Recorder.Progress(r.PathValue("key"))
	return writeJSON(w, at)
}

// readTime reads RFC 3339, milliseconds since 1970, or what a form's field gives,
// which is in UTC.
func readTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), nil
	}
	var err error
	for _, layout := range []string{time.RFC3339Nano, field, "2006-01-02T15:04", time.DateOnly} {
		var at time.Time
		if at, err = time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, err
}
