package plot

import (
	"math"
	"strconv"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Scale converts a value to a multiple of its unit.
type Scale struct {
	factor float64
	Unit   string
	// decimal places; below 0 means three significant digits
	digits int
}

// ChooseScale returns the multiple of a unit in which values up to most are easy to read.
func ChooseScale(unit string, most float64) Scale {
	most = math.Abs(most)
	if unit == "1/s" {
		unit = "/s"
	}
	switch unit {
	case "ratio":
		return Scale{100, "%", -1}
	case "bytes":
		factor, name := words.ChooseMultiple(unit, most)
		if name == unit {
			name = "B"
		}
		return Scale{factor, name, -1}
	case "ms":
		if most >= 10_000 {
			return Scale{0.001, "s", -1}
		}
	case "s":
		switch {
		case most >= 7200:
			return Scale{1. / 3600, "h", -1}
		case most >= 600:
			return Scale{1. / 60, "min", -1}
		}
	case "connections", "tasks":
		if most < 10_000 {
			return Scale{1, "", -1}
		}
		fallthrough
	default:
		switch {
		case most >= 1e6:
			return Scale{1e-6, "M " + unit, -1}
		case most >= 1e4:
			return Scale{1e-3, "k " + unit, -1}
		}
	}
	return Scale{1, unit, -1}
}

// Format formats a value in the multiple of the unit.
func (s Scale) Format(v float64) string { return FormatDigits(v * s.factor) }

// FormatDigits formats a number with three significant digits.
func FormatDigits(v float64) string {
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

// FormatRelative formats a change in percent: with one decimal below 10 %, and as a factor from +900 %.
func FormatRelative(percent float64) string {
	switch {
	case percent >= 900:
		return "× " + FormatDigits(1+percent/100)
	case math.Abs(percent) < 10:
		return words.FormatPercent(percent, 1)
	}
	return words.FormatPercent(percent, 0)
}

// FormatNumber formats a value with its unit; nil is a dash.
func FormatNumber(v *float64, unit string) string {
	if v == nil {
		return "–"
	}
	s := ChooseScale(unit, *v)
	return strings.TrimRight(s.Format(*v)+" "+s.Unit, " ")
}
