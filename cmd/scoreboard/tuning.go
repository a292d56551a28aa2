package main

import (
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
)

// Settings that are tried while a category is left out, in all combinations.
var (
	quantiles  = []float64{0.85, 0.9, 0.95}
	margins    = []float64{1.25, 1.4, 1.5}
	shares     = []float64{0.65, 0.675, 0.7}
	agreements = []float64{0.66, 0.75}
	weights    = []float64{0.5, 0.67}
)

// setting is one combination, with the tally of each series.
type setting struct {
	catalogue.Thresholds
	of []tally
}

func (s setting) String() string {
	return fmt.Sprintf("%v, %v, %v, %v, %v", s.NullQuantile, s.NullMargin, s.CLES, s.Agreement, s.UsualWeight)
}

// printTuning prints the judge's verdicts on each series, as shipped and with thresholds chosen without its category.
func printTuning(out io.Writer, all []series, o catalogue.Thresholds) {
	for _, n := range sizes {
		printHeading(out, fmt.Sprintf("n = %d", n), "series")
		for _, s := range all {
			fmt.Fprintf(out, "| %s | %s |\n", s.name, scoreContender([]series{s}, n, 1, asShipped(o)))
		}
		fmt.Fprintf(out, "| all of them | %s |\n", scoreContender(all, n, 1, asShipped(o)))
	}
	whole, chosen := leaveOut(all, o)
	fmt.Fprintf(
		out,
		"\n### n = %d, the thresholds chosen without the category\n\n"+
			"| series | null_quantile, null_margin, cles, agreement, usual_weight | "+columns,
		goal,
	)
	for i, s := range all {
		fmt.Fprintf(out, "| %s (%s) | %s | %s |\n", s.name, s.category(), chosen[i], chosen[i].of[i])
	}
	fmt.Fprintf(out, "| all of them | | %s |\n", whole)
}

// category returns the kind of metric that a series is of: its folder and name without the instance, so that two CPUs
// are one category, and the clicks of all exchanges another.
func (s series) category() string {
	folder, name := path.Split(strings.TrimSuffix(s.name, path.Ext(s.name)))
	words := strings.Split(name, "_")
	var kept []string
	for i, w := range words {
		isInstance := i == len(words)-1 && len(words) > 1 || strings.HasPrefix(w, "i-")
		if !isInstance {
			kept = append(kept, strings.Trim(w, "-0123456789"))
		}
	}
	return folder + strings.Join(kept, "_")
}

// leaveOut leaves out each category in turn, chooses thresholds by the others, and returns the tally of the series
// left out.
func leaveOut(of []series, o catalogue.Thresholds) (whole tally, chosen []setting) {
	settings := trySettings(of, o)
	for i := range of {
		best := chooseSetting(settings, func(other int) bool { return of[other].category() == of[i].category() })
		whole.addTally(best.of[i])
		chosen = append(chosen, best)
	}
	return whole, chosen
}

// trySettings scores every combination on every series.
func trySettings(of []series, o catalogue.Thresholds) (settings []setting) {
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
				s.of[i] = scoreContender(of[i:i+1], goal, 1, asShipped(s.Thresholds))
			}
		})
	}
	each.Wait()
	return settings
}

// chooseSetting returns the combination that detects most of +50 % and x2 with at most one false alarm in a hundred
// pairs, ignoring a category. If none is that quiet, it returns the quietest.
func chooseSetting(settings []setting, isLeftOut func(series int) bool) (best setting) {
	var quiet bool
	var most, least float64
	for k, s := range settings {
		var t tally
		for i := range s.of {
			if !isLeftOut(i) {
				t.addTally(s.of[i])
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
