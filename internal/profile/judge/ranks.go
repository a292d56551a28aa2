package judge

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Ranks compares the order of all values.
type Ranks struct {
	// pairs in which the new value is larger, ties counted half
	U float64 `json:"u"`
	// two-sided Mann-Whitney p; it assumes independent samples, so it is not sufficient evidence
	P     float64 `json:"p"`
	Exact bool    `json:"exact"`
	// common-language effect size: how often a new value exceeds an old one, with its 95 % interval by the block
	// bootstrap
	CLES float64 `json:"cles"`
	Low  float64 `json:"cles_low"`
	High float64 `json:"cles_high"`
}

// exactLimit is the sample size up to which the distribution of U is enumerated.
const exactLimit = 20

// MannWhitney compares two samples by rank, as R's wilcox.test: exactly for small samples without ties, else by the
// normal approximation with corrections for ties and continuity.
func MannWhitney(a, b []float64) (u, p float64, exact bool) { return poolSamples(a, b).mannWhitney() }

// HodgesLehmann returns the median of all differences between a value of b and one of a: the shift of b.
func HodgesLehmann(a, b []float64) float64 {
	p := poolSamples(a, b)
	return medianShift(p.a, p.b)
}

// pooledSamples are two samples in one order.
type pooledSamples struct {
	a, b           []float64 // sorted
	ranksA, ranksB []float64 // in original order, ties shared
	ties           float64   // sum of t³-t
}

func poolSamples(a, b []float64) pooledSamples {
	n, m := len(a), len(b)
	numbers := make([]float64, 4*(n+m))
	take := func(k int) []float64 {
		taken := numbers[:k:k]
		numbers = numbers[k:]
		return taken
	}
	p := pooledSamples{a: take(n), b: take(m), ranksA: take(n), ranksB: take(m)}
	copy(p.a, a)
	copy(p.b, b)
	slices.Sort(p.a)
	slices.Sort(p.b)
	// distinct values and their ranks
	distinct, ranks := take(n + m)[:0], take(n + m)[:0]
	for i, j := 0, 0; i < n || j < m; {
		before := i + j
		var v float64
		if j == m || i < n && p.a[i] <= p.b[j] {
			v = p.a[i]
		} else {
			v = p.b[j]
		}
		for i < n && p.a[i] == v {
			i++
		}
		for j < m && p.b[j] == v {
			j++
		}
		distinct, ranks = append(distinct, v), append(ranks, float64(before+i+j+1)/2)
		t := float64(i + j - before)
		p.ties += t*t*t - t
	}
	for _, side := range []struct{ values, ranks []float64 }{{a, p.ranksA}, {b, p.ranksB}} {
		for i, v := range side.values {
			at, _ := slices.BinarySearch(distinct, v)
			side.ranks[i] = ranks[at]
		}
	}
	return p
}

// shareBelowValue returns the share of sorted values below v, ties counted half.
func shareBelowValue(sorted []float64, v float64) float64 {
	less, _ := slices.BinarySearch(sorted, v)
	upTo, _ := slices.BinarySearch(sorted, math.Nextafter(v, math.Inf(1)))
	return float64(less+upTo) / 2 / float64(len(sorted))
}

func (p pooledSamples) mannWhitney() (u, pValue float64, exact bool) {
	n, m := len(p.a), len(p.b)
	for _, r := range p.ranksB {
		u += r
	}
	u -= float64(m) * float64(m+1) / 2
	if p.ties == 0 && n <= exactLimit && m <= exactLimit {
		return u, exactPValue(u, n, m), true
	}
	nm, total := float64(n)*float64(m), float64(n+m)
	variance := nm / 12 * (total + 1 - p.ties/(total*(total-1)))
	if variance <= 0 {
		return u, 1, false
	}
	z := max(math.Abs(u-nm/2)-0.5, 0) / math.Sqrt(variance)
	return u, 2 * distuv.UnitNormal.Survival(z), false
}

// exactPValue counts the arrangements whose U is at least as far from the middle.
func exactPValue(u float64, n, m int) float64 {
	most := n * m
	low := int(min(u, float64(most)-u))
	// counts[j][k]: of the first i ranks' arrangements with j of the new sample, those whose U is k
	counts := make([][]float64, m+1)
	for j := range counts {
		counts[j] = make([]float64, low+1)
	}
	counts[0][0] = 1
	for i := 1; i <= n+m; i++ {
		for j := min(i, m); j >= 1; j-- {
			// the i-th value is new: it exceeds the i-j old ones before it
			for k := low; k >= i-j; k-- {
				counts[j][k] += counts[j-1][k-(i-j)]
			}
		}
	}
	tail := 0.0
	for _, c := range counts[m] {
		tail += c
	}
	all := 1.0
	for i := 1; i <= m; i++ {
		all = all * float64(n+i) / float64(i)
	}
	return min(1, 2*tail/math.Round(all))
}

// fewDifferences are sorted faster than another bisection step takes.
const fewDifferences = 64

// medianShift returns the median difference of sorted samples. It bisects over floating-point numbers, one walk along
// both samples a step, until few differences are left to sort.
func medianShift(x, y []float64) float64 {
	total := len(x) * len(y)
	k := (total - 1) / 2 // the lower median's rank, from 0
	lo, hi := orderedBits(y[0]-x[len(x)-1])-1, orderedBits(y[len(y)-1]-x[0])
	below, upto := 0, total // differences up to lo, and up to hi
	if len(x) == len(y) {
		// the median is between the differences of equal ranks
		least, most := math.Inf(1), math.Inf(-1)
		for i := range x {
			least, most = min(least, y[i]-x[i]), max(most, y[i]-x[i])
		}
		l, h := orderedBits(least)-1, orderedBits(most)
		if b, u := countUpTo(x, y, fromOrderedBits(l)), countUpTo(x, y, fromOrderedBits(h)); b <= k && k < u {
			lo, below, hi, upto = l, b, h, u
		}
	}
	for upto-below > fewDifferences && uint64(hi)-uint64(lo) > 1 {
		mid := (lo & hi) + (lo^hi)>>1
		if count := countUpTo(x, y, fromOrderedBits(mid)); count > k {
			hi, upto = mid, count
		} else {
			lo, below = mid, count
		}
	}
	left := differencesWithin(x, y, fromOrderedBits(lo), fromOrderedBits(hi), upto-below)
	lower := left[k-below]
	switch {
	case total%2 == 1:
		return lower
	case k+1 < upto:
		return lower + (left[k+1-below]-lower)/2
	}
	// the upper median is the next difference
	next := math.Inf(1)
	i := 0
	for _, v := range y {
		for i < len(x) && v-x[i] > fromOrderedBits(hi) {
			i++
		}
		if i > 0 {
			next = min(next, v-x[i-1])
		}
	}
	return lower + (next-lower)/2
}

// differencesWithin returns the differences above lo and up to hi, sorted.
func differencesWithin(x, y []float64, lo, hi float64, n int) []float64 {
	all := make([]float64, 0, n)
	first, last := 0, 0
	for _, v := range y {
		for first < len(x) && v-x[first] > hi {
			first++
		}
		for last < len(x) && v-x[last] > lo {
			last++
		}
		for _, w := range x[first:max(first, last)] {
			all = append(all, v-w)
		}
	}
	slices.Sort(all)
	return all
}

// countUpTo counts the differences that are at most limit.
func countUpTo(x, y []float64, limit float64) (count int) {
	i := 0
	for _, v := range y {
		for i < len(x) && v-x[i] > limit {
			i++
		}
		count += len(x) - i
	}
	return count
}

// orderedBits maps numbers to integers in the same order.
func orderedBits(f float64) int64 {
	bits := int64(math.Float64bits(f))
	if bits < 0 {
		return math.MinInt64 - bits
	}
	return bits
}

func fromOrderedBits(i int64) float64 {
	if i < 0 {
		i = math.MinInt64 - i
	}
	return math.Float64frombits(uint64(i))
}
