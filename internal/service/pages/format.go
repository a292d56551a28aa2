package pages

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A scaled number is written in a multiple of its unit.
type scaled struct {
	factor float64
	unit   string
	// digits behind the point; fewer than 0 keeps three that count
	digits int
}

// scaleOf picks the multiple of a unit in which values up to most read well.
func scaleOf(unit string, most float64) scaled {
	most = math.Abs(most)
	if unit == "1/s" {
		unit = "/s"
	}
	switch unit {
	case "ratio":
		return scaled{100, "%", -1}
	case "bytes":
		for _, u := range []struct {
			name string
			size float64
		}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
			if most >= u.size {
				return scaled{1 / u.size, u.name, -1}
			}
		}
		return scaled{1, "B", -1}
	case "ms":
		if most >= 10_000 {
			return scaled{0.001, "s", -1}
		}
	case "s":
		switch {
		case most >= 7200:
			return scaled{1. / 3600, "h", -1}
		case most >= 600:
			return scaled{1. / 60, "min", -1}
		}
	case "connections", "tasks":
		if most < 10_000 {
			return scaled{1, "", -1}
		}
		fallthrough
	default:
		switch {
		case most >= 1e6:
			return scaled{1e-6, "M " + unit, -1}
		case most >= 1e4:
			return scaled{1e-3, "k " + unit, -1}
		}
	}
	return scaled{1, unit, -1}
}

func (s scaled) text(v float64) string { return figures(v * s.factor) }

// figures writes a number with three digits that count, and no more.
func figures(v float64) string {
	switch at := math.Abs(v); {
	case at == 0:
		return "0"
	case at >= 99.95:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case at >= 9.995:
		return trimmed(strconv.FormatFloat(v, 'f', 1, 64))
	case at >= 0.9995:
		return trimmed(strconv.FormatFloat(v, 'f', 2, 64))
	case at >= 0.001:
		return trimmed(strconv.FormatFloat(v, 'f', 2-int(math.Floor(math.Log10(at))), 64))
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

func trimmed(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// grouped puts a thin space between thousands.
func grouped(s string) string {
	digits, sign := strings.TrimPrefix(s, "-"), ""
	if len(digits) < len(s) {
		sign = "−"
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return sign + digits
}

// number writes a value with its unit; what is missing is a dash.
func number(v *float64, unit string) string {
	if v == nil {
		return "–"
	}
	s := scaleOf(unit, *v)
	return strings.TrimRight(s.text(*v)+" "+s.unit, " ")
}

// plain writes a value of a configuration as people do.
func plain(v any) string {
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

// humane is a name as a heading: schedule_to_start_p99 is Schedule to start p99.
func humane(name string) string {
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

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if strings.HasSuffix(one, "y") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(one, "y"))
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// length is a duration without what is zero.
func length(d time.Duration) string {
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// badgeOf tells how a state is shown: its class and a sign, so that colour is
// never all that tells.
func badgeOf(state string) map[string]string {
	known := map[string][2]string{
		"ok": {"good", "✓"}, "pass": {"good", "✓"}, "conforming": {"good", "✓"}, "improved": {"good", "▲"}, "healthy": {"good", "✓"}, "steady": {"good", "✓"},
		"partial": {"warn", "!"}, "warning": {"warn", "!"}, "waived": {"", "~"}, "inconclusive": {"warn", "?"}, "degraded": {"warn", "!"}, "unknown": {"", "?"},
		"no_data": {"", "∅"}, "unchanged": {"", "="}, "info": {"", "i"},
		"fail": {"bad", "✕"}, "error": {"bad", "✕"}, "critical": {"bad", "✕"}, "regressed": {"bad", "▼"}, "drifted": {"bad", "✕"}, "impossible": {"bad", "✕"}, "restart": {"warn", "↻"}, "reload": {"", "↻"},
	}
	k := known[state]
	return map[string]string{"Class": k[0], "Sign": k[1], "Text": strings.ReplaceAll(state, "_", " ")}
}
