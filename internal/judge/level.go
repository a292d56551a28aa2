package judge

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
)

// A statistic of a window: its level by one measure.
type statistic int

// The measures of a level, the one that people think of first.
const (
	mean statistic = iota
	median
	lower
	upper
	low
	high
	statistics
)

func (s statistic) String() string {
	return [...]string{"mean", "p50", "p25", "p75", "p10", "p90"}[s]
}

// levels of a window by each measure.
type levels [statistics]float64

// levelsOf values and the same values sorted.
func levelsOf(values, sorted []float64) levels {
	return levels{
		mean: stat.Mean(values, nil), median: behaviour.Quantile(sorted, 0.5),
		lower: behaviour.Quantile(sorted, 0.25), upper: behaviour.Quantile(sorted, 0.75),
		low: behaviour.Quantile(sorted, 0.1), high: behaviour.Quantile(sorted, 0.9),
	}
}

// scaled are the levels of values that are multiplied.
func (l levels) scaled(by float64) levels {
	for i := range l {
		l[i] *= by
	}
	return l
}

// matters tells whether one level differs from another by as much as matters.
func (f Floor) matters(old, now float64) bool {
	d := math.Abs(now - old)
	return d > 0 && d >= f.Absolute && (old == 0 || d >= f.Relative*math.Abs(old))
}

// A Null is what earlier windows tell of usual levels.
type Null struct {
	// earlier windows that have data
	Windows int `json:"windows"`
	// the usual range of the new level, in the metric's unit
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// the share of earlier windows, and the old one, that stood out less
	Quantile float64 `json:"quantile"`
	Beyond   bool    `json:"beyond"`
	// how likely a usual window stands out as much, and with the bootstrap's p together
	P        float64 `json:"p"`
	Combined float64 `json:"combined_p"`
	// as logarithms: half the range, how far the new level is out, and by how much windows are, typically
	width, out, scale float64
}

// recall holds the new level against those of earlier windows. Of the measures it
// takes the first one that is steady, by what matters, else the steadiest: bursts
// move a mean and leave a median alone. One that never moves, while the mean does,
// is a ceiling or a ground and would hide a change.
func recall(before, after levels, earlier []levels, f Floor, o Options) (statistic, *Null) {
	if len(earlier) < o.MinEarlier {
		return mean, nil
	}
	chosen, best := mean, (*Null)(nil)
	reach := o.reach(len(earlier))
	for s := range statistics {
		n := usual(s, before, after, earlier, f, o, reach)
		switch {
		case n == nil, n.width == 0 && s != mean:
			continue
		case n.width <= o.NullSteady*math.Log1p(f.Relative):
			return s, n
		case best == nil || n.width < best.width:
			chosen, best = s, n
		}
	}
	return chosen, best
}

// usual range of one measure; nil where it tells nothing. A window stands out by
// its distance from the nearer one of two: the window before it, and the middle
// of all. So what moved long ago and stayed is usual, and so is a return.
func usual(s statistic, before, after levels, earlier []levels, f Floor, o Options, reach float64) *Null {
	least := max(f.Absolute, math.SmallestNonzeroFloat64)
	if before[s] <= least && after[s] <= least {
		return nil
	}
	logs, small := make([]float64, 0, len(earlier)+1), 0
	for _, l := range earlier {
		if l[s] <= least {
			small++
		}
		logs = append(logs, math.Log(max(l[s], least)))
	}
	if !o.tells(s, f, small, len(earlier)) {
		return nil
	}
	last, now := math.Log(max(before[s], least)), math.Log(max(after[s], least))
	logs = append(logs, last)
	middle := behaviour.Quantile(slices.Sorted(slices.Values(logs)), 0.5)
	distances := make([]float64, len(earlier))
	for i, l := range logs[1:] {
		distances[i] = min(math.Abs(l-middle), math.Abs(l-logs[i]))
	}
	slices.Sort(distances)
	n := Null{Windows: len(earlier), scale: behaviour.Quantile(distances, o.NullQuantile) / normal(o.NullQuantile)}
	n.width = n.scale * reach
	lowest, highest := min(middle, last), max(middle, last)
	n.Low, n.High = math.Exp(lowest-n.width), math.Exp(highest+n.width)
	n.out = now - highest
	if after[s] < before[s] {
		n.out = lowest - now
	}
	nearer, _ := slices.BinarySearch(distances, n.out)
	n.Quantile = float64(nearer) / float64(len(distances))
	n.Beyond = after[s] != before[s] && n.out > n.width
	return &n
}

// normal is how far the share of a normal distribution reaches, and reach how far
// Student's does, which knows that so few windows tell the scale roughly.
func normal(share float64) float64 { return distuv.UnitNormal.Quantile((1 + share) / 2) }

func (o Options) reach(windows int) float64 {
	return student(windows).Quantile((1 + o.NullQuantile) / 2)
}

func student(windows int) distuv.StudentsT {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(max(1, windows-1))}
}

// weigh tells how likely a usual window is so far out, alone and with what the
// samples tell. Draws tell no smaller p than one of them.
func (n *Null) weigh(boot Bootstrap, o Options) {
	switch {
	case n.out <= 0:
		n.P = 1
	case n.scale > 0:
		n.P = 2 * student(n.Windows).Survival(n.out/n.scale)
	}
	n.Combined = fisher(n.P, max(boot.P, 1/float64(o.Resamples)))
}

// fisher is the p of two together.
func fisher(p, q float64) float64 {
	product := p * q
	if product == 0 {
		return 0
	}
	return min(1, product*(1-math.Log(product)))
}

// tells is false of a measure that is next to nothing in so many earlier windows
// that no level is usual. Where something is next to nothing is known, a mean still tells.
func (o Options) tells(s statistic, f Floor, small, all int) bool {
	switch {
	case f.Absolute == 0:
		return float64(all-small) >= o.NullQuantile*float64(all)
	case s == mean:
		return true
	}
	return 2*small <= all
}
