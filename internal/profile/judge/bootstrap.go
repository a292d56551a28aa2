package judge

import (
	"math"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
)

// Bootstrap reports how likely chance alone explains the difference of two windows. It draws whole blocks, because
// neighbouring samples correlate. It uses ranks, which bursts cannot dominate, and values for rare events.
type Bootstrap struct {
	P float64 `json:"p"`
	// samples per block, from their autocorrelation
	Block     int `json:"block"`
	Resamples int `json:"resamples"`
	// the 95 % interval of the difference
	low, high float64
}

// blockSums holds the block sums of a window closed to a circle, one starting at each sample.
type blockSums struct {
	sums   []float64 // sum of the block that starts here
	length int
	mean   float64
	// corrects for blocks that differ less from the window's mean than from the true mean
	widen float64
}

func blocksOf(values []float64, length int) blockSums {
	n := len(values)
	b := blockSums{sums: make([]float64, n), length: min(length, n), mean: stat.Mean(values, nil), widen: 1}
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

// drawMean returns the mean of as many random blocks as fill the window, minus the window's mean.
func (b blockSums) drawMean(random *rand.PCG) float64 {
	n := uint64(len(b.sums))
	count := b.blockCount()
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

// blockCount returns the number of blocks that fill the window, rounded up.
func (b blockSums) blockCount() int { return (len(b.sums) + b.length - 1) / b.length }

// blocksPerWindow returns how many blocks fit into the window.
func (b blockSums) blocksPerWindow() float64 { return float64(len(b.sums)) / float64(b.length) }

// meanVariance returns the variance of a drawn mean over infinitely many draws.
func (b blockSums) meanVariance() float64 {
	sum := 0.0
	for _, s := range b.sums {
		sum += s * s
	}
	l := float64(b.length)
	return b.widen * b.widen * sum / float64(len(b.sums)) / (l * l) / float64(b.blockCount())
}

// enoughDraws ends the drawing early: after that many draws at least as large, p is large and precise (Besag and
// Clifford 1991).
const enoughDraws = 25

// bootstrapMeans tests whether the means of two windows differ.
func bootstrapMeans(a, b []float64, o catalogue.Thresholds) Bootstrap {
	x, y := pairedBlocks(a, b)
	return resampleEffect(x, y, y.mean-x.mean, o)
}

// pairedBlocks returns the blocks of two windows, with a common length.
func pairedBlocks(a, b []float64) (x, y blockSums) {
	length := max(blockLength(a), blockLength(b))
	return blocksOf(a, length), blocksOf(b, length)
}

// resampleEffect tests whether chance explains an effect that changes like the difference of the means. p is the
// share of draws that are as large, but at least Student's tail if few are.
func resampleEffect(x, y blockSums, effect float64, o catalogue.Thresholds) Bootstrap {
	size := math.Abs(effect)
	draws, beyond := 0, 0
	if size > 0 {
		random := rand.NewPCG(o.Seed, uint64(len(x.sums))<<32|uint64(len(y.sums)))
		for ; draws < o.Resamples && beyond < enoughDraws; draws++ {
			if math.Abs(y.drawMean(random)-x.drawMean(random)) >= size {
				beyond++
			}
		}
	}
	spread, half, m, n := meanDeviation(x, y), halfInterval(x, y), x.blocksPerWindow(), y.blocksPerWindow()
	result := Bootstrap{P: 1, low: effect - half, high: effect + half, Block: x.length, Resamples: draws}
	switch {
	case size == 0:
	case spread == 0:
		// two constants: two of all ways to divide the blocks are as far apart
		result.P = min(1, 2/binomialCoefficient(m+n, m))
	case beyond == enoughDraws:
		result.P = enoughDraws / float64(draws)
	default:
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: degreesOfFreedom(x, y)}
		result.P = max(float64(beyond)/float64(draws), 2*t.Survival(size/spread))
	}
	return result
}

// halfInterval returns half the 95 % interval of a difference of means.
func halfInterval(x, y blockSums) float64 {
	return meanDeviation(x, y) * studentQuantile(degreesOfFreedom(x, y))
}

func meanDeviation(x, y blockSums) float64 { return math.Sqrt(x.meanVariance() + y.meanVariance()) }

func degreesOfFreedom(x, y blockSums) float64 {
	return max(1, x.blocksPerWindow()+y.blocksPerWindow()-2)
}

// studentQuantile returns the 97.5 % quantile for whole degrees of freedom.
func studentQuantile(freedom float64) float64 {
	return studentQuantiles()[min(int(freedom), len(studentQuantiles())-1)]
}

var studentQuantiles = sync.OnceValue(func() (all [121]float64) {
	for i := range all {
		all[i] = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(max(i, 1))}.Quantile(0.975)
	}
	return all
})

// binomialCoefficient returns the number of ways to choose m of n.
func binomialCoefficient(n, m float64) float64 {
	all, _ := math.Lgamma(n + 1)
	these, _ := math.Lgamma(m + 1)
	others, _ := math.Lgamma(n - m + 1)
	return math.Exp(all - these - others)
}

// blockLength returns Politis and White's block length (2004, corrected 2009) for a circular bootstrap of the mean,
// at least the cube root of the number of samples.
func blockLength(values []float64) int {
	n := len(values)
	least := int(math.Ceil(math.Cbrt(float64(n))))
	most := max(least, min(int(3*math.Sqrt(float64(n))), n/3))
	mean := stat.Mean(values, nil)
	reach := max(5, int(math.Sqrt(math.Log10(float64(n)))))
	lags := min(n-1, int(math.Ceil(math.Sqrt(float64(n))))+reach)
	// computed on demand
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
