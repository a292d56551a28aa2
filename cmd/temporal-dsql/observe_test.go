package main

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/temporal-dsql/temporal-dsql/internal/assess/assesstest"
	"github.com/temporal-dsql/temporal-dsql/internal/compile"
)

// observe writes a behaviour profile of a cluster that keeps what its preset
// promises, but for the metrics that are given another level; "none" is no data.
func observe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: observe FILE PRESET[,OVERRIDE…] METRIC=LEVEL…")
	}
	engine := compile.Embedded()
	parts := strings.Split(args[1], ",")
	r := compile.Request{Preset: parts[0]}
	for _, part := range parts[1:] {
		o, err := engine.ParseOverride(part)
		ts.Check(err)
		r.Overrides = append(r.Overrides, o)
	}
	changes, err := assesstest.Changes(args[2:])
	ts.Check(err)
	p, err := assesstest.Profile(engine, r, changes)
	ts.Check(err)
	data, err := json.Marshal(p)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}
