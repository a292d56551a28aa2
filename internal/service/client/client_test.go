package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
)

func TestTimes(t *testing.T) {
	zone := time.FixedZone("UTC+2", 2*60*60)
	now := time.Date(2026, 11, 24, 20, 0, 0, 0, zone)
	for text, want := range map[string]time.Time{
		"now":                       now,
		"-2h":                       now.Add(-2 * time.Hour),
		"now-15m":                   now.Add(-15 * time.Minute),
		"now - 1d":                  now.Add(-24 * time.Hour),
		"-1d12h":                    now.Add(-36 * time.Hour),
		"2026-11-24T10:00:00Z":      time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
		"2026-11-24T10:00:00+02:00": time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC),
		"2026-11-24":                time.Date(2026, 11, 23, 22, 0, 0, 0, time.UTC),
		"2026-11-24 10:30":          time.Date(2026, 11, 24, 8, 30, 0, 0, time.UTC),
	} {
		if got, err := client.ParseTime(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "yesterday", "2h", "+2h", "--2h", "-2", "-1x", "-1d-2h", "24.11.2026", "-99999999999d",
		"-100000d2562047h", "now-"} {
		if got, err := client.ParseTime(text, now); err == nil || !strings.Contains(err.Error(), "is not a valid time") {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
}

// TestRelativeTimes checks any number of seconds in the past.
func TestRelativeTimes(t *testing.T) {
	now := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		days, rest := rapid.IntRange(0, 1000).Draw(t, "days"), time.Duration(rapid.IntRange(1, 86399).Draw(t, "seconds"))*time.Second
		got, err := client.ParseTime(fmt.Sprintf("-%dd%s", days, rest), now)
		if want := now.Add(-time.Duration(days)*24*time.Hour - rest); err != nil || !got.Equal(want) {
			t.Fatalf("%v, %v; want %v", got, err, want)
		}
	})
}

// FuzzTime checks that every text is a time or an error that lists the formats.
func FuzzTime(f *testing.F) {
	now := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	for _, seed := range []string{"now", "-2h", "now - 1d12h", "2026-11-24", "2026-11-24 10:30", "2026-11-24T10:00:00+02:00",
		"-100000d2562047h", "-1d-2h", "--1h", "\x00", "-1e9h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := client.ParseTime(text, now)
		if err != nil && !strings.Contains(err.Error(), "is not a valid time") {
			t.Fatalf("%q: %v", text, err)
		}
		if trimmed := strings.TrimPrefix(
			strings.TrimSpace(text),
			"now",
		); err == nil &&
			strings.HasPrefix(strings.TrimSpace(trimmed), "-") &&
			at.After(now) {
			t.Fatalf("%q lies ahead: %v", text, at)
		}
	})
}

func TestSparklines(t *testing.T) {
	series := func(values ...float64) (all []behaviour.Point) {
		for i, v := range values {
			all = append(all, behaviour.Point{Time: int64(i * 10), Value: v})
		}
		return all
	}
	for _, x := range []struct {
		series  []behaviour.Point
		end     int64
		columns int
		want    string
	}{
		{series(0, 1, 2, 3, 4, 5, 6, 7), 80, 8, "▁▂▃▄▅▆▇█"},
		{series(5, 5, 5, 5), 40, 4, "▁▁▁▁"},
		{series(0, 9, 0, 0, 0, 0, 0, 0), 80, 4, "█▁▁▁"}, // the highest of each column
		{[]behaviour.Point{{Time: 0, Value: 1}, {Time: 70, Value: 2}}, 80, 8, "▁      █"},
		{series(-1, 1), 20, 2, "▁█"},
		{nil, 80, 8, ""},
		{series(1), 0, 8, ""},
	} {
		if got := client.DrawSparkline(x.series, 0, x.end, x.columns); got != x.want {
			t.Errorf("%v is %q, want %q", x.series, got, x.want)
		}
	}
}

// TestUnexpectedServers checks that a server that is not the profile service is reported
// with its address and without a password.
func TestUnexpectedServers(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter,
		_ *http.Request) {
		http.Error(w, "nginx", http.StatusBadGateway)
	}))
	defer other.Close()
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	defer html.Close()
	for url, want := range map[string]string{
		other.URL: "unexpected answer 502 Bad Gateway: this is not temporal-dsql serve",
		html.URL:  "cannot decode the answer",
		strings.Replace(other.URL, "http://", "http://u:hunter2@", 1): "call http://u:xxxxx@127.0.0.1",
		"http://127.0.0.1:1/base/":                                    "connection refused",
	} {
		c, err := client.New(client.Options{Server: url})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range c.List(context.Background(), client.Filter{}, 1) {
			var at *client.UnreachableError
			if !errors.As(err, &at) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v, want %s", url, err, want)
			}
		}
	}
	for _, url := range []string{"", "localhost:8686", "ftp://h", "http://"} {
		if _, err := client.New(client.Options{Server: url}); !errors.Is(err, client.ErrServer) {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// TestListPages checks that pages are fetched as needed, with the token and below the path
// of the URL.
func TestListPages(t *testing.T) {
	var asked []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		if r.Header.Get("Authorization") != "Bearer t" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"detail": "a token is required", "remedy": "send one", "status": 401}`)
			return
		}
		next := map[string]string{"": "one", "one": "two"}[r.URL.Query().Get("cursor")]
		fmt.Fprintf(w, `{"profiles": [{"id": "a%s"}, {"id": "b%s"}], "next_cursor": %q}`, next, next, next)
	}))
	defer service.Close()
	c, err := client.New(client.Options{Server: service.URL + "/profiles-of/eu/", Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	list := func(limit int) (ids []string) {
		asked = nil
		empty := ""
		for m, err := range c.List(context.Background(), client.Filter{Namespace: &empty}, limit) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, m.ID)
		}
		return ids
	}
	if got := strings.Join(list(0), " "); got != "aone bone atwo btwo a b" || len(asked) != 3 ||
		asked[0] != "/profiles-of/eu/profiles?limit=500&namespace=" {
		t.Errorf("%s, asked %q", got, asked)
	}
	if got := list(2); len(got) != 2 || len(asked) != 1 {
		t.Errorf("%q, asked %q", got, asked)
	}
	stranger, err := client.New(client.Options{Server: service.URL})
	if err != nil {
		t.Fatal(err)
	}
	var problem *client.Problem
	if err := stranger.Delete(
		context.Background(),
		"x",
	); !errors.As(err, &problem) || problem.Remedy != "send one" ||
		problem.Status != 401 {
		t.Errorf("%v", err)
	}
}
