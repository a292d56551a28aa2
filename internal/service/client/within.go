package client

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// within asks a service in this process, as one who is on this machine.
type within struct{ handler http.Handler }

// RoundTrip is what http.Client asks for.
func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	asked := r.Clone(ctx)
	asked.RemoteAddr, asked.RequestURI, asked.Host = "127.0.0.1:0", r.URL.RequestURI(), r.URL.Host
	if asked.Body == nil {
		asked.Body = http.NoBody
	}
	answer := &answer{header: http.Header{}, code: http.StatusOK}
	w.handler.ServeHTTP(answer, asked)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: answer.code, Status: http.StatusText(answer.code), Header: answer.header, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(&answer.body), ContentLength: int64(answer.body.Len()),
	}, nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	code   int
	wrote  bool
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(code int) {
	if !a.wrote {
		a.code, a.wrote = code, true
	}
}

func (a *answer) Write(data []byte) (int, error) {
	a.wrote = true
	return a.body.Write(data)
}
