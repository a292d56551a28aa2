package pages

import (
	"net/http"
	"strconv"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// profileView shows a profile.
type profileView struct {
	*behaviour.Profile
	Span, Length  string
	Categories    []metricCategory
	Metrics       int
	Missing       int
	Outside       foldedList[metricView]
	Verdict       *conformanceView // own target; nil without one
	Show          viewFilter
	Configuration configurationView
	Baseline      *store.Baseline // baseline of the cluster and namespace
	Made          bool            // created by the previous request
	Held          []conformanceView
	Promised      string // target whose bounds the plots show
}

func (p *Pages) showProfile(w http.ResponseWriter, r *http.Request) error {
	profile, err := p.config.Store.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	baseline, err := p.config.Store.Baseline(r.Context(), profile.ClusterID, profile.Namespace)
	if err != nil {
		return err
	}
	ref, err := p.engines.loadModuleData()
	if err != nil {
		return err
	}
	// the stored document does not record later baselines
	profile.IsBaseline = baseline != nil && baseline.ProfileID == profile.ID
	held, err := p.engines.checkConformance(r.Context(), profile)
	if err != nil {
		return err
	}
	v := newProfileView(profile, ref, held)
	v.Baseline, v.Made = baseline, r.URL.Query().Has("made")
	v.Show = newViewFilter(r, "Only what is outside its bounds")
	p.renderPage(w, r, http.StatusOK, "profile", pageView{Title: profile.Name, Section: "profiles", Body: v})
	return nil
}

func newProfileView(profile *behaviour.Profile, ref *moduleData, held []conformanceView) profileView {
	promised := findPromises(held)
	outside, categories := listMetrics(profile, ref.Metrics, promised)
	v := profileView{
		Profile: profile, Span: formatWindow(profile.WindowStart, profile.WindowEnd),
		Length:     formatDuration(profile.WindowEnd.Sub(profile.WindowStart)),
		Categories: categories, Outside: foldList(outside, maxCards), Promised: promised.target, Held: held,
		Configuration: newConfigurationView(profile.Config, ref), Metrics: len(outside),
	}
	for i, h := range held {
		if h.Own {
			v.Verdict = &held[i]
			break
		}
	}
	for _, c := range v.Categories {
		v.Metrics += len(c.Metrics)
		v.Missing += c.Missing
	}
	return v
}

// showSeries returns the data of interactive plots: by metric, seconds since the start of
// the window and rounded values.
func (p *Pages) showSeries(w http.ResponseWriter, r *http.Request) error {
	profile, err := p.config.Store.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return writeJSON(w, collectSeries(profile))
}

// showDocument returns the profile as JSON for a session, which cannot call the API.
func (p *Pages) showDocument(w http.ResponseWriter, r *http.Request) error {
	profile, err := p.config.Store.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return writeJSON(w, profile)
}

type seriesPoints struct {
	Times  []int64        `json:"t"`
	Values []roundedValue `json:"v"`
}

// roundedValue is a number with five significant digits.
type roundedValue float64

// MarshalJSON formats the rounded number.
func (s roundedValue) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(s), 'g', 5, 64), nil
}

func collectSeries(profile *behaviour.Profile) map[string]seriesPoints {
	all := map[string]seriesPoints{}
	start := profile.WindowStart.Unix()
	for category, metrics := range profile.Telemetry {
		for name, s := range metrics {
			if len(s.Series) == 0 {
				continue
			}
			one := seriesPoints{make([]int64, len(s.Series)), make([]roundedValue, len(s.Series))}
			for i, p := range s.Series {
				one.Times[i], one.Values[i] = p.Time-start, roundedValue(p.Value)
			}
			all[category+"."+name] = one
		}
	}
	return all
}

// baselineConfirmation asks the user to confirm a new baseline.
type baselineConfirmation struct {
	behaviour.Metadata
	Span     string
	Current  *behaviour.Metadata
	Since    time.Time
	Expected string
}

func (p *Pages) showConfirmation(w http.ResponseWriter, r *http.Request) error {
	m, err := p.config.Store.Metadata(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	c := baselineConfirmation{Metadata: m, Span: formatWindow(m.WindowStart, m.WindowEnd)}
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
	p.renderPage(w, r, http.StatusOK, "baseline", pageView{Title: "Set as baseline", Section: "profiles", Body: c})
	return nil
}

// replaceBaseline replaces the baseline that the user saw, and no other.
func (p *Pages) replaceBaseline(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	expected, isSent := r.PostForm["expected"]
	if !isSent {
		return api.InvalidProblem("the form lacks the current baseline", "confirm on the profile's page")
	}
	b, err := p.config.Store.SetBaseline(r.Context(), r.PathValue("id"), &expected[0])
	if err != nil {
		return err
	}
	if p.config.Watcher != nil {
		// the baseline is set even if this fails
		if err := p.config.Watcher.AssessNewest(r.Context(), b.ClusterID, b.Namespace); err != nil {
			api.LogProblem(r.Context(), api.InternalProblem(err))
		}
	}
	http.Redirect(w, r, api.UIPath+"profiles/"+r.PathValue("id"), http.StatusSeeOther)
	return nil
}

// largestForm is the most bytes of a form.
const maxFormBytes = 256 << 10

func parseForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if err := r.ParseForm(); err != nil {
		return api.InvalidProblem("cannot read the form: "+err.Error(), "send it again from the page")
	}
	return nil
}
