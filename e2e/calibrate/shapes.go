package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Shape is a workflow: how many of each feature it uses. Steps run one after the
// other: activities, timers, and so on.
type Shape struct {
	Name            string  `json:"name"`
	Activities      int     `json:"activities,omitempty"`
	ActivitySeconds float64 `json:"activity_seconds,omitempty"` // of each activity; zero is as short as it can be
	Parallel        int     `json:"parallel,omitempty"`         // activities at the same time
	Timers          int     `json:"timers,omitempty"`           // of one second, each after an activity if there are any
	Signals         int     `json:"signals,omitempty"`
	Updates         int     `json:"updates,omitempty"`
	Children        int     `json:"children,omitempty"`
	ContinuesAsNew  int     `json:"continues_as_new,omitempty"`
	Local           int     `json:"local,omitempty"`     // local activities
	Eager           int     `json:"eager,omitempty"`     // activities that the worker gets with its workflow task
	Payload         int     `json:"payload"`             // bytes of each input and result
	Unawaited       bool    `json:"unawaited,omitempty"` // no client waits for the result
	Rate            float64 `json:"rate"`                // workflows that start each second
	InFit           bool    `json:"in_fit"`              // the costs are fitted to it; else it only checks them
}

// payloads returns how many payloads one workflow has: its input and result, and
// those of its steps.
func (s Shape) payloads() int {
	return 2 + 2*(s.Activities+s.Parallel+s.Eager+s.Local+s.Updates+s.Children) + s.Signals + s.ContinuesAsNew
}

// smallPayload is what most shapes have.
const smallPayload = 16

// shapes are what is measured. Their rates make some 60 state transitions a second.
var shapes = []Shape{
	{Name: "none", Rate: 16, InFit: true},
	{Name: "activity", Activities: 1, Rate: 8, InFit: true},
	{Name: "activities in a row", Activities: 10, Rate: 1.5, InFit: true},
	{Name: "timers", Timers: 2, Rate: 6, InFit: true},
	{Name: "activities and timers", Activities: 2, Timers: 2, Rate: 4, InFit: true},
	{Name: "signals", Signals: 2, Rate: 6, InFit: true},
	{Name: "updates", Updates: 2, Rate: 6, InFit: true},
	{Name: "children", Children: 2, Rate: 4, InFit: true},
	{Name: "continue-as-new", ContinuesAsNew: 3, Rate: 5, InFit: true},
	{Name: "local activities", Local: 3, Rate: 16, InFit: true},
	{Name: "eager activities", Eager: 3, Rate: 5, InFit: true},
	{Name: "activity, 1 KiB", Activities: 1, Payload: 1 << 10, Rate: 8, InFit: true},
	{Name: "activity, 10 KiB", Activities: 1, Payload: 10 << 10, Rate: 8, InFit: true},
	{Name: "activity, 100 KiB", Activities: 1, Payload: 100 << 10, Rate: 4, InFit: true},
	{Name: "parallel activities", Parallel: 5, Rate: 3},
	{Name: "none, no client waits", Unawaited: true, Rate: 16},
}

func init() {
	for i := range shapes {
		if shapes[i].Payload == 0 {
			shapes[i].Payload = smallPayload
		}
	}
}

// shapeNamed returns the shape of this name.
func shapeNamed(name string) (Shape, error) {
	for _, s := range shapes {
		if s.Name == name {
			return s, nil
		}
	}
	return Shape{}, fmt.Errorf("%q is not a shape", name)
}

// taskQueue is that of the whole calibration; eager activities need a worker that takes them.
const (
	taskQueue      = "calibrate"
	eagerTaskQueue = "calibrate-eager"
)

func (s Shape) taskQueue() string {
	if s.Eager > 0 {
		return eagerTaskQueue
	}
	return taskQueue
}

// run is the workflow of the shape.
func (s Shape) run(ctx workflow.Context, input []byte) ([]byte, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
	if s.Updates > 0 {
		updates := 0
		err := workflow.SetUpdateHandler(ctx, "update", func(_ workflow.Context, input []byte) ([]byte, error) {
			updates++
			return input, nil
		})
		if err != nil {
			return nil, err
		}
		if err := workflow.Await(ctx, func() bool { return updates == s.Updates }); err != nil {
			return nil, err
		}
	}
	for range s.Signals {
		workflow.GetSignalChannel(ctx, "signal").Receive(ctx, nil)
	}
	for range s.Local {
		if err := workflow.ExecuteLocalActivity(ctx, echo, input).Get(ctx, nil); err != nil {
			return nil, err
		}
	}
	for i := range max(s.Activities+s.Eager, s.Timers) {
		if i < s.Activities+s.Eager {
			if err := s.executeActivity(ctx, input).Get(ctx, nil); err != nil {
				return nil, err
			}
		}
		if i < s.Timers {
			if err := workflow.Sleep(ctx, time.Second); err != nil {
				return nil, err
			}
		}
	}
	var parallel []workflow.Future
	for range s.Parallel {
		parallel = append(parallel, workflow.ExecuteActivity(ctx, echo, input))
	}
	for _, future := range parallel {
		if err := future.Get(ctx, nil); err != nil {
			return nil, err
		}
	}
	for range s.Children {
		if err := workflow.ExecuteChildWorkflow(ctx, "none", input).Get(ctx, nil); err != nil {
			return nil, err
		}
	}
	// the first byte of the input counts the runs
	if int(input[0]) < s.ContinuesAsNew {
		input[0]++
		return nil, workflow.NewContinueAsNewError(ctx, s.Name, input)
	}
	return input, nil
}

// executeActivity starts an activity of the shape's length.
func (s Shape) executeActivity(ctx workflow.Context, input []byte) workflow.Future {
	if s.ActivitySeconds > 0 {
		return workflow.ExecuteActivity(ctx, work, s.ActivitySeconds, input)
	}
	return workflow.ExecuteActivity(ctx, echo, input)
}

// work takes some seconds of an activity slot.
func work(ctx context.Context, seconds float64, input []byte) ([]byte, error) {
	return input, wait(ctx, time.Duration(seconds*float64(time.Second)))
}

func echo(_ context.Context, input []byte) ([]byte, error) { return input, nil }

// Workers runs all shapes in this process.
type Workers []worker.Worker

// StartWorkers starts a worker for each task queue, which runs the shapes.
func StartWorkers(c client.Client, options worker.Options, registered ...Shape) (Workers, error) {
	var workers Workers
	for _, queue := range []string{taskQueue, eagerTaskQueue} {
		own := options
		own.DisableEagerActivities = queue != eagerTaskQueue
		w := worker.New(c, queue, own)
		for _, shape := range registered {
			w.RegisterWorkflowWithOptions(shape.run, workflow.RegisterOptions{Name: shape.Name})
		}
		w.RegisterActivityWithOptions(echo, activity.RegisterOptions{Name: "echo"})
		w.RegisterActivityWithOptions(work, activity.RegisterOptions{Name: "work"})
		if err := w.Start(); err != nil {
			return workers, err
		}
		workers = append(workers, w)
	}
	return workers, nil
}

// Stop stops the workers.
func (w Workers) Stop() {
	for _, one := range w {
		one.Stop()
	}
}

// between is how long a client waits before each signal and update, so that each
// meets a workflow that waits for it.
const between = 500 * time.Millisecond

// start starts one workflow, sends what it waits for, and waits for its result.
func (s Shape) start(ctx context.Context, c client.Client, id string) error {
	input := make([]byte, s.Payload)
	if _, err := rand.Read(input); err != nil {
		return err
	}
	input[0] = 0
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: s.taskQueue()}, s.Name, input)
	if err != nil {
		return err
	}
	for range s.Signals {
		time.Sleep(between)
		if err := c.SignalWorkflow(ctx, id, "", "signal", input); err != nil {
			return err
		}
	}
	for range s.Updates {
		time.Sleep(between)
		update, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
			WorkflowID: id, UpdateName: "update", Args: []any{input}, WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err != nil {
			return err
		}
		if err := update.Get(ctx, nil); err != nil {
			return err
		}
	}
	if s.Unawaited {
		return nil
	}
	return run.Get(ctx, nil)
}

// offer starts workflows at the shape's rate for a time, whether or not earlier
// ones are done, and returns how many there were once all are done.
func (s Shape) offer(ctx context.Context, c client.Client, prefix string, lasting time.Duration) (int, error) {
	var group sync.WaitGroup
	var mutex sync.Mutex
	var errs []error
	begin := time.Now()
	count := int(s.Rate * lasting.Seconds())
	for i := range count {
		select {
		case <-ctx.Done():
			return i, ctx.Err()
		case <-time.After(time.Until(begin.Add(time.Duration(float64(i) / s.Rate * float64(time.Second))))):
		}
		group.Go(func() {
			if err := s.start(ctx, c, fmt.Sprintf("%s-%d", prefix, i)); err != nil {
				mutex.Lock()
				defer mutex.Unlock()
				errs = append(errs, err)
			}
		})
	}
	group.Wait()
	if len(errs) > 0 {
		return count, fmt.Errorf("%s: %d of %d workflows failed, the first: %w", s.Name, len(errs), count, errors.Join(errs[0]))
	}
	return count, nil
}
