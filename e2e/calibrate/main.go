package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := runCommand(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "calibrate:", err)
		os.Exit(1)
	}
}

// The commands that make the costs and the ramps again.
const (
	command     = "make calibrate"
	rampCommand = "e2e/calibrate/run.sh -ramp all"
)

func runCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("calibrate", flag.ContinueOnError)
	raw := flags.String("raw", "testdata/measured.json", "the measured counts: `FILE`")
	ramps := flags.String("ramps", "testdata/ramps.json", "the measured ramps: `FILE`")
	cue := flags.String("cue", "", "write the costs that follow from the counts to `FILE`")
	page := flags.String("page", "", "write the tables of `FILE`, a Markdown page")
	programs := flags.String("programs", os.Getenv("TEMPORAL_PROGRAMS"), "measure with temporal-server and temporal-sql-tool of `FOLDER`")
	measure := flags.Bool("measure", false, "measure the costs first: half an hour")
	ramp := flags.String("ramp", "", "first raise the load on these scarce resources until throughput no longer follows: `NAMES` or all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if (*measure || *ramp != "") && *programs == "" {
		return errors.New("TEMPORAL_PROGRAMS is not set; remedy: name the folder of temporal-server and temporal-sql-tool")
	}
	if *measure {
		if err := calibrate(ctx, *programs, *raw); err != nil {
			return err
		}
	}
	if *ramp != "" {
		if err := climbAll(ctx, *programs, *ramps, strings.Split(*ramp, ",")); err != nil {
			return err
		}
	}
	if *cue != "" {
		if err := writeCosts(*raw, *cue); err != nil {
			return err
		}
	}
	if *page != "" {
		return writePage(*raw, *ramps, *page)
	}
	return nil
}

func writeCosts(raw, path string) error {
	var result Result
	if err := readStored(raw, &result); err != nil {
		return err
	}
	content, err := result.CUE()
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644) //nolint:gosec // a source file
}

func writePage(raw, ramps, path string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if page, err = fillPage(raw, ramps, page); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, page, 0o644) //nolint:gosec // a source file
}

// fillPage returns the page with the tables of what is stored.
func fillPage(raw, ramps string, page []byte) ([]byte, error) {
	var result Result
	if err := readStored(raw, &result); err != nil {
		return nil, err
	}
	tables, err := result.tables()
	if err != nil {
		return nil, err
	}
	if page, err = sectionCosts.writeInto(page, tables); err != nil {
		return nil, err
	}
	var climbed Ramps
	if err := readStored(ramps, &climbed); err != nil {
		return nil, err
	}
	return sectionRamps.writeInto(page, climbed.table())
}

const (
	// calmTime is how long a server needs until only its periodic work is left.
	calmTime  = 2 * time.Minute
	idleTime  = time.Minute
	shapeTime = 45 * time.Second
)

// slowDatabase is the latency of a database across a network that commits by consensus.
var slowDatabase = Latency{RoundTrip: 2 * time.Millisecond, Commit: 10 * time.Millisecond}

// plan is what runs on a server of so many shards.
type plan struct {
	shards     int
	fast, slow []string // shapes by name, without and with the latency of the slow database
}

// mainShards is the count of shards of the server that runs all shapes. The other servers
// separate the cost of a shard from that of a server, and a shard with load from an idle one.
const mainShards = 512

func plans() []plan {
	all := plan{shards: mainShards, slow: []string{"none", "activity"}}
	for _, shape := range shapes {
		all.fast = append(all.fast, shape.Name)
	}
	return []plan{all, {shards: 4, fast: []string{"none"}}, {shards: 2048}}
}

// calibrate carries out all plans, one after the other, and stores what it has after each.
func calibrate(ctx context.Context, programs, path string) error {
	result := Result{Date: time.Now().UTC().Format(time.DateOnly), Command: command, SDK: sdkVersion(), Shards: mainShards}
	for _, p := range plans() {
		if err := result.carryOut(ctx, programs, p); err != nil {
			return fmt.Errorf("%d shards: %w", p.shards, err)
		}
		if err := writeStored(path, result); err != nil {
			return err
		}
	}
	return nil
}

// carryOut adds an idle server, and the shapes that run on it.
func (r *Result) carryOut(ctx context.Context, programs string, p plan) (err error) {
	s, err := StartServer(ctx, programs, ServerConfig{Shards: p.shards, Pool: 20})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	say("%d shards: Temporal %s on %s", p.shards, s.Version, s.Database.Version)
	r.Server, r.Database = s.Version, s.Database.Version
	workers, err := StartWorkers(s.Client, workerOptions(), shapes...)
	defer workers.Stop()
	if err != nil {
		return err
	}
	// what happens once: namespaces, caches, statements to prepare
	if err := s.warmUp(ctx, shapes[0]); err != nil {
		return err
	}
	if err := wait(ctx, calmTime); err != nil {
		return err
	}
	idle, err := s.MeasureIdle(ctx, idleTime)
	if err != nil {
		return err
	}
	say("%d shards: idle measured", p.shards)
	r.Idle = append(r.Idle, idle)
	if len(p.fast)+len(p.slow) > 0 {
		// shards in use have work to do for some time
		if _, err := shapes[0].offer(ctx, s.Client, "again", shapeTime); err != nil {
			return err
		}
	}
	for i, names := range [][]string{p.fast, p.slow} {
		s.setLatency([]Latency{{}, slowDatabase}[i])
		for _, name := range names {
			shape, err := shapeNamed(name)
			if err != nil {
				return err
			}
			run, err := s.MeasureShape(ctx, shape, idle, shapeTime)
			if err != nil {
				return err
			}
			say(
				"%d shards: %s: %d workflows of %.2f transitions in %.0f s",
				p.shards,
				name,
				run.Workflows,
				run.PerWorkflow.Transitions,
				run.Seconds,
			)
			r.Runs = append(r.Runs, run)
		}
	}
	return nil
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// sdkVersion returns the version of the SDK that this program was built with.
func sdkVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dep := range info.Deps {
		if dep.Path == "go.temporal.io/sdk" {
			return "Go SDK " + dep.Version
		}
	}
	return ""
}
