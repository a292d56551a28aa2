// Package client asks the profile service, over HTTP or in this process: the
// same requests, and the same problems with their remedies.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// Options say which service is asked.
type Options struct {
	// Server is its URL; Token says who asks, where it wants to know.
	Server, Token string
	// Handler is a service in this process, in the place of a Server.
	Handler http.Handler
}

// A Client asks one service. It may be used by many at once.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
	here  bool // in this process, which keeps no log
}

// ErrServer is of a URL that is none.
var ErrServer = errors.New("the URL of the service is no http://HOST or https://HOST")

// New makes a Client. It asks nothing yet.
func New(o Options) (*Client, error) {
	if o.Handler != nil {
		return &Client{&url.URL{Scheme: "http", Host: "127.0.0.1"}, "", &http.Client{Transport: within{o.Handler}}, true}, nil
	}
	base, err := url.Parse(o.Server)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, ErrServer
	}
	base.RawQuery, base.Fragment = "", ""
	return &Client{base, o.Token, budget.Client(budget.ServiceAnswer, nil), false}, nil
}

// A Problem is what the service says is wrong (RFC 9457).
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Remedy    string `json:"remedy"`
	RequestID string `json:"request_id"`
}

func (p *Problem) Error() string { return p.Detail }

// An UnreachableError is of a service that does not answer as one.
type UnreachableError struct {
	Server string
	Err    error
}

func (e *UnreachableError) Error() string { return fmt.Sprintf("ask %s: %v", e.Server, e.Err) }

func (e *UnreachableError) Unwrap() error { return e.Err }

// ask sends one request and reads the whole answer.
func (c *Client) ask(ctx context.Context, method, path string, query url.Values, header map[string]string, body []byte) ([]byte, error) {
	at := *c.base
	at.Path = strings.TrimSuffix(at.Path, "/") + path
	at.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	unreachable := func(err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err // the URL is named already
		}
		return &UnreachableError{c.base.Redacted(), err}
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, unreachable(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, unreachable(err)
	}
	if answer.StatusCode < http.StatusMultipleChoices {
		return data, nil
	}
	p := &Problem{}
	if json.Unmarshal(data, p) != nil || p.Detail == "" {
		return nil, unreachable(fmt.Errorf("it answers %s, and not as temporal-dsql serve does", answer.Status))
	}
	if c.here {
		p.RequestID = ""
	}
	return nil, p
}

// decoded asks and reads the answer into a value.
func (c *Client) decoded(ctx context.Context, method, path string, query url.Values, header map[string]string, body, into any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	answer, err := c.ask(ctx, method, path, query, header, data)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return &UnreachableError{c.base.Redacted(), fmt.Errorf("the answer is not what it should be: %w", err)}
	}
	return nil
}

// A Request asks for a profile.
type Request struct {
	Name          string           `json:"name"`
	ClusterID     string           `json:"cluster_id"`
	WindowStart   time.Time        `json:"time_window_start"`
	WindowEnd     time.Time        `json:"time_window_end"`
	Namespace     string           `json:"namespace,omitempty"`
	TaskQueue     string           `json:"task_queue,omitempty"`
	Label         string           `json:"label,omitempty"`
	AllowPartial  bool             `json:"allow_partial,omitempty"`
	Config        []snapshot.Given `json:"config,omitempty"`
	ServerVersion string           `json:"temporal_server_version,omitempty"`
	PluginVersion string           `json:"dsql_plugin_version,omitempty"`
	WorkerCodeSHA string           `json:"worker_code_sha,omitempty"`
	Preset        string           `json:"preset_name,omitempty"`
}

// between two questions for how far a profile is.
const tick = 150 * time.Millisecond

// Create makes a profile. Progress, where there is one, is told of the queries
// that are done, from this goroutine's side of the request.
func (c *Client) Create(ctx context.Context, q Request, progress func(done, total int)) (behaviour.Metadata, error) {
	key := uuid.NewString()
	type outcome struct {
		m   behaviour.Metadata
		err error
	}
	made := make(chan outcome, 1)
	go func() {
		var o outcome
		o.err = c.decoded(ctx, http.MethodPost, "/profiles", nil, map[string]string{"Idempotency-Key": key}, q, &o.m)
		made <- o
	}()
	var ticks <-chan time.Time
	if progress != nil {
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		select {
		case o := <-made:
			return o.m, o.err
		case <-ticks:
			var far struct{ Done, Total int }
			// there is none before it begins and after it ends
			if c.decoded(ctx, http.MethodGet, "/creations/"+key, nil, nil, nil, &far) == nil {
				progress(far.Done, far.Total)
			}
		}
	}
}

// A Filter is what listed profiles have in common; what is nil or zero asks for
// nothing.
type Filter struct {
	Cluster, Namespace, TaskQueue, Label *string
	From, To                             time.Time
	Baseline                             *bool
}

func (f Filter) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]*string{"cluster": f.Cluster, "namespace": f.Namespace, "task_queue": f.TaskQueue, "label": f.Label} {
		if value != nil {
			q.Set(name, *value)
		}
	}
	for name, at := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !at.IsZero() {
			q.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	if f.Baseline != nil {
		q.Set("baseline", strconv.FormatBool(*f.Baseline))
	}
	return q
}

// List gives the profiles of a filter, those with the newest windows first. It
// asks for no more than are taken, and at most for as many as limit says; 0 is no limit.
func (c *Client) List(ctx context.Context, f Filter, limit int) iter.Seq2[behaviour.Metadata, error] {
	query := f.query()
	return pages(limit, func(size int, cursor string) ([]behaviour.Metadata, string, error) {
		var got struct {
			Profiles []behaviour.Metadata `json:"profiles"`
			Next     string               `json:"next_cursor"`
		}
		err := c.page(ctx, "/profiles", query, size, cursor, &got)
		return got.Profiles, got.Next, err
	})
}

// Get gives the document of a profile, as it is kept.
func (c *Client) Get(ctx context.Context, id string) ([]byte, error) {
	return c.ask(ctx, http.MethodGet, "/profiles/"+url.PathEscape(id), nil, nil, nil)
}

// Delete removes a profile that is no baseline.
func (c *Client) Delete(ctx context.Context, id string) error {
	return c.decoded(ctx, http.MethodDelete, "/profiles/"+url.PathEscape(id), nil, nil, nil, nil)
}

// A Baseline is the profile that a cluster and namespace is held to.
type Baseline struct {
	ClusterID string    `json:"cluster_id"`
	Namespace string    `json:"namespace"`
	ProfileID string    `json:"profile_id"`
	Previous  string    `json:"previous_profile_id,omitempty"`
	SetAt     time.Time `json:"set_at"`
}

// SetBaseline makes a profile the baseline of its cluster and namespace; with a
// profile that is expected, only in the place of that one. "" takes the place of any.
func (c *Client) SetBaseline(ctx context.Context, id, expected string) (b Baseline, err error) {
	header := map[string]string{}
	if expected != "" {
		header["If-Match"] = `"` + expected + `"`
	}
	return b, c.decoded(ctx, http.MethodPost, "/profiles/"+url.PathEscape(id)+"/baseline", nil, header, nil, &b)
}

// Import keeps a profile that was made elsewhere, with its id.
func (c *Client) Import(ctx context.Context, document []byte) (m behaviour.Metadata, err error) {
	answer, err := c.ask(ctx, http.MethodPost, "/profiles/import", nil, nil, document)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(answer, &m)
}
