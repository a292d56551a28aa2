package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/enginepool"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
)

// observing has the engine that makes profiles. CUE keeps all that it has evaluated: it is replaced now and then.
var observing = enginepool.Pool[*compile.Engine]{Create: func() (*compile.Engine, error) { return compile.Embedded(), nil }, MaxUses: 20}

// observe writes a behaviour profile of a cluster that keeps what its preset
// promises, but for the metrics that are given another level; "none" is no data.
func observe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: observe FILE PRESET[,OVERRIDE…] METRIC=LEVEL…")
	}
	engine, err := observing.Borrow()
	ts.Check(err)
	parts := strings.Split(args[1], ",")
	r := compile.Request{Preset: parts[0]}
	for _, part := range parts[1:] {
		o, err := engine.ParseOverride(part)
		ts.Check(err)
		r.Overrides = append(r.Overrides, o)
	}
	changes, err := verdictstest.Changes(args[2:])
	ts.Check(err)
	p, err := verdictstest.Profile(engine, r, changes)
	ts.Check(err)
	// each profile of a script has its own id; the first is …001
	count, _ := strconv.Atoi(ts.Getenv("observed"))
	ts.Setenv("observed", strconv.Itoa(count+1))
	p.ID = fmt.Sprintf("0193a5f2-0000-7000-8000-%012d", count+1)
	data, err := json.Marshal(p)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

// shift writes a behaviour profile as one of another window, so many hours later.
func shift(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: shift FILE NEW ID HOURS")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	var p behaviour.Profile
	ts.Check(json.Unmarshal(data, &p))
	hours, err := strconv.Atoi(args[3])
	ts.Check(err)
	by := time.Duration(hours) * time.Hour
	p.ID, p.WindowStart, p.WindowEnd = args[2], p.WindowStart.Add(by), p.WindowEnd.Add(by)
	for _, metrics := range p.Telemetry {
		for name, s := range metrics {
			for i := range s.Series {
				s.Series[i].Time += int64(by / time.Second)
			}
			metrics[name] = s
		}
	}
	data, err = json.Marshal(p)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o644))
}
