// Package cloudwatchtest simulates the part of Amazon CloudWatch that returns metrics, in its protocol (Smithy RPC v2
// with CBOR). It checks that requests are signed.
package cloudwatchtest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"

	"github.com/temporal-dsql/temporal-dsql/internal/awstest"
)

// Cluster is the identifier of the Aurora DSQL cluster that the server knows.
const Cluster = "abcdefghij0123456789klmnop"

// Server simulates one account and region. It accepts signatures with awstest.Key.
type Server struct {
	URL string
	// Value returns the value of a metric in a period, and whether there is one. It gets "NAMESPACE METRIC
	// STATISTIC DIMENSION=VALUE…".
	Value func(metric string, start time.Time, period time.Duration) (float64, bool)
	// Refuse can return an error code and message, or "". It gets the number of requests before.
	Refuse func(before int) (code, message string)
	// Status returns the status code of a metric, and a message; nil means Complete for all.
	Status func(metric string) (code, message string)
	// PageSize limits the samples of a metric in one answer; 0 means no limit.
	PageSize int

	mu    sync.Mutex
	asked []Request
}

// Request is a request that a client sent.
type Request struct {
	Start, End time.Time
	Period     time.Duration
	Metrics    []string
}

// Start starts a Server for the duration of a test, and sets the credentials that it accepts.
func Start(t testing.TB) *Server {
	awstest.SetCredentials(t)
	s := &Server{}
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	s.URL = listening.URL
	return s
}

// Asked returns the requests.
func (s *Server) Asked() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// path of the only operation
const path = "/service/GraniteServiceVersion20100801/operation/GetMetricData"

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	refuse := func(code, message string) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(cbor.Encode(cbor.Map{"__type": cbor.String(code), "message": cbor.String(message)})) // the client may be gone
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = awstest.CheckSignature(r, body, "monitoring", awstest.Key)
	}
	if err != nil {
		refuse("InvalidSignatureException", err.Error())
		return
	}
	if r.URL.Path != path || r.Method != http.MethodPost || r.Header.Get("Smithy-Protocol") != "rpc-v2-cbor" {
		refuse("UnknownOperationException", r.Method+" "+r.URL.Path)
		return
	}
	asked, queries, offset, err := parseRequest(body)
	s.mu.Lock()
	before := len(s.asked)
	s.asked = append(s.asked, asked)
	s.mu.Unlock()
	if s.Refuse != nil {
		if code, message := s.Refuse(before); code != "" {
			refuse(code, message)
			return
		}
	}
	if err != nil {
		refuse("ValidationError", err.Error())
		return
	}
	_, _ = w.Write(cbor.Encode(s.answer(asked, queries, offset))) // the client may be gone
}

// answer returns one page.
func (s *Server) answer(asked Request, ids []string, offset int) cbor.Map {
	results, more := cbor.List{}, false
	for i, id := range ids {
		status, message := "Complete", ""
		if s.Status != nil {
			status, message = s.Status(asked.Metrics[i])
		}
		times, values, seen := cbor.List{}, cbor.List{}, 0
		for at := asked.Start; at.Before(asked.End) && status == "Complete"; at = at.Add(asked.Period) {
			value, has := s.Value(asked.Metrics[i], at, asked.Period)
			if !has {
				continue
			}
			if seen++; seen <= offset {
				continue
			}
			if s.PageSize > 0 && len(times) == s.PageSize {
				status, more = "PartialData", true
				break
			}
			times = append(times, &cbor.Tag{ID: 1, Value: cbor.Float64(at.Unix())})
			values = append(values, cbor.Float64(value))
		}
		one := cbor.Map{"Id": cbor.String(id), "StatusCode": cbor.String(status), "Timestamps": times, "Values": values}
		if message != "" {
			one["Messages"] = cbor.List{cbor.Map{"Code": cbor.String(status), "Value": cbor.String(message)}}
		}
		results = append(results, one)
	}
	out := cbor.Map{"MetricDataResults": results, "Messages": cbor.List{}}
	if more {
		out["NextToken"] = cbor.String(fmt.Sprint(offset + s.PageSize))
	}
	return out
}

// parseRequest reads a request as strictly as CloudWatch does.
func parseRequest(body []byte) (asked Request, ids []string, offset int, err error) {
	decoded, err := cbor.Decode(body)
	if err != nil {
		return asked, nil, 0, err
	}
	in, _ := decoded.(cbor.Map)
	if asked.Start, err = cbor.AsTime(in["StartTime"]); err != nil {
		return asked, nil, 0, fmt.Errorf("start: %w", err)
	}
	if asked.End, err = cbor.AsTime(in["EndTime"]); err != nil {
		return asked, nil, 0, fmt.Errorf("end: %w", err)
	}
	if token, has := in["NextToken"].(cbor.String); has {
		if _, err := fmt.Sscan(string(token), &offset); err != nil {
			return asked, nil, 0, fmt.Errorf("token: %w", err)
		}
	}
	queries, _ := in["MetricDataQueries"].(cbor.List)
	if len(queries) == 0 || len(queries) > 500 {
		return asked, nil, 0, fmt.Errorf("%d queries", len(queries))
	}
	for _, q := range queries {
		one, _ := q.(cbor.Map)
		id, _ := one["Id"].(cbor.String)
		stat, _ := one["MetricStat"].(cbor.Map)
		metric, _ := stat["Metric"].(cbor.Map)
		text := func(of cbor.Map, field string) string { value, _ := of[field].(cbor.String); return string(value) }
		name := []string{text(metric, "Namespace"), text(metric, "MetricName"), text(stat, "Stat")}
		dimensions, _ := metric["Dimensions"].(cbor.List)
		for _, d := range dimensions {
			pair, _ := d.(cbor.Map)
			name = append(name, text(pair, "Name")+"="+text(pair, "Value"))
		}
		seconds, err := cbor.AsInt32(stat["Period"])
		if err != nil || seconds <= 0 || seconds%60 != 0 {
			return asked, nil, 0, fmt.Errorf("the period is %d s", seconds)
		}
		asked.Period = time.Duration(seconds) * time.Second
		asked.Metrics, ids = append(asked.Metrics, strings.Join(name, " ")), append(ids, string(id))
	}
	return asked, ids, offset, nil
}
