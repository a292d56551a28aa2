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

// Assess assesses a window of a cluster, or returns the stored assessment of that window.
func (c *Client) Assess(ctx context.Context, q assess.Window) (a assess.DetailedAssessment, err error) {
	return a, c.sendJSON(ctx, http.MethodPost, "/assessments", nil, nil, q, &a)
}

// GetAssessment returns a stored assessment.
func (c *Client) GetAssessment(ctx context.Context, id string) (a assess.DetailedAssessment, err error) {
	return a, c.sendJSON(ctx, http.MethodGet, "/assessments/"+url.PathEscape(id), nil, nil, nil, &a)
}

// AssessmentFilter selects assessments; nil and zero fields match all.
type AssessmentFilter struct {
	Cluster, Namespace *string
	// windows that end in [From, To)
	From, To time.Time
}

// ListAssessments iterates over the matching assessments, newest windows first, up to
// limit; 0 means no limit.
func (c *Client) ListAssessments(ctx context.Context, f AssessmentFilter, limit int) iter.Seq2[behaviour.Assessment, error] {
	query := Filter{Cluster: f.Cluster, Namespace: f.Namespace, From: f.From, To: f.To}.queryValues()
	return iteratePages(limit, func(size int, cursor string) ([]behaviour.Assessment, string, error) {
		var got struct {
			Assessments []behaviour.Assessment `json:"assessments"`
			Next        string                 `json:"next_cursor"`
		}
		err := c.getPage(ctx, "/assessments", query, size, cursor, &got)
		return got.Assessments, got.Next, err
	})
}
