package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/worker"
)

// Counts are what a server has done: of a whole run, or for each workflow.
type Counts struct {
	Transitions float64 `json:"transitions"`
	// Dispatches are tasks that a worker received, by kind: Workflow and Activity.
	Dispatches map[string]float64 `json:"dispatches"`
	// ByPartition are the dispatches of each partition of the task queues.
	ByPartition map[string]float64 `json:"by_partition"`
	// Persistence and Requests are calls by service.
	Persistence map[string]float64 `json:"persistence"`
	Requests    map[string]float64 `json:"requests"`
	// Operations are the persistence requests by operation.
	Operations map[string]float64 `json:"operations"`
	// Database is the traffic of the main database by service, except the upkeep of
	// shards, which follows from time rather than load.
	Database   map[string]Traffic `json:"database"`
	Upkeep     map[string]Traffic `json:"upkeep"`
	Visibility map[string]Traffic `json:"visibility"`
	Work       Work               `json:"work"`
}

// addScaled adds a multiple of other counts.
func (c *Counts) addScaled(other Counts, factor float64) {
	c.Transitions += factor * other.Transitions
	c.Work.addScaled(other.Work, factor)
	addScaledMap(&c.Dispatches, other.Dispatches, factor)
	addScaledMap(&c.ByPartition, other.ByPartition, factor)
	addScaledMap(&c.Persistence, other.Persistence, factor)
	addScaledMap(&c.Requests, other.Requests, factor)
	addScaledMap(&c.Operations, other.Operations, factor)
	addScaledTraffic(&c.Database, other.Database, factor)
	addScaledTraffic(&c.Upkeep, other.Upkeep, factor)
	addScaledTraffic(&c.Visibility, other.Visibility, factor)
}

func addScaledMap(to *map[string]float64, from map[string]float64, factor float64) {
	if *to == nil {
		*to = map[string]float64{}
	}
	for key, value := range from {
		(*to)[key] += factor * value
	}
}

func addScaledTraffic(to *map[string]Traffic, from map[string]Traffic, factor float64) {
	if *to == nil {
		*to = map[string]Traffic{}
	}
	for key, value := range from {
		sum := (*to)[key]
		sum.addScaled(value, factor)
		(*to)[key] = sum
	}
}

// read returns what the server has counted since its start.
func (s *Server) read(ctx context.Context) (Counts, error) {
	samples, err := s.Scrape(ctx)
	if err != nil {
		return Counts{}, err
	}
	c := Counts{
		Transitions: samples.Sum("state_transition_count", "namespace")[namespace],
		Dispatches:  map[string]float64{}, ByPartition: map[string]float64{},
		Persistence: samples.Sum("persistence_requests", "service_name"),
		Requests:    samples.Sum("service_requests", "service_name"),
		Operations:  samples.Sum("persistence_requests", "operation"),
		Database:    map[string]Traffic{}, Upkeep: map[string]Traffic{}, Visibility: map[string]Traffic{},
	}
	for _, sample := range samples {
		if sample.Name == "poll_success" && sample.Labels["namespace"] == namespace {
			c.Dispatches[sample.Labels["task_type"]] += sample.Value
		}
		if sample.Labels["partition"] != "" && sample.Labels["namespace"] == namespace {
			c.ByPartition[sample.Name+" "+sample.Labels["task_type"]+" "+sample.Labels["partition"]] += sample.Value
		}
	}
	for _, service := range services {
		traffic := s.proxies[service].Read()
		c.Database[service] = traffic[trafficKey{database: mainDatabase}]
		c.Upkeep[service] = traffic[trafficKey{database: mainDatabase, isUpkeep: true}]
		c.Visibility[service] = traffic[trafficKey{database: visibilityDatabase}]
	}
	c.Work, err = s.Database.ReadWork(ctx)
	return c, err
}

// Run is one shape that ran on a server.
type Run struct {
	Shape     Shape   `json:"shape"`
	Shards    int     `json:"shards"`
	Latency   Latency `json:"latency"`
	Workflows int     `json:"workflows"`
	Seconds   float64 `json:"seconds"`
	// PerWorkflow are the counts without those of an idle server.
	PerWorkflow Counts `json:"per_workflow"`
}

// Idle are the counts of an idle server, a second.
type Idle struct {
	Shards    int     `json:"shards"`
	Seconds   float64 `json:"seconds"`
	PerSecond Counts  `json:"per_second"`
}

// during returns what the server counts while do runs, and the seconds that it takes.
func (s *Server) during(ctx context.Context, do func() error) (Counts, float64, error) {
	// the server publishes its metrics each second
	if err := wait(ctx, 2*time.Second); err != nil {
		return Counts{}, 0, err
	}
	before, err := s.read(ctx)
	if err != nil {
		return Counts{}, 0, err
	}
	begin := time.Now()
	if err := do(); err != nil {
		return Counts{}, 0, err
	}
	seconds := time.Since(begin).Seconds()
	after, err := s.read(ctx)
	after.addScaled(before, -1)
	return after, seconds, err
}

// settling is how long a workflow has work left after its end: time-outs of its
// tasks, of ten seconds, that no longer matter.
const settling = 15 * time.Second

// warmUp runs workflows until all of some seconds complete, since a server that has
// just started refuses a few.
func (s *Server) warmUp(ctx context.Context, shape Shape) error {
	shape.Rate = 4
	for tries := 1; ; tries++ {
		_, err := shape.offer(ctx, s.Client, fmt.Sprintf("warm-%d", tries), 15*time.Second)
		if err == nil || tries == 5 || ctx.Err() != nil {
			return err
		}
	}
}

// MeasureIdle measures a server without clients.
func (s *Server) MeasureIdle(ctx context.Context, lasting time.Duration) (Idle, error) {
	counts, seconds, err := s.during(ctx, func() error { return wait(ctx, lasting) })
	if err != nil {
		return Idle{}, err
	}
	idle := Idle{Shards: s.Config.Shards, Seconds: seconds}
	idle.PerSecond.addScaled(counts, 1/seconds)
	return idle, nil
}

// MeasureShape runs a shape and returns what one of its workflows costs.
func (s *Server) MeasureShape(ctx context.Context, shape Shape, idle Idle, lasting time.Duration) (Run, error) {
	run := Run{Shape: shape, Shards: s.Config.Shards, Latency: s.Config.Latency}
	counts, seconds, err := s.during(ctx, func() error {
		var err error
		run.Workflows, err = shape.offer(ctx, s.Client, fmt.Sprintf("%s-%d", shape.Name, time.Now().UnixNano()), lasting)
		if err != nil {
			return err
		}
		return wait(ctx, settling)
	})
	if err != nil {
		return Run{}, err
	}
	run.Seconds = seconds
	counts.addScaled(idle.PerSecond, -seconds)
	run.PerWorkflow.addScaled(counts, 1/float64(run.Workflows))
	return run, nil
}

func wait(ctx context.Context, lasting time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(lasting):
		return nil
	}
}

// workerOptions are those of all measurements: more pollers and slots than a shape needs.
func workerOptions() worker.Options {
	return worker.Options{MaxConcurrentActivityTaskPollers: 5, MaxConcurrentWorkflowTaskPollers: 5}
}
