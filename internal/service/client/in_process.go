package client

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// handlerTransport sends requests to a handler in this process, from a loopback address.
type handlerTransport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (w handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	request := r.Clone(ctx)
	request.RemoteAddr, request.RequestURI, request.Host = "127.0.0.1:0", r.URL.RequestURI(), r.URL.Host
	if request.Body == nil {
		request.Body = http.NoBody
	}
	answer := &responseBuffer{header: http.Header{}, code: http.StatusOK}
	w.handler.ServeHTTP(answer, request)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: answer.code, Status: http.StatusText(answer.code), Header: answer.header, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(&answer.body), ContentLength: int64(answer.body.Len()),
	}, nil
}

// responseBuffer is the http.ResponseWriter of a request in this process.
type responseBuffer struct {
	header     http.Header
	code       int
	hasWritten bool
	body       bytes.Buffer
}

func (a *responseBuffer) Header() http.Header { return a.header }

func (a *responseBuffer) WriteHeader(code int) {
	if !a.hasWritten {
		a.code, a.hasWritten = code, true
	}
}

func (a *responseBuffer) Write(data []byte) (int, error) {
	a.hasWritten = true
	return a.body.Write(data)
}
