// Scoreboard holds the judge against real series, those of the Numenta Anomaly
// Benchmark: how often it cries wolf over two neighbouring windows in which
// nothing was wrong, and how often it sees the second one multiplied. And against
// series that are made, of shapes that metrics have. It writes what it finds into
// docs/comparing-windows.md.
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

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

var (
	sizes   = []int{12, 24, 60}
	factors = []float64{1.25, 1.5, 2}
)

const (
	// goal is the size of a window that the goal is stated for
	goal = 60
	// aday is how many of those are a day and an hour, where samples are five minutes apart
	aday = 5
)

// where the tables stand in the page
var (
	begin = []byte("<!-- scoreboard -->\n")
	end   = []byte("<!-- end of scoreboard -->\n")
)

func main() {
	root := flag.String("nab", "../shared/data/nab", "folder of the benchmark's series")
	page := flag.String("page", "docs/comparing-windows.md", "page that the tables are written into")
	tuning := flag.Bool("tuning", false, "print what the judge makes of each series, and of a series that had no say in the thresholds; write nothing")
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

// run writes the tables into the page, or prints what the judge makes of each series
// where there is none.
func run(stdout io.Writer, root, page string) error {
	all, err := load(root)
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
	tables(&out, all, o)
	out.Write(end)
	out.Write(after)
	return os.WriteFile(page, out.Bytes(), 0o644)
}

const columns = "pairs | false alarms %% | of these upwards %% | +25 %% seen | +50 %% seen | x2 seen |\n|---|---|---|---|---|---|---|\n"

func heading(out io.Writer, title, what string) {
	fmt.Fprintf(out, "\n### %s\n\n| %s | "+columns, title, what)
}

// tables of every contender, over all series; where the goal is stated, of the judge
// over series that had no say in its thresholds, too; and over series that are made.
func tables(out *bytes.Buffer, all []series, o judge.Options) {
	who := contenders(o)
	for _, n := range sizes {
		heading(out, fmt.Sprintf("n = %d", n), "contender")
		for i, c := range who {
			fmt.Fprintf(out, "| %s | %s |\n", c.name, score(all, n, 1, c.differ))
			if n == goal && i == 1 {
				whole, _ := leaveOut(all, o)
				fmt.Fprintf(out, "| %s, thresholds chosen without the series | %s |\n", c.name, whole)
			}
		}
	}
	heading(out, fmt.Sprintf("n = %d, the new window %d windows after the old one", goal, aday), "contender")
	for _, c := range who {
		fmt.Fprintf(out, "| %s | %s |\n", c.name, score(all, goal, aday, c.differ))
	}
	for _, c := range []struct {
		title    string
		n, after int
	}{
		{fmt.Sprintf("Series that are made, n = %d", goal), goal, 1},
		{"Series that are made, n = 12: an hour, six hours after the old one", 12, 6},
	} {
		heading(out, c.title, "shape")
		for _, shape := range shapes {
			of := made(shape)
			for _, who := range who[1:] {
				fmt.Fprintf(out, "| %s: %s | %s |\n", shape.name, who.name, score(of, c.n, c.after, who.differ))
			}
		}
	}
	out.WriteByte('\n')
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

// score a contender over every two windows of n samples of which one is so many
// windows after the other. What is before both are the earlier windows, whatever was
// wrong in them.
func score(of []series, n, after int, differ func(a, b judge.Window, earlier []judge.Past) int) tally {
	var t tally
	for _, s := range of {
		var windows []judge.Window
		for w := range slices.Chunk(s.points, n) {
			if len(w) == n {
				windows = append(windows, window(w, 1))
			}
		}
		past := judge.Remember(windows, judge.Options{})
		for i := after; i < len(windows); i++ {
			old := i - after
			if !clean(s.points[old*n:(old+1)*n], s.labelled) || !clean(s.points[i*n:(i+1)*n], s.labelled) {
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
				if differ(windows[old], window(s.points[i*n:(i+1)*n], factor), past[:old]) == 1 {
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
