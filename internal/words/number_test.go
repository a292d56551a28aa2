package words_test

import (
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

func TestNumbersHaveNoExponent(t *testing.T) {
	for _, x := range []struct {
		value  float64
		digits int
		want   string
	}{
		{8780.4, 3, "8780"}, {8785.4, 3, "8790"}, {901100000, 4, "901100000"}, {-8780.4, 3, "-8780"}, {0.00412, 3, "0.00412"},
		{1.0 / 3, 3, "0.333"}, {0, 3, "0"}, {100, 3, "100"}, {99.99, 3, "100"}, {1.2e-7, 2, "1.2e-07"},
	} {
		if got := words.FormatNumber(x.value, x.digits); got != x.want {
			t.Errorf("%v in %d digits is %q, want %q", x.value, x.digits, got, x.want)
		}
	}
}

func TestAmountsShareAMultiple(t *testing.T) {
	for _, x := range []struct {
		unit    string
		amounts []float64
		want    string
	}{
		{"bytes", []float64{901e6, 12e6}, "859 11.4 MiB"},
		{"bytes", []float64{0, 3 << 30}, "0 3 GiB"},
		{"bytes", []float64{12}, "12 bytes"},
		{"st/s", []float64{8780}, "8780 st/s"},
	} {
		texts, unit := words.FormatAmounts(x.unit, 3, x.amounts...)
		if got := strings.Join(append(texts, unit), " "); got != x.want {
			t.Errorf("%v %s is %q, want %q", x.amounts, x.unit, got, x.want)
		}
	}
}

func TestPercentsOfNothingHaveNoSign(t *testing.T) {
	for x, want := range map[float64]string{-0.04: "0.0 %", 0.04: "0.0 %", -0.05001: "-0.1 %", 12.34: "+12.3 %", -50: "-50.0 %"} {
		if got := words.FormatPercent(x, 1); got != want {
			t.Errorf("%v is %q, want %q", x, got, want)
		}
	}
}
