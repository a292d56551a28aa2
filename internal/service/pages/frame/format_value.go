package frame

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// FormatValue formats a configuration value as users write it.
func FormatValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case string:
		if v == "" {
			return `""`
		}
		return v
	case json.Number:
		return v.String()
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

// FormatHeading returns a name as a heading: "Schedule to start p99" for schedule_to_start_p99.
func FormatHeading(name string) string {
	words := strings.ReplaceAll(strings.ReplaceAll(name, "_per_sec", " per second"), "_", " ")
	if words == "" {
		return ""
	}
	all := strings.Split(strings.ToUpper(words[:1])+words[1:], " ")
	for i, w := range all {
		if slices.Contains([]string{"dsql", "occ", "cpu", "sdk", "slo"}, strings.ToLower(w)) {
			all[i] = strings.ToUpper(w)
		}
	}
	return strings.Join(all, " ")
}

// FormatDuration formats a duration without zero units.
func FormatDuration(d time.Duration) string {
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// badges maps a state to its class and its sign.
var badges = map[string][2]string{
	"ok": {"good", "✓"}, "pass": {"good", "✓"}, "conforming": {"good", "✓"}, "improved": {"good", "▲"}, "healthy": {"good", "✓"},
	"steady":  {"good", "✓"},
	"partial": {"warn", "!"}, "warning": {"warn", "!"}, "waived": {"", "~"}, "inconclusive": {"warn", "?"}, "degraded": {"warn", "!"},
	"unknown": {"", "?"},
	"no_data": {"", "∅"}, "unchanged": {"", "="}, "info": {"", "i"},
	"fail": {"bad", "✕"}, "error": {"bad", "✕"}, "critical": {"bad", "✕"}, "regressed": {"bad", "▼"}, "drifted": {"bad", "✕"},
	"impossible": {"bad", "✕"}, "restart": {"warn", "↻"}, "reload": {"", "↻"},
}

// Badge shows a state.
type Badge struct{ Class, Sign, Text string }

// NewBadge returns the badge of a state. It has a sign, so that colour is never the only one.
func NewBadge(state string) Badge {
	known := badges[state]
	return Badge{known[0], known[1], strings.ReplaceAll(state, "_", " ")}
}

// FormatChange formats one side of a change; a missing version is unknown.
func FormatChange(kind string, v any) string {
	if v == nil && kind == "version" {
		return "unknown"
	}
	return FormatValue(v)
}

// StateCount is the number of entries in one state.
type StateCount struct {
	State string
	N     int
}
