package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Assess has a window of a cluster assessed; one that was assessed already is
// given as it is kept.
func (c *Client) Assess(ctx context.Context, q assess.Request) (a assess.Detailed, err error) {
	return a, c.decoded(ctx, http.MethodPost, "/assessments", nil, nil, q, &a)
}

// Assessment gives one that is kept.
func (c *Client) Assessment(ctx context.Context, id string) (a assess.Detailed, err error) {
	return a, c.decoded(ctx, http.MethodGet, "/assessments/"+url.PathEscape(id), nil, nil, nil, &a)
}

// An AssessmentFilter is what listed assessments have in common; what is nil or
// zero asks for nothing.
type AssessmentFilter struct {
	Cluster, Namespace *string
	// the window ends in [From, To)
	From, To time.Time
}

// Assessments gives those of a filter, the ones with the newest windows first, and
// at most as many as limit says; 0 is no limit.
func (c *Client) Assessments(ctx context.Context, f AssessmentFilter, limit int) iter.Seq2[behaviour.Assessment, error] {
	query := Filter{Cluster: f.Cluster, Namespace: f.Namespace, From: f.From, To: f.To}.query()
	return pages(limit, func(size int, cursor string) ([]behaviour.Assessment, string, error) {
		var got struct {
			Assessments []behaviour.Assessment `json:"assessments"`
			Next        string                 `json:"next_cursor"`
		}
		err := c.page(ctx, "/assessments", query, size, cursor, &got)
		return got.Assessments, got.Next, err
	})
}
