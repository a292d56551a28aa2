package pages

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// unitScale converts a value to a multiple of its unit.
type unitScale struct {
	factor float64
	unit   string
	// decimal places; below 0 means three significant digits
	digits int
}

// chooseScale returns the multiple of a unit in which values up to most are easy to read.
func chooseScale(unit string, most float64) unitScale {
	most = math.Abs(most)
	if unit == "1/s" {
		unit = "/s"
	}
	switch unit {
	case "ratio":
		return unitScale{100, "%", -1}
	case "bytes":
		for _, u := range []struct {
			name string
			size float64
		}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
			if most >= u.size {
				return unitScale{1 / u.size, u.name, -1}
			}
		}
		return unitScale{1, "B", -1}
	case "ms":
		if most >= 10_000 {
			return unitScale{0.001, "s", -1}
		}
	case "s":
		switch {
		case most >= 7200:
			return unitScale{1. / 3600, "h", -1}
		case most >= 600:
			return unitScale{1. / 60, "min", -1}
		}
	case "connections", "tasks":
		if most < 10_000 {
			return unitScale{1, "", -1}
		}
		fallthrough
	default:
		switch {
		case most >= 1e6:
			return unitScale{1e-6, "M " + unit, -1}
		case most >= 1e4:
			return unitScale{1e-3, "k " + unit, -1}
		}
	}
	return unitScale{1, unit, -1}
}

func (s unitScale) format(v float64) string { return formatDigits(v * s.factor) }

// formatDigits formats a number with three significant digits.
func formatDigits(v float64) string {
	switch at := math.Abs(v); {
	case at == 0:
		return "0"
	case at >= 99.95:
		return groupThousands(strconv.FormatFloat(v, 'f', 0, 64))
	case at >= 9.995:
		return trimZeros(strconv.FormatFloat(v, 'f', 1, 64))
	case at >= 0.9995:
		return trimZeros(strconv.FormatFloat(v, 'f', 2, 64))
	case at >= 0.001:
		return trimZeros(strconv.FormatFloat(v, 'f', 2-int(math.Floor(math.Log10(at))), 64))
	}
	return words.FormatNumber(v, 2)
}

func trimZeros(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// groupThousands separates thousands by thin spaces.
func groupThousands(s string) string {
	digits, sign := strings.TrimPrefix(s, "-"), ""
	if len(digits) < len(s) {
		sign = "−"
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return sign + digits
}

// formatRelative formats a change in percent: with one decimal below 10 %, and as a factor from +900 %.
func formatRelative(percent float64) string {
	switch {
	case percent >= 900:
		return "× " + formatDigits(1+percent/100)
	case math.Abs(percent) < 10:
		return words.FormatPercent(percent, 1)
	}
	return words.FormatPercent(percent, 0)
}

// formatNumber formats a value with its unit; nil is a dash.
func formatNumber(v *float64, unit string) string {
	if v == nil {
		return "–"
	}
	s := chooseScale(unit, *v)
	return strings.TrimRight(s.format(*v)+" "+s.unit, " ")
}

// formatValue formats a configuration value as users write it.
func formatValue(v any) string {
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

// headingOf returns a name as a heading: "Schedule to start p99" for schedule_to_start_p99.
func headingOf(name string) string {
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

// formatDuration formats a duration without zero units.
func formatDuration(d time.Duration) string {
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

// badgeView shows a state.
type badgeView struct{ Class, Sign, Text string }

// badgeFor returns the badge of a state. It has a sign, so that colour is never the only one.
func badgeFor(state string) badgeView {
	known := badges[state]
	return badgeView{known[0], known[1], strings.ReplaceAll(state, "_", " ")}
}
