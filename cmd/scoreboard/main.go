// Scoreboard holds the judge against real series, those of the Numenta Anomaly
// Benchmark: how often it cries wolf over two neighbouring windows in which
// nothing was wrong, and how often it sees the second one multiplied. It writes
// what it finds into docs/judge.md.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/judge"
)

var (
	sizes   = []int{12, 24, 60}
	factors = []float64{1.25, 1.5, 2}
)

// where the tables stand in the page
var (
	begin = []byte("<!-- scoreboard -->\n")
	end   = []byte("<!-- end of scoreboard -->\n")
)

func main() {
	root := flag.String("nab", "../shared/data/nab", "folder of the benchmark's series")
	page := flag.String("page", "docs/judge.md", "page that the tables are written into")
	tuning := flag.Bool("tuning", false, "print what the judge makes of the half that is tuned on, series by series, and write nothing; the other half is not looked at")
	flag.Parse()
	to := *page
	if *tuning {
		to = ""
	}
	if err := run(os.Stdout, *root, to); err != nil {
		fmt.Fprintln(os.Stderr, "scoreboard:", err)
		os.Exit(1)
	}
}

// run writes the tables into the page, or prints those of the half that is tuned on
// where there is none.
func run(stdout io.Writer, root, page string) error {
	all, err := load(root)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: give the folder of the series and their combined_windows.json (github.com/numenta/NAB), -nab FOLDER", err)
	}
	if err != nil {
		return err
	}
	j, err := compile.Embedded().Judgement()
	if err != nil {
		return err
	}
	o := judge.Options(j)
	if page == "" {
		tune(stdout, all, o)
		return nil
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(text, begin)
	_, after, ended := bytes.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("%s has no %q and %q", page, begin, end)
	}
	var out bytes.Buffer
	out.Write(before)
	out.Write(begin)
	tables(&out, all, contenders(o))
	out.Write(end)
	out.Write(after)
	return os.WriteFile(page, out.Bytes(), 0o644)
}

func heading(out io.Writer, n int) {
	fmt.Fprintf(out, "\n### n = %d\n\n| series | | pairs | false alarms %% | of these upwards %% | +25 %% seen | +50 %% seen | x2 seen |\n|---|---|---|---|---|---|---|---|\n", n)
}

// tables of every contender, on either half of the series and on all of them.
func tables(out *bytes.Buffer, all []series, who []contender) {
	tuned, kept := halves(all)
	for _, n := range sizes {
		heading(out, n)
		for _, half := range []struct {
			name string
			of   []series
		}{{"tuned on", tuned}, {"kept back", kept}, {"all", all}} {
			for _, c := range who {
				fmt.Fprintf(out, "| %s | %s | %s |\n", half.name, c.name, score(half.of, n, c))
			}
		}
	}
	out.WriteByte('\n')
}

// halves of the series: every other one by name.
func halves(all []series) (tuned, kept []series) {
	for i, s := range all {
		if i%2 == 0 {
			tuned = append(tuned, s)
		} else {
			kept = append(kept, s)
		}
	}
	return tuned, kept
}

// A tally of what a contender said.
type tally struct {
	pairs, alarms, regressions int
	alive                      int // pairs whose second window is not zero throughout: a factor changes it
	seen                       [3]int
}

func (t *tally) add(o tally) {
	t.pairs, t.alarms, t.regressions, t.alive = t.pairs+o.pairs, t.alarms+o.alarms, t.regressions+o.regressions, t.alive+o.alive
	for i, n := range o.seen {
		t.seen[i] += n
	}
}

func (t tally) String() string {
	of := func(n, all int) string { return fmt.Sprintf("%.1f", 100*float64(n)/float64(max(all, 1))) }
	return fmt.Sprintf("%d | %s | %s | %s | %s | %s", t.pairs, of(t.alarms, t.pairs), of(t.regressions, t.pairs), of(t.seen[0], t.alive), of(t.seen[1], t.alive), of(t.seen[2], t.alive))
}

// score a contender over every pair of neighbouring windows of n samples. What
// is before the pair are the earlier windows, whatever was wrong in them.
func score(of []series, n int, c contender) tally {
	var t tally
	for _, s := range of {
		var windows []judge.Window
		for w := range slices.Chunk(s.points, n) {
			if len(w) == n {
				windows = append(windows, window(w, 1))
			}
		}
		for i := 1; i < len(windows); i++ {
			if !clean(s.points[(i-1)*n:(i+1)*n], s.labelled) {
				continue
			}
			t.pairs++
			switch c.differ(windows[i-1], windows[i], windows[:i-1]) {
			case 1:
				t.alarms++
				t.regressions++
			case -1:
				t.alarms++
			}
			if *windows[i].Mean == 0 {
				continue
			}
			t.alive++
			for k, factor := range factors {
				if c.differ(windows[i-1], window(s.points[i*n:(i+1)*n], factor), windows[:i-1]) == 1 {
					t.seen[k]++
				}
			}
		}
	}
	return t
}

func window(points []behaviour.Point, factor float64) judge.Window {
	scaled := slices.Clone(points)
	for i := range scaled {
		scaled[i].Value *= factor
	}
	return judge.Window{Summary: behaviour.Summarise(scaled, len(scaled))}
}
