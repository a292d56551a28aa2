package pages

import (
	"net/http"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/profileview"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
)

func (p *Pages) showProfile(w http.ResponseWriter, r *http.Request) error {
	profile, err := p.config.Store.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	baseline, err := p.config.Store.Baseline(r.Context(), profile.ClusterID, profile.Namespace)
	if err != nil {
		return err
	}
	ref, err := p.engines.LoadModuleData()
	if err != nil {
		return err
	}
	// the stored document does not record later baselines
	profile.IsBaseline = baseline != nil && baseline.ProfileID == profile.ID
	held, err := profileview.CheckConformance(r.Context(), p.engines, profile)
	if err != nil {
		return err
	}
	v := profileview.NewProfile(profile, ref, held)
	v.Baseline, v.Made = baseline, r.URL.Query().Has("made")
	v.Show = profileview.NewFilter(r, "Only what is outside its bounds")
	p.frame.Render(w, r, http.StatusOK, "profile", frame.View{Title: profile.Name, Section: "profiles", Body: v})
	return nil
}

// showSeries returns the data of interactive plots: by metric, seconds since the start of
// the window and rounded values.
func (p *Pages) showSeries(w http.ResponseWriter, r *http.Request) error {
	profile, err := p.config.Store.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return frame.WriteJSON(w, profileview.CollectSeries(profile))
}

// showDocument returns the profile as JSON for a session, which cannot call the API.
func (p *Pages) showDocument(w http.ResponseWriter, r *http.Request) error {
	profile, err := p.config.Store.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return frame.WriteJSON(w, profile)
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
	c := baselineConfirmation{Metadata: m, Span: frame.FormatWindow(m.WindowStart, m.WindowEnd)}
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
	p.frame.Render(w, r, http.StatusOK, "baseline", frame.View{Title: "Set as baseline", Section: "profiles", Body: c})
	return nil
}

// replaceBaseline replaces the baseline that the user saw, and no other.
func (p *Pages) replaceBaseline(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	expected, isSent := r.PostForm["expected"]
	if !isSent {
		return problem.NewInvalid("the form lacks the current baseline", "confirm on the profile's page")
	}
	b, err := p.config.Store.SetBaseline(r.Context(), r.PathValue("id"), store.CurrentIs(expected[0]))
	if err != nil {
		return err
	}
	if p.config.Watcher != nil {
		// the baseline is set even if this fails
		if err := p.config.Watcher.AssessNewest(r.Context(), b.ClusterID, b.Namespace); err != nil {
			request.LogProblem(r.Context(), problem.NewInternal(err))
		}
	}
	http.Redirect(w, r, api.UIPath+"profiles/"+r.PathValue("id"), http.StatusSeeOther)
	return nil
}

func parseForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, budget.FormBytes.Most)
	if err := r.ParseForm(); err != nil {
		return problem.NewInvalid("cannot read the form: "+err.Error(), "send it again from the page")
	}
	return nil
}
