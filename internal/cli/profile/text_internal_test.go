package profile

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// TestProfileFitsTheTerminal checks that a narrow terminal drops dispensable columns
// first, and that the series uses the remaining width.
func TestProfileFitsTheTerminal(t *testing.T) {
	start := time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC)
	v := 1234.5678
	s := behaviour.Summary{Status: behaviour.OK, Unit: "connections", Min: &v, Max: &v, Mean: &v, P50: &v, P95: &v, P99: &v, Samples: 237,
		Expected: 240}
	for i := range 237 {
		s.Series = append(s.Series, behaviour.Point{Time: start.Unix() + int64(15*i), Value: float64(i)})
	}
	p := behaviour.Profile{
		Metadata:  behaviour.Metadata{ID: "x", Name: "n", ClusterID: "c", WindowStart: start, WindowEnd: start.Add(time.Hour)},
		Telemetry: behaviour.Telemetry{"dsql_pool": {"pool_open_count": s}},
	}
	for width, want := range map[int]string{
		0:   "METRIC MEAN P50 P95 P99 MAX UNIT SAMPLES SERIES",
		160: "METRIC MEAN P50 P95 P99 MAX UNIT SAMPLES SERIES",
		80:  "METRIC MEAN P50 P95 P99 MAX UNIT SERIES",
		68:  "METRIC MEAN P99 MAX UNIT SERIES",
		62:  "METRIC MEAN P99 UNIT SERIES",
		50:  "METRIC MEAN P99 UNIT",
	} {
		var out bytes.Buffer
		writeProfile(&out, report.Style{}.WithWidth(width), p)
		_, table, _ := strings.Cut(out.String(), "\n\n")
		lines := strings.Split(strings.TrimRight(table, "\n"), "\n")
		if got := strings.Join(strings.Fields(lines[0]), " "); got != want {
			t.Errorf("%d: %s, want %s", width, got, want)
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); width >= 62 && n > width {
				t.Errorf("%d: a line has %d columns: %s", width, n, line)
			}
		}
	}
}

func TestNumbersHaveFourDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 2: "2", 328.2: "328.2", 337.64: "337.6", 0.123456: "0.1235", 12345.6: "12346",
		1e6: "1000000", -1.5: "-1.5"} {
		if got := formatNumber(&v); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
	if got := formatNumber(nil); got != "-" {
		t.Errorf("what is missing is %s", got)
	}
}

func TestNoProgressBarWithoutTerminal(t *testing.T) {
	var out bytes.Buffer
	b := newProgressBar(&out, func(string) string { return "" })
	if b.callback() != nil {
		t.Error("it would be drawn")
	}
	b.eraseLine()
	drawn := &progressBar{w: &out}
	drawn.callback()(13, 26)
	if !strings.Contains(out.String(), strings.Repeat("█", 15)+strings.Repeat("░", 15)+" 13 of 26") {
		t.Errorf("%q", out.String())
	}
	if drawn.eraseLine(); !strings.HasSuffix(out.String(), "\r\x1b[K") {
		t.Errorf("%q", out.String())
	}
}
