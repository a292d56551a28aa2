// Scoreboard measures the judge on real series, those of the Numenta Anomaly Benchmark, and on generated ones: how
// often it raises a false alarm between two windows without an anomaly, and how often it detects that the second one
// is multiplied. It writes the results into docs/comparing-windows.md.
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

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

var (
	sizes   = []int{12, 24, 60}
	factors = []float64{1.25, 1.5, 2}
)

const (
	// goal is the window size of the stated goal
	goal = 60
	// aday is the number of those windows in 25 hours, at five minutes between samples
	aday = 5
)

// delimiters of the tables in the page
var (
	begin = []byte("<!-- scoreboard -->\n")
	end   = []byte("<!-- end of scoreboard -->\n")
)

func main() {
	root := flag.String("nab", "../shared/data/nab", "folder of the benchmark's series")
	page := flag.String("page", "docs/comparing-windows.md", "page that the tables are written into")
	tuning := flag.Bool(
		"tuning",
		false,
		"print what the judge makes of each series, and of a category that had no say in the thresholds; write nothing",
	)
	flag.Parse()
	to := *page
	if *tuning {
		to = ""
	}
	if err := writeTables(os.Stdout, *root, to); err != nil {
		fmt.Fprintln(os.Stderr, "scoreboard:", err)
		os.Exit(1)
	}
}

// writeTables writes the tables into the page, or prints the judge's verdicts on each series if there is no page.
func writeTables(stdout io.Writer, root, page string) error {
	all, err := loadSeries(root)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: give the folder of the series and their combined_windows.json (github.com/numenta/NAB), -nab FOLDER", err)
	}
	if err != nil {
		return err
	}
	j, err := compile.Embedded().Thresholds()
	if err != nil {
		return err
	}
	o := j
	if page == "" {
		printTuning(stdout, all, o)
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
	printTables(&out, all, o)
	out.Write(end)
	out.Write(after)
	return os.WriteFile(page, out.Bytes(), 0o644)
}

const columns = "pairs | false alarms %% | of these upwards %% | +25 %% seen | +50 %% seen | x2 seen |\n|---|---|---|---|---|---|---|\n"

func printHeading(out io.Writer, title, what string) {
	fmt.Fprintf(out, "\n### %s\n\n| %s | "+columns, title, what)
}

// printTables prints the tables of every contender over all series, and over generated ones. For the goal, it also
// prints the judge with thresholds chosen without the category.
func printTables(out *bytes.Buffer, all []series, o catalogue.Thresholds) {
	who := listContenders(o)
	for _, n := range sizes {
		printHeading(out, fmt.Sprintf("n = %d", n), "contender")
		for i, c := range who {
			fmt.Fprintf(out, "| %s | %s |\n", c.name, scoreContender(all, n, 1, c.differ))
			if n == goal && i == 1 {
				whole, _ := leaveOut(all, o)
				fmt.Fprintf(out, "| %s, thresholds chosen without the category | %s |\n", c.name, whole)
			}
		}
	}
	printHeading(out, fmt.Sprintf("n = %d, the new window %d windows after the old one", goal, aday), "contender")
	for _, c := range who {
		fmt.Fprintf(out, "| %s | %s |\n", c.name, scoreContender(all, goal, aday, c.differ))
	}
	for _, c := range []struct {
		title    string
		n, after int
	}{
		{fmt.Sprintf("Generated series, n = %d", goal), goal, 1},
		{"Generated series, n = 12: an hour, six hours after the old one", 12, 6},
	} {
		printHeading(out, c.title, "shape")
		for _, shape := range shapes {
			of := makeSeries(shape)
			for _, who := range who[1:] {
				fmt.Fprintf(out, "| %s: %s | %s |\n", shape.name, who.name, scoreContender(of, c.n, c.after, who.differ))
			}
		}
	}
	out.WriteByte('\n')
}

// tally counts a contender's verdicts.
type tally struct {
	pairs, alarms, regressions int
	alive                      int // pairs whose second window is not zero throughout: a factor changes it
	seen                       [3]int
}

func (t *tally) addTally(o tally) {
	t.pairs, t.alarms, t.regressions, t.alive = t.pairs+o.pairs, t.alarms+o.alarms, t.regressions+o.regressions, t.alive+o.alive
	for i, n := range o.seen {
		t.seen[i] += n
	}
}

func (t tally) String() string {
	of := func(n, all int) string { return fmt.Sprintf("%.1f", 100*float64(n)/float64(max(all, 1))) }
	return fmt.Sprintf(
		"%d | %s | %s | %s | %s | %s",
		t.pairs,
		of(t.alarms, t.pairs),
		of(t.regressions, t.pairs),
		of(t.seen[0], t.alive),
		of(t.seen[1], t.alive),
		of(t.seen[2], t.alive),
	)
}

// scoreContender scores a contender over every pair of windows of n samples at a distance. All windows before both
// count as earlier ones, even with anomalies.
func scoreContender(of []series, n, after int, differ func(a, b judge.Window, earlier []judge.PastWindow) int) tally {
	var t tally
	for _, s := range of {
		var windows []judge.Window
		for w := range slices.Chunk(s.points, n) {
			if len(w) == n {
				windows = append(windows, makeWindow(w, 1))
			}
		}
		past := judge.SummarisePast(windows, catalogue.Thresholds{})
		for i := after; i < len(windows); i++ {
			old := i - after
			if !isClean(s.points[old*n:(old+1)*n], s.labelled) || !isClean(s.points[i*n:(i+1)*n], s.labelled) {
				continue
			}
			t.pairs++
			switch differ(windows[old], windows[i], past[:old]) {
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
				if differ(windows[old], makeWindow(s.points[i*n:(i+1)*n], factor), past[:old]) == 1 {
					t.seen[k]++
				}
			}
		}
	}
	return t
}

func makeWindow(points []behaviour.Point, factor float64) judge.Window {
	scaled := slices.Clone(points)
	for i := range scaled {
		scaled[i].Value *= factor
	}
	return judge.Window{Summary: behaviour.Summarise(scaled, len(scaled))}
}
