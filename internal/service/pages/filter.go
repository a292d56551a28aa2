package pages

import "net/http"

// viewFilter selects the metrics of a page: all in folded groups, all unfolded, or only those that matter.
type viewFilter struct {
	Only, Open bool
	Links      []pageLink
}

// Values of the query parameter show.
const (
	showOnly = "outside"
	showAll  = "all"
)

// newViewFilter reads the filter from the address. Only names the shortest choice.
func newViewFilter(r *http.Request, only string) viewFilter {
	q := r.URL.Query()
	shown := q.Get("show")
	f := viewFilter{Only: shown == showOnly, Open: shown == showAll}
	for _, choice := range []struct{ name, show string }{{"All metrics, folded", ""}, {only, showOnly}, {"All metrics, unfolded", showAll}} {
		q.Del("made")
		q.Del("show")
		if choice.show != "" {
			q.Set("show", choice.show)
		}
		f.Links = append(f.Links, pageLink{choice.name, r.URL.Path + "?" + q.Encode(), choice.show == shown})
	}
	return f
}

// Entries above the fold: plots in three rows on a wide screen, some three screens of a phone; rows of a table.
const (
	maxCards = 9
	maxRows  = 8
)

// foldedList is the first entries of a list, and the rest below a fold.
type foldedList[T any] struct{ Shown, Folded []T }

func foldList[T any](all []T, shown int) foldedList[T] {
	n := min(len(all), shown)
	return foldedList[T]{all[:n], all[n:]}
}
