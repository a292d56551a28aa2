package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/worker"
)

// Limit is a configuration with one scarce resource.
type Limit struct {
	Name   string       `json:"name"`
	Server ServerConfig `json:"server"`
	Shape  Shape        `json:"shape"`
	Worker WorkerLimits `json:"worker"`
}

// WorkerLimits are the options of the worker that a limit changes; zero is plenty.
type WorkerLimits struct {
	ActivitySlots   int `json:"activity_slots,omitempty"`
	WorkflowSlots   int `json:"workflow_slots,omitempty"`
	ActivityPollers int `json:"activity_pollers,omitempty"`
}

func (l WorkerLimits) options() worker.Options {
	options := workerOptions()
	// enough for every open workflow of a ramp
	options.MaxConcurrentActivityExecutionSize = mostOpen
	options.MaxConcurrentWorkflowTaskExecutionSize = mostOpen
	options.MaxConcurrentActivityTaskPollers, options.MaxConcurrentWorkflowTaskPollers = 20, 20
	if l.ActivitySlots > 0 {
		options.MaxConcurrentActivityExecutionSize = l.ActivitySlots
	}
	if l.WorkflowSlots > 0 {
		options.MaxConcurrentWorkflowTaskExecutionSize = l.WorkflowSlots
	}
	if l.ActivityPollers > 0 {
		options.MaxConcurrentActivityTaskPollers = l.ActivityPollers
	}
	return options
}

// limits are the configurations of a ramp, each with the resource that it is short of.
func limits() []Limit {
	activity := Shape{Name: "activity", Activities: 1, Payload: smallPayload}
	sleeping := Shape{Name: "activity of half a second", Activities: 1, ActivitySeconds: 0.5, Payload: smallPayload}
	none := Shape{Name: "none", Payload: smallPayload}
	// few enough that their upkeep takes little, and enough that none waits for another
	plenty := ServerConfig{Shards: 64, Pool: 50}
	with := func(change func(*ServerConfig)) ServerConfig {
		own := plenty
		change(&own)
		return own
	}
	return []Limit{
		{Name: "nothing scarce", Server: plenty, Shape: activity},
		{Name: "pool of 4 connections", Shape: activity, Server: with(func(c *ServerConfig) {
			c.Pool, c.Latency = 4, Latency{RoundTrip: 5 * time.Millisecond, Commit: 10 * time.Millisecond}
		})},
		{Name: "pool of 4 connections without activities", Shape: none, Server: with(func(c *ServerConfig) {
			c.Pool, c.Latency = 4, Latency{RoundTrip: 5 * time.Millisecond, Commit: 10 * time.Millisecond}
		})},
		{Name: "slow commit", Shape: activity, Server: with(func(c *ServerConfig) {
			c.Pool, c.Latency = 10, Latency{RoundTrip: time.Millisecond, Commit: 150 * time.Millisecond}
		})},
		{Name: "4 shards", Shape: activity, Server: with(func(c *ServerConfig) {
			c.Shards, c.Latency = 4, Latency{RoundTrip: 4 * time.Millisecond, Commit: 20 * time.Millisecond}
		})},
		{Name: "frontend.rps 40", Shape: activity, Server: with(func(c *ServerConfig) {
			c.Dynamic = map[string]any{"frontend.rps": 40}
		})},
		{Name: "history.persistenceMaxQPS 120", Shape: activity, Server: with(func(c *ServerConfig) {
			c.Dynamic = map[string]any{"history.persistenceMaxQPS": 120}
		})},
		{Name: "4 activity slots", Shape: sleeping, Server: plenty, Worker: WorkerLimits{ActivitySlots: 4}},
		{Name: "1 activity poller", Shape: activity, Worker: WorkerLimits{ActivityPollers: 1}, Server: with(func(c *ServerConfig) {
			c.Latency = Latency{RoundTrip: 5 * time.Millisecond, Commit: 20 * time.Millisecond}
			c.Dynamic = onePartition
		})},
		{Name: "2 workflow-task slots", Shape: activity, Worker: WorkerLimits{WorkflowSlots: 2}, Server: with(func(c *ServerConfig) {
			c.Latency = Latency{RoundTrip: 5 * time.Millisecond, Commit: 20 * time.Millisecond}
		})},
		{Name: "one partition", Shape: activity, Server: with(func(c *ServerConfig) { c.Dynamic = onePartition })},
	}
}

var onePartition = map[string]any{"matching.numTaskqueueReadPartitions": 1, "matching.numTaskqueueWritePartitions": 1}

// Step is one offered load of a ramp.
type Step struct {
	Offered   float64 `json:"offered"`   // workflows started each second
	Completed float64 `json:"completed"` // workflows completed each second
	Failed    float64 `json:"failed"`
	// Median is that of the seconds from start to result.
	Median      float64 `json:"median"`
	Transitions float64 `json:"transitions"`
	// Connections are those of history in use, on average.
	Connections float64            `json:"connections"`
	Persistence map[string]float64 `json:"persistence"`
	Requests    map[string]float64 `json:"requests"`
}

// Ramp is a load that rises until throughput no longer follows.
type Ramp struct {
	Limit Limit  `json:"limit"`
	Steps []Step `json:"steps"`
}

// workflowTransitions returns the transitions of one workflow of the ramp.
func (r Ramp) workflowTransitions() float64 { return float64(3 + 4*r.Limit.Shape.Activities) }

// isFollowed reports whether the server makes nine tenths of the transitions that are
// offered in a step, except those that the last workflows of the step have left.
func (r Ramp) isFollowed(step Step) bool {
	left := r.Steps[0].Median / stepTime.Seconds()
	return step.Transitions >= 0.9*(1-left)*step.Offered*r.workflowTransitions()
}

// Followed returns the last step before the first that throughput did not follow, and
// reports whether there is such a one.
func (r Ramp) Followed() (last Step, ends bool) {
	for _, step := range r.Steps {
		if !r.isFollowed(step) {
			return last, true
		}
		last = step
	}
	return last, false
}

// Full returns the step that completed the most workflows each second.
func (r Ramp) Full() Step {
	return slices.MaxFunc(r.Steps, func(x, y Step) int { return cmp.Compare(x.Completed, y.Completed) })
}

const (
	firstLoad = 1.5 // workflows a second
	loadRise  = 1.3 // of a step over the one before
	stepTime  = 15 * time.Second
	// mostOpen bounds the workflows that are open at the same time.
	mostOpen = 1000
)

// climb runs the limit's shape at rising loads until two in a row are not followed,
// and returns the version of the server too.
func climb(ctx context.Context, programs string, limit Limit) (_ Ramp, version string, err error) {
	ramp := Ramp{Limit: limit}
	s, err := StartServer(ctx, programs, limit.Server)
	if err != nil {
		return ramp, "", err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	workers, err := StartWorkers(s.Client, limit.Worker.options(), limit.Shape)
	defer workers.Stop()
	if err != nil {
		return ramp, "", err
	}
	if err := s.warmUp(ctx, limit.Shape); err != nil {
		return ramp, "", err
	}
	// the shards of a new server store their progress in its first minute
	if err := wait(ctx, time.Minute); err != nil {
		return ramp, "", err
	}
	load := &openLoad{server: s, shape: limit.Shape}
	missed := 0
	for rate := firstLoad; missed < 2; rate *= loadRise {
		step, err := load.runStep(ctx, rate)
		if err != nil {
			return ramp, "", err
		}
		ramp.Steps = append(ramp.Steps, step)
		say("%s: %.1f/s offered, %.1f/s completed, median %.2f s, %.1f transitions/s, %.1f connections", limit.Name, rate, step.Completed,
			step.Median, step.Transitions, step.Connections)
		missed++
		if ramp.isFollowed(step) {
			missed = 0
		}
	}
	return ramp, s.Version, nil
}

// openLoad starts workflows whether or not earlier ones are done.
type openLoad struct {
	server  *Server
	shape   Shape
	started int

	mutex   sync.Mutex
	open    int
	failed  int
	seconds []float64 // of the workflows that completed
}

func (l *openLoad) runStep(ctx context.Context, rate float64) (Step, error) {
	l.take()
	counts, seconds, err := l.server.during(ctx, func() error {
		begin := time.Now()
		for i := range int(rate * stepTime.Seconds()) {
			if err := wait(ctx, time.Until(begin.Add(time.Duration(float64(i)/rate*float64(time.Second))))); err != nil {
				return err
			}
			if !l.enter() {
				continue
			}
			l.started++
			go l.run(ctx, fmt.Sprintf("ramp-%d", l.started))
		}
		return wait(ctx, time.Until(begin.Add(stepTime)))
	})
	if err != nil {
		return Step{}, err
	}
	completed, failed := l.take()
	step := Step{
		Offered: rate, Completed: float64(len(completed)) / seconds, Failed: float64(failed) / seconds,
		Transitions: counts.Transitions / seconds, Persistence: map[string]float64{}, Requests: map[string]float64{},
		Connections: (counts.Database["history"].HeldSeconds + counts.Upkeep["history"].HeldSeconds) / seconds,
	}
	addScaledMap(&step.Persistence, counts.Persistence, 1/seconds)
	addScaledMap(&step.Requests, counts.Requests, 1/seconds)
	if len(completed) > 0 {
		slices.Sort(completed)
		step.Median = completed[len(completed)/2]
	}
	return step, nil
}

func (l *openLoad) enter() bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.open >= mostOpen {
		return false
	}
	l.open++
	return true
}

func (l *openLoad) run(ctx context.Context, id string) {
	begin := time.Now()
	err := l.shape.start(ctx, l.server.Client, id)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.open--
	if err != nil {
		l.failed++
		return
	}
	l.seconds = append(l.seconds, time.Since(begin).Seconds())
}

// take returns what has ended since the last time.
func (l *openLoad) take() (seconds []float64, failed int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	seconds, failed = l.seconds, l.failed
	l.seconds, l.failed = nil, 0
	return seconds, failed
}

// Ramps are the stored ramps, one for each limit.
type Ramps struct {
	Date   string `json:"date"`
	Server string `json:"server"`
	Ramps  []Ramp `json:"ramps"`
}

// climbAll runs the ramps of the named limits, and stores each as soon as it is done
// in place of an earlier one.
func climbAll(ctx context.Context, programs, path string, names []string) error {
	var ramps Ramps
	if err := readStored(path, &ramps); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, limit := range limits() {
		if !slices.Contains(names, limit.Name) && !slices.Contains(names, "all") {
			continue
		}
		ramp, version, err := climb(ctx, programs, limit)
		if err != nil {
			return fmt.Errorf("%s: %w", limit.Name, err)
		}
		ramps.Date, ramps.Server = time.Now().UTC().Format(time.DateOnly), version
		ramps.Ramps = append(slices.DeleteFunc(ramps.Ramps, func(r Ramp) bool { return r.Limit.Name == limit.Name }), ramp)
		if err := writeStored(path, ramps); err != nil {
			return err
		}
	}
	return nil
}
