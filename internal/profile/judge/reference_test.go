package judge

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s is %v, and published as %v", what, got, want)
	}
}

// Hollander and Wolfe's permeability constants, the example of R's wilcox.test.
var (
	atTerm      = []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	gestation   = []float64{1.15, 0.88, 0.90, 0.74, 1.21}
	ozoneMay    = []float64{41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37}
	ozoneAugust = []float64{39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85}
)

func TestMannWhitneyAsPublished(t *testing.T) {
	for _, c := range []struct {
		name      string
		a, b      []float64
		u, p, off float64
		exact     bool
	}{
		// scipy.stats.mannwhitneyu's example
		{"ages", []float64{20, 11, 17, 12}, []float64{19, 22, 16, 29, 24}, 17, 1.0 / 9, 1e-12, true},
		// R: wilcox.test(x, y, alternative = "g"), W = 35, p = 0.1272; here two-sided
		{"permeability", gestation, atTerm, 35, 0.2544, 5e-5, true},
		// the tables of U: 2 of C(10, 5) arrangements, 8 of them at U = 2, 2 of C(7, 3)
		{"5 against 5, U = 25", []float64{1, 2, 3, 4, 5}, []float64{6, 7, 8, 9, 10}, 25, 2.0 / 252, 1e-12, true},
		{"5 against 5, U = 2", []float64{4, 7, 8, 9, 10}, []float64{1, 2, 3, 5, 6}, 2, 8.0 / 252, 1e-12, true},
		{"3 against 4, U = 0", []float64{5, 6, 7}, []float64{1, 2, 3, 4}, 0, 2.0 / 35, 1e-12, true},
		// R: wilcox.test(Ozone ~ Month, airquality, Month %in% c(5, 8)), W = 127.5, p = 0.0001208
		{"ozone", ozoneAugust, ozoneMay, 127.5, 0.0001208, 5e-8, false},
	} {
		u, p, exact := MannWhitney(c.a, c.b)
		near(t, c.name+": U", u, c.u, 0)
		near(t, c.name+": p", p, c.p, c.off)
		if exact != c.exact {
			t.Errorf("%s: exact is %v", c.name, exact)
		}
	}
	if _, p, _ := MannWhitney([]float64{1, 1, 1}, []float64{1, 1}); p != 1 {
		t.Errorf("constants differ, p = %v", p)
	}
}

// R: wilcox.test(x, y, conf.int = TRUE) estimates 0.305.
func TestHodgesLehmannAsPublished(t *testing.T) {
	near(t, "the shift", HodgesLehmann(gestation, atTerm), 0.305, 1e-12)
	near(t, "the shift back", HodgesLehmann(atTerm, gestation), -0.305, 1e-12)
}

func TestBrownForsytheAsPublished(t *testing.T) {
	// scipy.stats.levene's example, whose centre is the median
	_, p := BrownForsythe(
		[]float64{8.88, 9.12, 9.04, 8.98, 9.00, 9.08, 9.01, 8.85, 9.06, 8.99},
		[]float64{8.88, 8.95, 9.29, 9.44, 9.15, 9.58, 8.36, 9.18, 8.67, 9.05},
		[]float64{8.95, 9.12, 8.95, 8.85, 9.03, 8.84, 9.07, 8.98, 8.86, 8.98})
	near(t, "p of three groups", p, 0.002431505967249681, 1e-12)
	// NIST/SEMATECH e-Handbook, 1.3.5.10: diameters of gears, ten batches of ten, W = 1.705910 in
	// single precision
	f, _ := BrownForsythe(
		[]float64{1.006, 0.996, 0.998, 1.000, 0.992, 0.993, 1.002, 0.999, 0.994, 1.000},
		[]float64{0.998, 1.006, 1.000, 1.002, 0.997, 0.998, 0.996, 1.000, 1.006, 0.988},
		[]float64{0.991, 0.987, 0.997, 0.999, 0.995, 0.994, 1.000, 0.999, 0.996, 0.996},
		[]float64{1.005, 1.002, 0.994, 1.000, 0.995, 0.994, 0.998, 0.996, 1.002, 0.996},
		[]float64{0.998, 0.998, 0.982, 0.990, 1.002, 0.984, 0.996, 0.993, 0.980, 0.996},
		[]float64{1.009, 1.013, 1.009, 0.997, 0.988, 1.002, 0.995, 0.998, 0.981, 0.996},
		[]float64{0.990, 1.004, 0.996, 1.001, 0.998, 1.000, 1.018, 1.010, 0.996, 1.002},
		[]float64{0.998, 1.000, 1.006, 1.000, 1.002, 0.996, 0.998, 0.996, 1.002, 1.006},
		[]float64{1.002, 0.998, 0.996, 0.995, 0.996, 1.004, 1.004, 0.998, 0.999, 0.991},
		[]float64{0.991, 0.995, 0.984, 0.994, 0.997, 0.997, 0.991, 0.998, 1.004, 0.997})
	near(t, "W of the gears", f, 1.705910, 1e-5)
}

// Benjamini and Hochberg (1995), the fifteen p-values of a trial of thrombolysis:
// four are significant at 0.05. Adjusted as in scipy.stats.false_discovery_control.
func TestBenjaminiHochbergAsPublished(t *testing.T) {
	got := Adjust(
		[]float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000},
	)
	want := []float64{
		0.0015,
		0.003,
		0.0095,
		0.035625,
		0.0603,
		0.06385714,
		0.06385714,
		0.0645,
		0.0765,
		0.486,
		0.58118182,
		0.714875,
		0.75323077,
		0.81321429,
		1,
	}
	for i := range want {
		near(t, "adjusted p", got[i], want[i], 5e-9)
	}
}

// R: poisson.test(c(11, 6+8+7), c(800, 1083+1050+878)), p = 0.07967.
func TestPoissonRatioAsPublished(t *testing.T) {
	near(t, "p", poissonRatio(11, 21, 800, 3011), 0.07967, 5e-6)
	near(t, "p of 4 against 0", poissonRatio(4, 0, 1, 1), 0.125, 1e-12)
}

// The fast selection is the median of all differences, as counted out.
func TestShiftIsTheMedianOfAllDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64Range(-1e9, 1e9), rapid.SampledFrom([]float64{0, 1, 1, 2}))
		a, b := rapid.SliceOfN(value, 1, 40).Draw(t, "a"), rapid.SliceOfN(value, 1, 40).Draw(t, "b")
		var all []float64
		for _, x := range a {
			for _, y := range b {
				all = append(all, y-x)
			}
		}
		slices.Sort(all)
		n := len(all)
		want := all[(n-1)/2] + (all[n/2]-all[(n-1)/2])/2
		if got := HodgesLehmann(a, b); got != want {
			t.Fatalf("%v, not %v", got, want)
		}
	})
}

// Of blocks of one sample the variance of a drawn mean is the textbook's: the sample
// variance by n.
func TestBlocksOfOneSample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-100, 100), 2, 50).Draw(t, "values")
		want := stat.Variance(values, nil) / float64(len(values))
		if got := blocksOf(values, 1).meanVariance(); math.Abs(got-want) > 1e-9*(1+want) {
			t.Fatalf("%v, not %v", got, want)
		}
	})
}

// The share of the other sample that a value is larger than averages to U by the
// number of pairs.
func TestSharesAreU(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64Range(-10, 10), rapid.SampledFrom([]float64{0, 1, 1, 2}))
		a, b := rapid.SliceOfN(value, 1, 40).Draw(t, "a"), rapid.SliceOfN(value, 1, 40).Draw(t, "b")
		sum, sorted := 0.0, slices.Sorted(slices.Values(a))
		for _, v := range b {
			sum += shareBelowValue(sorted, v)
		}
		u, _, _ := MannWhitney(a, b)
		if want := u / float64(len(a)); math.Abs(sum-want) > 1e-9 {
			t.Fatalf("%v, not %v", sum, want)
		}
	})
}

// Of a window's own quantiles its values exceed one half, and five of them tell its
// share nearly as well as all of its values.
func TestSharesByQuantiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfNDistinct(rapid.Float64Range(0, 100), 60, 60, rapid.ID[float64]).Draw(t, "values")
		sorted := slices.Sorted(slices.Values(values))
		known, sum := levelsOf(values, sorted), 0.0
		if got := (levelSet{}).shareBelow(0); got != 0.5 {
			t.Fatalf("%v of nothing but ties", got)
		}
		for _, v := range values {
			sum += known.shareBelow(v)
			if got, want := known.shareBelow(v), shareBelowValue(sorted, v); math.Abs(got-want) > 0.13 {
				t.Fatalf("%v, not about %v", got, want)
			}
		}
		if mean := sum / 60; math.Abs(mean-0.5) > 0.01 {
			t.Fatalf("%v of its own values", mean)
		}
	})
}

// Where the new values are like the old and the usual ones, little tells them apart.
func TestAgainstTheLike(t *testing.T) {
	small, random := 0, rand.New(rand.NewPCG(1, 2))
	draw := func(n int) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = random.NormFloat64()
		}
		return values
	}
	for range 200 {
		a, b, many := draw(60), draw(60), draw(600)
		r := Result{Null: &Null{}}
		boot := r.compareWithUsual(
			levelsOf(many, slices.Sorted(slices.Values(many))),
			a,
			b,
			poolSamples(a, b),
			catalogue.Thresholds{Resamples: 100, UsualWeight: 0.5},
		)
		if boot.P < 0.05 {
			small++
		}
		if math.Abs(*r.Null.CLES-0.5) > 0.15 {
			t.Errorf("CLES %v", *r.Null.CLES)
		}
	}
	if small < 2 || small > 20 {
		t.Errorf("%d of 200 have a p of less than 0.05", small)
	}
}
