package judge

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
)

// samples returns the number of samples of the window with fewer.
func (r *Result) samples() int { return min(r.Old.Samples, r.New.Samples) }

// samplesForP returns how many samples would show the same difference with a p of alpha. The distance in
// standard errors, to which p corresponds, grows with the square root of their number.
func (r *Result) samplesForP(p float64, o catalogue.Thresholds) float64 {
	have, need := distuv.UnitNormal.Quantile(1-p/2), distuv.UnitNormal.Quantile(1-o.Alpha/2)
	if !(have > 0) {
		return math.Inf(1)
	}
	return float64(r.samples()) * (need / have) * (need / have)
}

// samplesForCLES returns how many samples would make a CLES sufficient, or infinity.
func (r *Result) samplesForCLES(cles float64, o catalogue.Thresholds) float64 {
	have, need := math.Abs(cles-0.5), r.ampleCLES(o)-0.5
	if have < need {
		return math.Inf(1)
	}
	return float64(o.AmpleSamples) * (need / have) * (need / have)
}

// maxLonger is the longest window that is worth a recommendation, as a multiple of the window.
const maxLonger = 20

// describeLonger returns what a longer window of the given number of samples would add, or "" if none would help.
func (r *Result) describeLonger(samples float64) string {
	if r.sampleSeconds <= 0 || samples <= float64(r.samples()) || samples > maxLonger*float64(max(1, r.samples())) {
		return ""
	}
	length := time.Duration(math.Ceil(samples*r.sampleSeconds/60)) * time.Minute
	return fmt.Sprintf("; two windows of %d minutes would decide, if they continue like this", int(length.Minutes()))
}
