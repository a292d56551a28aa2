// Package client sends requests to the profile service, over HTTP or to a server in this
// process, with the same problems and remedies.
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
	"github.com/temporal-dsql/temporal-dsql/internal/service/remedy"
)

// Options configure a Client.
type Options struct {
	// Server is the URL of the service; Token authenticates the client.
	Server, Token string
	// Handler is a service in this process, instead of Server.
	Handler http.Handler
}

// Client sends requests to one service. It is safe for concurrent use.
type Client struct {
	base      *url.URL
	token     string
	http      *http.Client
	inProcess bool // a service in this process has no log
}

// ErrServer reports an invalid service URL.
var ErrServer = errors.New("invalid service URL: expected http://HOST or https://HOST")

// New returns a client. It sends no request yet.
func New(o Options) (*Client, error) {
	if o.Handler != nil {
		return &Client{&url.URL{Scheme: "http", Host: "127.0.0.1"}, "", &http.Client{Transport: handlerTransport{o.Handler}}, true}, nil
	}
	base, err := url.Parse(o.Server)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, ErrServer
	}
	base.RawQuery, base.Fragment = "", ""
	return &Client{base, o.Token, budget.Client(budget.ServiceAnswer, nil), false}, nil
}

// Problem is an error response of the service (RFC 9457).
type Problem struct {
	Type       string      `json:"type"`
	Title      string      `json:"title"`
	Status     int         `json:"status"`
	Detail     string      `json:"detail"`
	Remedy     string      `json:"remedy"`
	RemedyCode remedy.Code `json:"remedy_code"`
	RequestID  string      `json:"request_id"`
	// the id or file that the request was for, if the caller names it
	Subject string `json:"-"`
}

func (p *Problem) Error() string {
	if p.Subject != "" {
		return p.Subject + ": " + p.Detail
	}
	return p.Detail
}

// NameSubject adds the id or file that a request was for to a problem with it. Problems of the caller's access and of the
// service have none.
func NameSubject(subject string, err error) error {
	if p, ok := errors.AsType[*Problem](err); ok {
		switch p.Status {
		case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed,
			http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
			p.Subject = subject
		}
	}
	return err
}

// UnreachableError reports a server that does not answer as the profile service does.
type UnreachableError struct {
	Server string
	Err    error
}

func (e *UnreachableError) Error() string { return fmt.Sprintf("call %s: %v", e.Server, e.Err) }

func (e *UnreachableError) Unwrap() error { return e.Err }

// sendRequest sends one request and reads the whole response.
func (c *Client) sendRequest(ctx context.Context, method, path string, query url.Values, header map[string]string, body []byte) ([]byte,
	error) {
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
			err = inner.Err // the URL is already in the message
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
		return nil, unreachable(fmt.Errorf("unexpected answer %s: this is not temporal-dsql serve", answer.Status))
	}
	if c.inProcess {
		p.RequestID = ""
	}
	return nil, p
}

// sendJSON sends a body as JSON and decodes the response.
func (c *Client) sendJSON(ctx context.Context, method, path string, query url.Values, header map[string]string, body, into any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	answer, err := c.sendRequest(ctx, method, path, query, header, data)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return &UnreachableError{c.base.Redacted(), fmt.Errorf("cannot decode the answer: %w", err)}
	}
	return nil
}

// ProfileInput describes the profile to create.
type ProfileInput struct {
	Name          string                `json:"name"`
	ClusterID     string                `json:"cluster_id"`
	WindowStart   time.Time             `json:"time_window_start"`
	WindowEnd     time.Time             `json:"time_window_end"`
	Namespace     string                `json:"namespace,omitempty"`
	TaskQueue     string                `json:"task_queue,omitempty"`
	Label         string                `json:"label,omitempty"`
	AllowPartial  bool                  `json:"allow_partial,omitempty"`
	Config        []snapshot.InlineFile `json:"config,omitempty"`
	ServerVersion string                `json:"temporal_server_version,omitempty"`
	PluginVersion string                `json:"dsql_plugin_version,omitempty"`
	WorkerCodeSHA string                `json:"worker_code_sha,omitempty"`
	Preset        string                `json:"preset_name,omitempty"`
}

// progressInterval is the time between two polls of a creation's progress.
const progressInterval = 150 * time.Millisecond

// Create creates a profile. It calls progress, unless nil, with the number of finished
// queries.
func (c *Client) Create(ctx context.Context, q ProfileInput, progress func(done, total int)) (behaviour.Metadata, error) {
	key := uuid.NewString()
	type outcome struct {
		m   behaviour.Metadata
		err error
	}
	made := make(chan outcome, 1)
	go func() {
		var o outcome
		o.err = c.sendJSON(ctx, http.MethodPost, "/profiles", nil, map[string]string{"Idempotency-Key": key}, q, &o.m)
		made <- o
	}()
	var ticks <-chan time.Time
	if progress != nil {
		ticker := time.NewTicker(progressInterval)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		select {
		case o := <-made:
			return o.m, o.err
		case <-ticks:
			var state struct{ Done, Total int }
			// 404 before the start and after the end
			if c.sendJSON(ctx, http.MethodGet, "/creations/"+key, nil, nil, nil, &state) == nil {
				progress(state.Done, state.Total)
			}
		}
	}
}

// Filter selects profiles; nil and zero fields match all.
type Filter struct {
	Cluster, Namespace, TaskQueue, Label *string
	From, To                             time.Time
	Baseline                             *bool
}

func (f Filter) queryValues() url.Values {
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

// List iterates over the matching profiles, newest windows first. It fetches pages as
// needed, up to limit profiles; 0 means no limit.
func (c *Client) List(ctx context.Context, f Filter, limit int) iter.Seq2[behaviour.Metadata, error] {
	query := f.queryValues()
	return iteratePages(limit, func(size int, cursor string) ([]behaviour.Metadata, string, error) {
		var got struct {
			Profiles []behaviour.Metadata `json:"profiles"`
			Next     string               `json:"next_cursor"`
		}
		err := c.getPage(ctx, "/profiles", query, size, cursor, &got)
		return got.Profiles, got.Next, err
	})
}

// Get returns the document of a profile as it is stored.
func (c *Client) Get(ctx context.Context, id string) ([]byte, error) {
	document, err := c.sendRequest(ctx, http.MethodGet, "/profiles/"+url.PathEscape(id), nil, nil, nil)
	return document, NameSubject(id, err)
}

// Delete deletes a profile that is not a baseline.
func (c *Client) Delete(ctx context.Context, id string) error {
	return NameSubject(id, c.sendJSON(ctx, http.MethodDelete, "/profiles/"+url.PathEscape(id), nil, nil, nil, nil))
}

// Baseline is the profile that a cluster and namespace is compared with.
type Baseline struct {
	ClusterID string    `json:"cluster_id"`
	Namespace string    `json:"namespace"`
	ProfileID string    `json:"profile_id"`
	Previous  string    `json:"previous_profile_id,omitempty"`
	SetAt     time.Time `json:"set_at"`
}

// SetBaseline sets a profile as the baseline of its cluster and namespace. If expected is
// not empty, it replaces only that baseline.
func (c *Client) SetBaseline(ctx context.Context, id, expected string) (b Baseline, err error) {
	header := map[string]string{}
	if expected != "" {
		header["If-Match"] = `"` + expected + `"`
	}
	return b, NameSubject(id, c.sendJSON(ctx, http.MethodPost, "/profiles/"+url.PathEscape(id)+"/baseline", nil, header, nil, &b))
}

// Import stores a profile from another service with its id.
func (c *Client) Import(ctx context.Context, document []byte) (m behaviour.Metadata, err error) {
	answer, err := c.sendRequest(ctx, http.MethodPost, "/profiles/import", nil, nil, document)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(answer, &m)
}
