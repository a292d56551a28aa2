package words

import (
	"math"
	"strconv"
)

// FormatNumber formats a number with some significant digits and without an exponent: 8780, never 8.78e+03. Numbers
// below 0.0001 keep the exponent.
func FormatNumber(x float64, digits int) string {
	if a := math.Abs(x); a != 0 && a < 1e-4 || a >= 1e15 || math.IsNaN(x) {
		return strconv.FormatFloat(x, 'g', digits, 64)
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	if err != nil || rounded == 0 {
		return "0" // also of -0
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// FormatAmounts formats numbers of one unit in the same multiple of it: 859 and 912 MiB, not bytes.
func FormatAmounts(unit string, digits int, amounts ...float64) (texts []string, scaled string) {
	most := 0.0
	for _, x := range amounts {
		most = max(most, math.Abs(x))
	}
	factor, scaled := ChooseMultiple(unit, most)
	for _, x := range amounts {
		texts = append(texts, FormatNumber(x*factor, digits))
	}
	return texts, scaled
}

// ChooseMultiple returns the multiple of a unit for amounts up to most, and the factor to it.
func ChooseMultiple(unit string, most float64) (factor float64, name string) {
	if unit != "bytes" {
		return 1, unit
	}
	for _, u := range []struct {
		name string
		size float64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if most >= u.size {
			return 1 / u.size, u.name
		}
	}
	return 1, unit
}

// FormatPercent formats a relative change with its sign; one that rounds to nothing has none.
func FormatPercent(x float64, decimals int) string {
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	if rounded, err := strconv.ParseFloat(text, 64); err == nil && rounded == 0 {
		return strconv.FormatFloat(0, 'f', decimals, 64) + " %"
	}
	if x > 0 {
		text = "+" + text
	}
	return text + " %"
}
