package main

import (
	"context"
	"time"

	"go.temporal.io/sdk/workflow"
)

// Greet asks an activity for a greeting, lets a timer pass, and returns it.
func Greet(ctx workflow.Context, name string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	var greeting string
	if err := workflow.ExecuteActivity(ctx, Compose, name).Get(ctx, &greeting); err != nil {
		return "", err
	}
	return greeting, workflow.Sleep(ctx, 10*time.Millisecond)
}

// Compose composes a greeting.
func Compose(_ context.Context, name string) (string, error) {
	return "Hello, " + name, nil
}
