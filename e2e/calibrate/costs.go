package main

import (
	"errors"
	"math"
	"slices"
)

// feature is what a workflow has, and how much of it a shape has.
type feature struct {
	name    string
	comment string
	amount  func(Shape) float64
}

// features are those that the costs are fitted to.
var features = []feature{
	{"workflow", "one run without any of what follows, whose result a client waits for", func(Shape) float64 { return 1 }},
	{"activity", "one after the other", func(s Shape) float64 { return float64(s.Activities) }},
	{"timer", "", func(s Shape) float64 { return float64(s.Timers) }},
	{"signal", "that meets a waiting workflow", func(s Shape) float64 { return float64(s.Signals) }},
	{"update", "likewise, with a client that waits for its result", func(s Shape) float64 { return float64(s.Updates) }},
	{"child", "with its own run", func(s Shape) float64 { return float64(s.Children) }},
	{"continue_as_new", "with the run that follows", func(s Shape) float64 { return float64(s.ContinuesAsNew) }},
	{"local_activity", "", func(s Shape) float64 { return float64(s.Local) }},
	{
		"eager_activity",
		"an activity that its worker gets in the answer to a workflow task",
		func(s Shape) float64 { return float64(s.Eager) },
	},
	{"payload_kib", "each KiB of each input and result", func(s Shape) float64 {
		return float64(s.payloads()*(s.Payload-smallPayload)) / 1024
	}},
}

// resource is what a workflow uses.
type resource struct {
	name    string
	comment string
	// digits are the decimals that the measurement supports.
	digits int
	amount func(Counts) float64
}

func persistenceOf(service string) func(Counts) float64 {
	return func(c Counts) float64 { return c.Persistence[service] }
}

// upkeepOperations are the persistence requests of a shard's upkeep: upkeepPattern's.
var upkeepOperations = []string{
	"GetOutboundTasks", "RangeCompleteOutboundTasks", "RangeCompleteReplicationTasks", "RangeCompleteTimerTasks",
	"RangeCompleteTransferTasks", "RangeCompleteVisibilityTasks", "UpdateShard",
}

func upkeepRequests(c Counts) float64 {
	sum := 0.0
	for _, operation := range upkeepOperations {
		sum += c.Operations[operation]
	}
	return sum
}

func requestsOf(service string) func(Counts) float64 {
	return func(c Counts) float64 { return c.Requests[service] }
}

// trafficOf adds what the services of the main database have of one kind.
func trafficOf(amount func(Traffic) float64) func(Counts) float64 {
	return func(c Counts) float64 {
		sum := 0.0
		for _, service := range services {
			sum += amount(c.Database[service])
		}
		return sum
	}
}

var resources = []resource{
	{"transitions", "", 2, func(c Counts) float64 { return c.Transitions }},
	{
		"dispatches",
		"tasks that a worker receives through matching",
		2,
		func(c Counts) float64 { return c.Dispatches["Workflow"] + c.Dispatches["Activity"] },
	},
	{"workflow_tasks", "", 2, func(c Counts) float64 { return c.Dispatches["Workflow"] }},
	{"activity_tasks", "", 2, func(c Counts) float64 { return c.Dispatches["Activity"] }},
	{"persistence_history", "persistence requests by service", 2, func(c Counts) float64 {
		return c.Persistence["history"] - upkeepRequests(c)
	}},
	{"persistence_matching", "", 2, persistenceOf("matching")},
	{"persistence_frontend", "", 2, persistenceOf("frontend")},
	{"persistence_worker", "", 2, persistenceOf("worker")},
	{"reads", "SQL transactions that change no row", 2, trafficOf(func(t Traffic) float64 { return t.Reads + t.Rollbacks })},
	{"writes", "SQL transactions that change rows", 2, trafficOf(func(t Traffic) float64 { return t.Writes })},
	{
		"statements",
		"with BEGIN and COMMIT: round trips that hold a connection",
		2,
		trafficOf(func(t Traffic) float64 { return t.Statements }),
	},
	{"rows_written", "inserted, updated or deleted, by a shard's upkeep too", 2, func(c Counts) float64 {
		return trafficOf(func(t Traffic) float64 { return t.RowsWritten })(c) + c.Upkeep["history"].RowsWritten
	}},
	{"bytes_written", "parameters of the statements that change rows", 0, trafficOf(func(t Traffic) float64 { return t.BytesWritten })},
	{"bytes_read", "rows that the server receives", 0, trafficOf(func(t Traffic) float64 { return t.BytesRead })},
	{
		"bytes_written_billed",
		"the same, at least 1,024 bytes a writing transaction",
		0,
		trafficOf(func(t Traffic) float64 { return t.BilledWritten }),
	},
	{"bytes_read_billed", "the same, at least 2,048 bytes a transaction", 0, trafficOf(func(t Traffic) float64 { return t.BilledRead })},
	{"requests_frontend", "service requests", 2, requestsOf("frontend")},
	{"requests_matching", "", 2, requestsOf("matching")},
	{"requests_history", "", 2, requestsOf("history")},
}

// fitted are the features that the runs of a result have. A feature without a run
// has no cost, rather than none.
func (r Result) fitted() []feature {
	return slices.DeleteFunc(slices.Clone(features), func(f feature) bool {
		return !slices.ContainsFunc(r.fitRuns(), func(run Run) bool { return f.amount(run.Shape) != 0 })
	})
}

// fitRuns are the runs that the costs are fitted to.
func (r Result) fitRuns() []Run {
	return slices.DeleteFunc(slices.Clone(r.Runs), func(run Run) bool {
		return !run.Shape.InFit || run.Shards != r.Shards || run.Latency != (Latency{})
	})
}

// Costs returns what one of each feature uses of a resource, by least squares over
// the runs. A run of many transitions weighs less, so that the relative error of
// each counts.
func (r Result) Costs(of resource) ([]float64, error) {
	fitted := r.fitted()
	var rows [][]float64
	var values []float64
	for _, run := range r.fitRuns() {
		weight := 1 / max(of.amount(run.PerWorkflow), 1)
		row := make([]float64, len(fitted))
		for i, f := range fitted {
			row[i] = weight * f.amount(run.Shape)
		}
		rows = append(rows, row)
		values = append(values, weight*of.amount(run.PerWorkflow))
	}
	return leastSquares(rows, values)
}

// predict returns what a shape uses by the costs.
func (r Result) predict(costs []float64, shape Shape) float64 {
	sum := 0.0
	for i, f := range r.fitted() {
		sum += costs[i] * f.amount(shape)
	}
	return sum
}

// leastSquares solves rows*x = values in the least-squares sense, by the normal
// equations and Gauss elimination with pivots.
func leastSquares(rows [][]float64, values []float64) ([]float64, error) {
	if len(rows) == 0 {
		return nil, errors.New("no run to fit costs to")
	}
	n := len(rows[0])
	// the normal equations, with their right side as the last column
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, n+1)
		for k, row := range rows {
			for j := range n {
				a[i][j] += row[i] * row[j]
			}
			a[i][n] += row[i] * values[k]
		}
	}
	for column := range n {
		pivot := column
		for i := column + 1; i < n; i++ {
			if math.Abs(a[i][column]) > math.Abs(a[pivot][column]) {
				pivot = i
			}
		}
		if math.Abs(a[pivot][column]) < 1e-12 {
			return nil, errors.New("the shapes do not tell their features apart")
		}
		a[column], a[pivot] = a[pivot], a[column]
		for i := range n {
			if i == column {
				continue
			}
			factor := a[i][column] / a[column][column]
			for j := column; j <= n; j++ {
				a[i][j] -= factor * a[column][j]
			}
		}
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = a[i][n] / a[i][i]
	}
	return x, nil
}
