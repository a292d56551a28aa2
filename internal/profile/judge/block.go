package judge

import (
	"math"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Bootstrap tells how likely the values of both windows differ so by chance, where
// neighbouring samples go together: whole blocks of them are drawn anew. It is
// of ranks, which no burst can dominate; of a rare event, of the values.
type Bootstrap struct {
	P float64 `json:"p"`
	// samples a block, by the samples' autocorrelation
	Block     int `json:"block"`
	Resamples int `json:"resamples"`
	// the 95 % interval of the difference
	low, high float64
}

// blocks of a window that is closed to a circle: each starts anywhere.
type blocks struct {
	sums   []float64 // sum of the block that starts here
	length int
	mean   float64
	// blocks of a window differ less from its mean than from the true one, by the
	// more the fewer there are
	widen float64
}

func blocksOf(values []float64, length int) blocks {
	n := len(values)
	b := blocks{sums: make([]float64, n), length: min(length, n), mean: stat.Mean(values, nil), widen: 1}
	if b.length < n {
		b.widen = math.Sqrt(float64(n) / float64(n-b.length))
	}
	sum := 0.0
	for i := range b.length {
		sum += values[i] - b.mean
	}
	for i := range n {
		b.sums[i] = sum
		sum += values[(i+b.length)%n] - values[i]
	}
	return b
}

// draw is the mean of as many blocks as fill the window, less its own mean.
func (b blocks) draw(random *rand.PCG) float64 {
	n := uint64(len(b.sums))
	count := b.count()
	sum, bits := 0.0, uint64(0)
	for i := range count {
		if i%2 == 0 {
			bits = random.Uint64()
		}
		// the upper half of a product: an index without a division
		sum += b.sums[(bits&math.MaxUint32)*n>>32]
		bits >>= 32
	}
	return b.widen * sum / float64(count*b.length)
}

// count of the blocks that fill the window.
func (b blocks) count() int { return (len(b.sums) + b.length - 1) / b.length }

// number of blocks side by side.
func (b blocks) number() float64 { return float64(len(b.sums)) / float64(b.length) }

// variance of a drawn mean, as an endless number of draws has it.
func (b blocks) variance() float64 {
	sum := 0.0
	for _, s := range b.sums {
		sum += s * s
	}
	l := float64(b.length)
	return b.widen * b.widen * sum / float64(len(b.sums)) / (l * l) / float64(b.count())
}

// enough draws that differ as much end the drawing: p is then large, and known
// well (Besag and Clifford 1991).
const enough = 25

// bootstrap tests whether the means of two windows differ.
func bootstrap(a, b []float64, o Options) Bootstrap {
	x, y := paired(a, b)
	return resample(x, y, y.mean-x.mean, o)
}

// paired are blocks of one length, of two windows.
func paired(a, b []float64) (x, y blocks) {
	length := max(blockLength(a), blockLength(b))
	return blocksOf(a, length), blocksOf(b, length)
}

// resample tests whether an effect, that changes as the mean of y less that of x
// does, is chance. p is the share of draws that are as large, and where few or none
// are, no less than Student's tail.
func resample(x, y blocks, effect float64, o Options) Bootstrap {
	size := math.Abs(effect)
	draws, beyond := 0, 0
	if size > 0 {
		random := rand.NewPCG(o.Seed, uint64(len(x.sums))<<32|uint64(len(y.sums)))
		for ; draws < o.Resamples && beyond < enough; draws++ {
			if math.Abs(y.draw(random)-x.draw(random)) >= size {
				beyond++
			}
		}
	}
	spread, half, m, n := deviation(x, y), interval(x, y), x.number(), y.number()
	result := Bootstrap{P: 1, low: effect - half, high: effect + half, Block: x.length, Resamples: draws}
	switch {
	case size == 0:
	case spread == 0:
		// two constants: of all ways to divide the blocks two are as far apart
		result.P = min(1, 2/choose(m+n, m))
	case beyond == enough:
		result.P = enough / float64(draws)
	default:
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom(x, y)}
		result.P = max(float64(beyond)/float64(draws), 2*t.Survival(size/spread))
	}
	return result
}

// interval is half the 95 % interval of a difference of means.
func interval(x, y blocks) float64 { return deviation(x, y) * student(freedom(x, y)) }

func deviation(x, y blocks) float64 { return math.Sqrt(x.variance() + y.variance()) }

func freedom(x, y blocks) float64 { return max(1, x.number()+y.number()-2) }

// student is the 97.5 % quantile of a distribution, by whole degrees of freedom.
func student(freedom float64) float64 {
	return quantiles()[min(int(freedom), len(quantiles())-1)]
}

var quantiles = sync.OnceValue(func() (all [121]float64) {
	for i := range all {
		all[i] = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(max(i, 1))}.Quantile(0.975)
	}
	return all
})

// choose is in how many ways m of n can be chosen.
func choose(n, m float64) float64 {
	all, _ := math.Lgamma(n + 1)
	these, _ := math.Lgamma(m + 1)
	others, _ := math.Lgamma(n - m + 1)
	return math.Exp(all - these - others)
}

// blockLength is Politis and White's (2004, corrected 2009) for a circular
// bootstrap of the mean, at least the cube root of the number of samples.
func blockLength(values []float64) int {
	n := len(values)
	least := int(math.Ceil(math.Cbrt(float64(n))))
	most := max(least, min(int(3*math.Sqrt(float64(n))), n/3))
	mean := stat.Mean(values, nil)
	reach := max(5, int(math.Sqrt(math.Log10(float64(n)))))
	lags := min(n-1, int(math.Ceil(math.Sqrt(float64(n))))+reach)
	// of those lags that are looked at
	covariance := make([]float64, 0, lags+1)
	at := func(k int) float64 {
		for lag := len(covariance); lag <= k; lag++ {
			sum := 0.0
			for i, v := range values[lag:] {
				sum += (v - mean) * (values[i] - mean)
			}
			covariance = append(covariance, sum/float64(n))
		}
		return covariance[k]
	}
	if at(0) == 0 {
		return least
	}
	// the lag after which a run of correlations is negligible
	negligible := 2 * math.Sqrt(math.Log10(float64(n))/float64(n))
	last, run := lags, 0
	for k := 1; k <= lags; k++ {
		if math.Abs(at(k)/at(0)) < negligible {
			run++
		} else {
			run = 0
		}
		if run == reach {
			last = k - reach
			break
		}
	}
	width := min(2*max(last, 1), lags)
	g0, g1 := at(0), 0.0
	for k := 1; k <= width; k++ {
		// the flat-top window
		weight := min(1, 2*(1-float64(k)/float64(width)))
		g0 += 2 * weight * at(k)
		g1 += 2 * weight * float64(k) * at(k)
	}
	d := 4.0 / 3 * g0 * g0
	if d == 0 {
		return most
	}
	length := math.Ceil(math.Cbrt(2 * g1 * g1 / d * float64(n)))
	return min(max(int(min(length, float64(most))), least), most)
}
