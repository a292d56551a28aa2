package profileview

import (
	"net/http"

	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
)

// Filter selects the metrics of a page: all in folded groups, all unfolded, or only those that matter.
type Filter struct {
	Only, Open bool
	Links      []frame.Link
}

// Values of the query parameter show.
const (
	showOnly = "outside"
	showAll  = "all"
)

// NewFilter reads the filter from the address. Only names the shortest choice.
func NewFilter(r *http.Request, only string) Filter {
	q := r.URL.Query()
	shown := q.Get("show")
	f := Filter{Only: shown == showOnly, Open: shown == showAll}
	for _, choice := range []struct{ name, show string }{{"All metrics, folded", ""}, {only, showOnly}, {"All metrics, unfolded", showAll}} {
		q.Del("made")
		q.Del("show")
		if choice.show != "" {
			q.Set("show", choice.show)
		}
		f.Links = append(f.Links, frame.Link{Name: choice.name, Address: r.URL.Path + "?" + q.Encode(), Chosen: choice.show == shown})
	}
	return f
}

// Entries above the fold: plots in three rows on a wide screen, some three screens of a phone; rows of a table.
const (
	MaxCards = 9
	MaxRows  = 8
)

// FoldedList is the first entries of a list, and the rest below a fold.
type FoldedList[T any] struct{ Shown, Folded []T }

// FoldList folds a list after its first entries.
func FoldList[T any](all []T, shown int) FoldedList[T] {
	n := min(len(all), shown)
	return FoldedList[T]{all[:n], all[n:]}
}
