package pages

import (
	"net/http"
	"strconv"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// A profileView is a whole profile as a page shows it.
type profileView struct {
	*behaviour.Profile
	Span, Length  string
	Categories    []category
	Metrics       int
	Missing       int
	Configuration configuration
	Baseline      *store.Baseline // of its cluster and namespace
	Made          bool            // just now
	Held          []held
	Promised      string // whose bounds the plots show
}

func (p *Pages) profile(w http.ResponseWriter, r *http.Request) error {
	profile, err := p.config.Store.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	baseline, err := p.config.Store.Baseline(r.Context(), profile.ClusterID, profile.Namespace)
	if err != nil {
		return err
	}
	ref, err := p.workshop.refer()
	if err != nil {
		return err
	}
	// the document does not change when the baseline does
	profile.IsBaseline = baseline != nil && baseline.ProfileID == profile.ID
	held, err := p.workshop.conformance(r.Context(), profile)
	if err != nil {
		return err
	}
	v := newProfileView(profile, ref, held)
	v.Baseline, v.Made = baseline, r.URL.Query().Has("made")
	p.render(w, r, http.StatusOK, "profile", view{Title: profile.Name, Section: "profiles", Body: v})
	return nil
}

func newProfileView(profile *behaviour.Profile, ref *reference, held []held) profileView {
	promised, by := promisedOf(held)
	v := profileView{
		Profile: profile, Span: span(profile.WindowStart, profile.WindowEnd), Length: length(profile.WindowEnd.Sub(profile.WindowStart)),
		Categories: categories(profile, ref.Metrics, promised), Promised: by, Held: held, Configuration: configurationOf(profile.Config, ref),
	}
	for _, c := range v.Categories {
		v.Metrics += len(c.Metrics)
		v.Missing += c.Missing
	}
	return v
}

// series gives what a script draws anew: by metric, seconds from the start of
// the window and values, of as many digits as a plot shows.
func (p *Pages) series(w http.ResponseWriter, r *http.Request) error {
	profile, err := p.config.Store.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return writeJSON(w, seriesOf(profile))
}

// document gives the whole profile, to who signed in for pages only.
func (p *Pages) document(w http.ResponseWriter, r *http.Request) error {
	profile, err := p.config.Store.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return writeJSON(w, profile)
}

type points struct {
	Times  []int64     `json:"t"`
	Values []shortened `json:"v"`
}

// shortened numbers have five digits that count.
type shortened float64

// MarshalJSON writes it.
func (s shortened) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(s), 'g', 5, 64), nil
}

func seriesOf(profile *behaviour.Profile) map[string]points {
	all := map[string]points{}
	start := profile.WindowStart.Unix()
	for category, metrics := range profile.Telemetry {
		for name, s := range metrics {
			if len(s.Series) == 0 {
				continue
			}
			one := points{make([]int64, len(s.Series)), make([]shortened, len(s.Series))}
			for i, p := range s.Series {
				one.Times[i], one.Values[i] = p.Time-start, shortened(p.Value)
			}
			all[category+"."+name] = one
		}
	}
	return all
}

// A confirmation asks before a profile becomes the baseline.
type confirmation struct {
	behaviour.Metadata
	Span     string
	Current  *behaviour.Metadata
	Since    time.Time
	Expected string
}

func (p *Pages) confirmBaseline(w http.ResponseWriter, r *http.Request) error {
	m, err := p.config.Store.Metadata(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	c := confirmation{Metadata: m, Span: span(m.WindowStart, m.WindowEnd)}
	baseline, err := p.config.Store.Baseline(r.Context(), m.ClusterID, m.Namespace)
	if err != nil {
		return err
	}
	if baseline != nil {
		c.Expected, c.Since = baseline.ProfileID, baseline.SetAt
		current, err := p.config.Store.Metadata(r.Context(), baseline.ProfileID)
		if err != nil {
			return err
		}
		c.Current = &current
	}
	p.render(w, r, http.StatusOK, "baseline", view{Title: "Make it the baseline", Section: "profiles", Body: c})
	return nil
}

// setBaseline takes the place of the baseline that was shown, and of no other.
func (p *Pages) setBaseline(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	expected, given := r.PostForm["expected"]
	if !given {
		return api.Invalid("the form does not say which baseline was there", "confirm it on the profile's page")
	}
	if _, err := p.config.Store.SetBaseline(r.Context(), r.PathValue("id"), &expected[0]); err != nil {
		return err
	}
	http.Redirect(w, r, "/ui/profiles/"+r.PathValue("id"), http.StatusSeeOther)
	return nil
}

// largestForm is the most bytes of a form.
const largestForm = 256 << 10

func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, largestForm)
	if err := r.ParseForm(); err != nil {
		return api.Invalid("the form cannot be read: "+err.Error(), "send it again from the page")
	}
	return nil
}
