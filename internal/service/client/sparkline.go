package client

import (
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

var sparkBlocks = []rune("▁▂▃▄▅▆▇█")

// DrawSparkline draws the series of a window in columns, each at its highest sample.
// Missing samples are gaps; a constant series is drawn at the bottom.
func DrawSparkline(series []behaviour.Point, start, end int64, columns int) string {
	if len(series) == 0 || columns < 1 || end <= start {
		return ""
	}
	highest := make([]float64, columns)
	there := make([]bool, columns)
	least, most := series[0].Value, series[0].Value
	for _, p := range series {
		at := int(float64(p.Time-start) / float64(end-start) * float64(columns))
		at = max(0, min(columns-1, at))
		if !there[at] || p.Value > highest[at] {
			highest[at], there[at] = p.Value, true
		}
		least, most = min(least, p.Value), max(most, p.Value)
	}
	var b strings.Builder
	for i, v := range highest {
		switch {
		case !there[i]:
			b.WriteRune(' ')
		case most == least:
			b.WriteRune(sparkBlocks[0])
		default:
			b.WriteRune(sparkBlocks[int((v-least)/(most-least)*float64(len(sparkBlocks)-1)+0.5)])
		}
	}
	return b.String()
}
