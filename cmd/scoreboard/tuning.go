package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// The settings that are tried while a series is left out, each with each.
var (
	quantiles  = []float64{0.85, 0.9, 0.95}
	margins    = []float64{1.25, 1.5, 2}
	shares     = []float64{0.65, 0.675, 0.7}
	agreements = []float64{0.66, 0.75}
	weights    = []float64{0.5, 0.67}
)

// A setting of those and the tally of each series under it.
type setting struct {
	judge.Options
	of []tally
}

func (s setting) String() string {
	return fmt.Sprintf("%v, %v, %v, %v, %v", s.NullQuantile, s.NullMargin, s.CLES, s.Agreement, s.UsualWeight)
}

// tune prints what the judge makes of each series, with as many earlier windows as
// the product asks for, and under thresholds that the series had no say in.
func tune(out io.Writer, all []series, o judge.Options) {
	for _, n := range sizes {
		heading(out, fmt.Sprintf("n = %d", n), "series")
		for _, s := range all {
			fmt.Fprintf(out, "| %s | %s |\n", s.name, score([]series{s}, n, 1, asShipped(o)))
		}
		fmt.Fprintf(out, "| all of them | %s |\n", score(all, n, 1, asShipped(o)))
	}
	whole, chosen := leaveOut(all, o)
	fmt.Fprintf(out, "\n### n = %d, the thresholds chosen without the series\n\n| series | null_quantile, null_margin, cles, agreement, usual_weight | "+columns, goal)
	for i, s := range all {
		fmt.Fprintf(out, "| %s | %s | %s |\n", s.name, chosen[i], chosen[i].of[i])
	}
	fmt.Fprintf(out, "| all of them | | %s |\n", whole)
}

// leaveOut takes each series out in turn, chooses thresholds by the others, and
// tells how those that were left out fare under them.
func leaveOut(of []series, o judge.Options) (whole tally, chosen []setting) {
	settings := try(of, o)
	for i := range of {
		best := choose(settings, i)
		whole.add(best.of[i])
		chosen = append(chosen, best)
	}
	return whole, chosen
}

// try every setting on every series.
func try(of []series, o judge.Options) (settings []setting) {
	for _, o.NullQuantile = range quantiles {
		for _, o.NullMargin = range margins {
			for _, o.CLES = range shares {
				for _, o.Agreement = range agreements {
					for _, o.UsualWeight = range weights {
						settings = append(settings, setting{o, make([]tally, len(of))})
					}
				}
			}
		}
	}
	var each sync.WaitGroup
	for _, s := range settings {
		each.Go(func() {
			for i := range of {
				s.of[i] = score(of[i:i+1], goal, 1, asShipped(s.Options))
			}
		})
	}
	each.Wait()
	return settings
}

// choose the setting that sees the most of +50 % and x2 among those with at most
// one false alarm in a hundred pairs, by all series but one; where none is so
// quiet, the quietest.
func choose(settings []setting, without int) (best setting) {
	var quiet bool
	var most, least float64
	for k, s := range settings {
		var t tally
		for i := range s.of {
			if i != without {
				t.add(s.of[i])
			}
		}
		alarms := float64(t.alarms) / float64(max(t.pairs, 1))
		seen := float64(t.seen[1]+t.seen[2]) / float64(max(t.alive, 1))
		switch enough := alarms <= 0.01; {
		case k == 0, enough && !quiet, enough && seen > most, !enough && !quiet && alarms < least:
			best, quiet, most, least = s, enough, seen, alarms
		}
	}
	return best
}
