package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/format"
)

// CUE returns the costs as a file of the schema's package.
func (r Result) CUE() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `package schema

// measured: what the features of a workflow cost, and what an idle server does.
// Written by %[1]q, which measures a real server; docs/capacity.md has the method.
// A feature that was not measured has no field.
measured: {
	date: %[2]q
	command: %[1]q
	server: %[3]q
	database: %[4]q
	shards: %[5]d

	// what one of each adds:
`, r.Command, r.Date, r.Server, r.Database, r.Shards)
	for _, f := range r.fitted() {
		fmt.Fprintf(&b, "\t//   %s%s\n", f.name, prefixed(": ", f.comment))
	}
	b.WriteString("\tcosts: {\n")
	for _, of := range resources {
		costs, err := r.Costs(of)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", of.name, err)
		}
		if of.comment != "" {
			fmt.Fprintf(&b, "\t\t// %s\n", of.comment)
		}
		var fields []string
		for i, f := range r.fitted() {
			fields = append(fields, f.name+": "+formatCost(costs[i], of.digits))
		}
		fmt.Fprintf(&b, "\t\t%s: {\n", of.name)
		for line := range slices.Chunk(fields, 5) {
			fmt.Fprintf(&b, "\t\t\t%s\n", strings.Join(line, ", "))
		}
		b.WriteString("\t\t}\n")
	}
	b.WriteString("\t}\n\n")
	if err := r.writeShards(&b); err != nil {
		return nil, err
	}
	r.writeSeconds(&b)
	b.WriteString("}\n")
	return format.Source(b.Bytes())
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// formatCost rounds to the digits of the resource. Fits of what a feature does not
// use scatter around zero, and nothing costs less.
func formatCost(cost float64, digits int) string {
	scale := math.Pow10(digits)
	return strconv.FormatFloat(max(0, math.Round(cost*scale)/scale), 'f', -1, 64)
}

// shardResources are those that a shard uses by itself, by what the counts of a
// server say of them.
var shardResources = []struct {
	name   string
	digits int
	amount func(requests float64, traffic Traffic) float64
}{
	{"persistence_history", 4, func(requests float64, _ Traffic) float64 { return requests }},
	{"reads", 4, func(_ float64, t Traffic) float64 { return t.Reads }},
	{"writes", 4, func(_ float64, t Traffic) float64 { return t.Writes }},
	{"statements", 4, func(_ float64, t Traffic) float64 { return t.Statements }},
	{"bytes_written", 2, func(_ float64, t Traffic) float64 { return t.BytesWritten }},
	{"bytes_read", 2, func(_ float64, t Traffic) float64 { return t.BytesRead }},
}

// writeShards writes the upkeep of a shard, without load and with it.
func (r Result) writeShards(b *bytes.Buffer) error {
	if len(r.Idle) == 0 {
		return errors.New("no idle server was measured")
	}
	most := slices.MaxFunc(r.Idle, func(x, y Idle) int { return x.Shards - y.Shards })
	fewest := slices.MinFunc(r.Idle, func(x, y Idle) int { return x.Shards - y.Shards })
	if most.Shards == fewest.Shards {
		return fmt.Errorf("idle servers of two counts of shards are needed, and all have %d", most.Shards)
	}
	fmt.Fprintf(b, `	// an idle shard, each second: the difference of servers with %d and %d shards
	idle: {
`, most.Shards, fewest.Shards)
	for _, of := range shardResources {
		rest := func(i Idle) float64 {
			return of.amount(i.PerSecond.Persistence["history"], addTraffic(i.PerSecond.Database["history"], i.PerSecond.Upkeep["history"]))
		}
		perShard := (rest(most) - rest(fewest)) / float64(most.Shards-fewest.Shards)
		fmt.Fprintf(b, "\t\t%s: %s\n", of.name, formatCost(perShard, of.digits))
	}
	b.WriteString("\t}\n")

	// all of a few shards have load
	i := slices.IndexFunc(r.Runs, func(run Run) bool { return run.Shards == fewest.Shards })
	if i < 0 {
		return fmt.Errorf("no shape ran on the server of %d shards", fewest.Shards)
	}
	run := r.Runs[i]
	perSecond := float64(run.Workflows) / run.Seconds / float64(run.Shards)
	fmt.Fprintf(b, `
	// the upkeep of a shard with load, each second, however high the load: it deletes the tasks that
	// its queues have processed, polls its outbound queue and stores its progress. A shard has load
	// if it had any in the last half minute.
	busy: {
`)
	for _, of := range shardResources {
		perShard := perSecond * of.amount(upkeepRequests(run.PerWorkflow), run.PerWorkflow.Upkeep["history"])
		fmt.Fprintf(b, "\t\t%s: %s\n", of.name, formatCost(perShard, of.digits))
	}
	b.WriteString("\t}\n")
	return nil
}

func addTraffic(x, y Traffic) Traffic {
	x.addScaled(y, 1)
	return x
}

// writeSeconds writes how long a statement and a commit hold a connection on this machine.
func (r Result) writeSeconds(b *bytes.Buffer) {
	var sum Traffic
	for _, run := range r.fitRuns() {
		sum.addScaled(run.PerWorkflow.Database["history"], float64(run.Workflows))
	}
	// what is held is the database's time and the server's between two statements
	statement := (sum.HeldSeconds - sum.CommitSeconds) / (sum.Statements - sum.Commits)
	fmt.Fprintf(b, `
	// seconds that a statement and a COMMIT hold a connection, with no network to speak of and
	// without durability: the database's and the server's own
	seconds: {statement: %s, commit: %s}
`, formatCost(statement, 5), formatCost(sum.CommitSeconds/sum.Commits, 5))
}
