package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/judge"
)

// The settings that are tried while a series is left out, each with each.
var (
	quantiles = []float64{0.85, 0.9, 0.95}
	margins   = []float64{1, 1.25, 1.5, 2}
	shares    = []float64{0.6, 0.65, 0.7}
)

// A setting of those and the tally of each series under it.
type setting struct {
	judge.Options
	of []tally
}

// tune prints what the judge makes of the half that is tuned on, series by
// series, and what it makes of a series that had no say in the thresholds. No line
// of it tells anything of the other half.
func tune(out io.Writer, all []series, o judge.Options) {
	tuned, _ := halves(all)
	for _, n := range sizes {
		heading(out, n)
		who := contenders(o)
		for _, s := range tuned {
			fmt.Fprintf(out, "| tuned on | %s | %s |\n", s.name, score([]series{s}, n, who[0]))
		}
		for _, c := range who[:2] {
			fmt.Fprintf(out, "| tuned on | all of them, %s | %s |\n", c.name, score(tuned, n, c))
		}
	}
	for _, n := range sizes[1:] {
		leaveOut(out, tuned, n, o)
	}
}

// leaveOut takes each series out in turn, chooses thresholds by the others, and
// tells how the one that was left out fares under them.
func leaveOut(out io.Writer, of []series, n int, o judge.Options) {
	settings := try(of, n, o)
	fmt.Fprintf(out, "\n### n = %d, the thresholds chosen without the series\n\n| series | null_quantile | null_margin | cles | pairs | false alarms %% | of these upwards %% | +25 %% seen | +50 %% seen | x2 seen |\n|---|---|---|---|---|---|---|---|---|---|\n", n)
	var whole tally
	for i, s := range of {
		best := choose(settings, i)
		whole.add(best.of[i])
		fmt.Fprintf(out, "| %s | %v | %v | %v | %s |\n", s.name, best.NullQuantile, best.NullMargin, best.CLES, best.of[i])
	}
	fmt.Fprintf(out, "| all of them | | | | %s |\n", whole)
}

// try every setting on every series.
func try(of []series, n int, o judge.Options) (settings []setting) {
	for _, o.NullQuantile = range quantiles {
		for _, o.NullMargin = range margins {
			for _, o.CLES = range shares {
				settings = append(settings, setting{o, make([]tally, len(of))})
			}
		}
	}
	var each sync.WaitGroup
	for _, s := range settings {
		each.Go(func() {
			for i := range of {
				s.of[i] = score(of[i:i+1], n, contenders(s.Options)[0])
			}
		})
	}
	each.Wait()
	return settings
}

// choose the setting that sees the most of +50 % and x2 among those with at most
// three false alarms in four hundred pairs, by all series but one; where none is so
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
		switch enough := alarms <= 3.0/400; {
		case k == 0, enough && !quiet, enough && seen > most, !enough && !quiet && alarms < least:
			best, quiet, most, least = s, enough, seen, alarms
		}
	}
	return best
}
