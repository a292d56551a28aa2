package pages

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/profileview"
)

// maxChoices is the number of profiles that the compare page offers.
const maxChoices = 200

// comparePage is the compare page: two profiles, or the choices.
type comparePage struct {
	A, B     string
	Choices  []behaviour.Metadata // newest window first
	Groups   []choiceGroup
	Compared *profileview.Comparison
}

// choiceGroup is the profiles of one cluster and namespace.
type choiceGroup struct {
	Name     string
	Profiles []behaviour.Metadata
}

// groupChoices groups profiles by cluster and namespace.
func groupChoices(all []behaviour.Metadata) []choiceGroup {
	var groups []choiceGroup
	for _, m := range all {
		name := m.ClusterID
		if m.Namespace != "" {
			name += " / " + m.Namespace
		}
		at := slices.IndexFunc(groups, func(g choiceGroup) bool { return g.Name == name })
		if at < 0 {
			at = len(groups)
			groups = append(groups, choiceGroup{Name: name})
		}
		groups[at].Profiles = append(groups[at].Profiles, m)
	}
	return groups
}

func (p *Pages) showComparison(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := comparePage{A: q.Get("a"), B: q.Get("b")}
	found, err := p.config.Store.List(r.Context(), store.Filter{}, maxChoices, "")
	if err != nil {
		return err
	}
	v.Choices = found.Profiles
	title := "Compare"
	if v.A != "" && v.B != "" {
		if v.Compared, err = p.compareStored(r.Context(), v.A, v.B); err != nil {
			return err
		}
		title = v.Compared.A.Name + " and " + v.Compared.B.Name
		v.Compared.Show = profileview.NewFilter(r, "Only what regressed")
	} else {
		v.A, v.B = proposePair(v.Choices, v.A, v.B)
	}
	v.Groups = groupChoices(v.Choices)
	p.frame.Render(w, r, http.StatusOK, "compare", frame.View{Title: title, Section: "compare", Body: v})
	return nil
}

// proposePair fills in the profiles that the request does not name, within one cluster and namespace: the newest
// profile, and the baseline or the oldest profile before it. Where there is no second profile, it proposes none.
func proposePair(newestFirst []behaviour.Metadata, a, b string) (before, after string) {
	find := func(id string) *behaviour.Metadata {
		if at := slices.IndexFunc(newestFirst, func(m behaviour.Metadata) bool { return m.ID == id }); at >= 0 {
			return &newestFirst[at]
		}
		return nil
	}
	named := find(cmp.Or(b, a))
	if named == nil && a+b != "" {
		return a, b // of none of the choices
	}
	for _, m := range newestFirst {
		if named != nil {
			m = *named
		}
		var others []behaviour.Metadata
		for _, o := range newestFirst {
			if o.ID != m.ID && o.ClusterID == m.ClusterID && o.Namespace == m.Namespace && o.TaskQueue == m.TaskQueue {
				others = append(others, o)
			}
		}
		switch {
		case len(others) == 0 && named != nil:
			return a, b
		case len(others) == 0:
			continue
		case a != "":
			return a, others[0].ID
		case b == "" && m.IsBaseline: // a baseline is what others are compared with
			return m.ID, others[0].ID
		}
		at := slices.IndexFunc(others, func(o behaviour.Metadata) bool { return o.IsBaseline })
		if at < 0 {
			at = len(others) - 1
		}
		return others[at].ID, m.ID
	}
	return a, b
}

// compareStored compares two stored profiles.
func (p *Pages) compareStored(ctx context.Context, a, b string) (*profileview.Comparison, error) {
	var sides [2]*behaviour.Profile
	for i, id := range []string{a, b} {
		profile, err := p.config.Store.Get(ctx, id)
		if err != nil {
			if frame.ProblemOf(err).Status == http.StatusNotFound {
				return nil, frame.NotFoundProblem(fmt.Sprintf("profile %s not found", id))
			}
			return nil, err
		}
		sides[i] = profile
	}
	earlier, err := p.config.Store.Before(ctx, sides[0].Metadata, behaviour.EarlierWindows, sides[1].WindowStart)
	if err != nil {
		return nil, err
	}
	return profileview.Compare(ctx, p.engines, sides[0], sides[1], earlier)
}
